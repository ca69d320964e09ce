import Basics
import Canvas
import Dashboard
import Foundation
import Keys
import Photos
import Phrases
import Plots
import Ranks
import Recipes
import Runs
import Themes
import Training

/// The panel of a run's progress: stage, epoch, speed and scores, or how far the preparation is.
extension DashboardView {
    func drawProgress(
        _ state: DashboardState, in rect: Rect, steering: Bool = false, into buffer: inout CellBuffer
    ) {
        let inside = panel(state.strings[.panelProgress], in: rect, into: &buffer)
        var lines: [(String, Theme.Role)] = []
        if let failure = state.run.failure {
            lines = wrap(failure, columns: inside.columns).map { ($0, .bad) }
        } else if let preparation = state.run.preparation {
            let fraction = preparation.total > 0 ? Double(preparation.done) / Double(preparation.total) : 0
            lines = [
                (state.strings.preparing(preparation.phase), .text),
                (Bar.text(fraction, columns: max(1, inside.columns), empty: "░"), .accent),
                (Self.amount(preparation, state.strings), .dim),
            ]
        } else if let stage = state.stage {
            lines = progressLines(state, stage, columns: inside.columns, rows: inside.rows)
            if steering, state.nextSteps.isEmpty {
                lines.insert(
                    (
                        state.strings(
                            .rateAndTrainable, state.run.learningRate.rateText,
                            Self.short(stage.trainableParameters)), .text
                    ), at: min(3, lines.count))
            }
        }
        let steps = steering ? state.nextSteps.count : 0
        if steps > 0 { lines = Array(lines.prefix(max(2, inside.rows - (steps + 2) / 3))) }
        write(lines, in: inside, into: &buffer)
        guard steps > 0 else { return }
        let used = min(lines.count, inside.rows)
        drawNextSteps(
            state,
            in: Rect(
                column: inside.column, row: inside.row + used, columns: inside.columns,
                rows: inside.rows - used), columns: 3, into: &buffer)
    }

    /// The course of the run in lines, the most important first.
    private func progressLines(
        _ state: DashboardState, _ stage: TrainerEvent.StageStarted, columns: Int, rows: Int
    ) -> [(String, Theme.Role)] {
        let strings = state.strings
        var lines: [(String, Theme.Role)] = []
        let (batch, total) = (state.batch, state.totalEpochs)
        if let ended = state.run.ended, let accuracy = ended.validationAccuracy,
            let loss = ended.validationLoss
        {
            lines.append((strings(.finalEvaluation, strings[ended.reason.phrase]), .good))
            lines.append((Self.scores(.accuracyAndLoss, accuracy, loss, state, columns), .text))
            if let test = ended.test {
                lines.append(
                    (
                        Self.scores(.testScores, test.accuracy, test.loss, of: test.images, state, columns),
                        .good
                    ))
            }
        } else {
            let epoch = min((batch?.epoch ?? stage.epoch) + 1, total)
            let name = strings[stage.stage == .head ? .stageHead : .stageFineTune]
            lines.append((strings(.stageAndEpoch, name, epoch, total), .text))
            if let batch {
                let part = Double(batch.step) / Double(max(1, batch.steps))
                lines.append((Self.bar(part, "\(batch.step)/\(batch.steps)", columns), .accent))
                let outlook = state.run.status == .paused ? nil : state.outlook
                lines.append(
                    (
                        strings(
                            .speedAndLeft, Int(nearest: batch.imagesPerSecond),
                            outlook.map { DashboardState.words(seconds: $0.epoch) } ?? "–",
                            outlook.map { DashboardState.words(seconds: $0.run) } ?? "–"), .text
                    ))
                if let ranks = state.run.ranks {
                    lines += ranksLines(ranks, state.strings, columns, rows).map { ($0, .text) }
                }
                let done = min(1, state.position / Double(max(1, total)))
                lines.append((Self.bar(done, strings(.wholeRun, done.percentText), columns), .dim))
            }
        }
        for measure in [BestMeasure.accuracy, .loss] {
            if let best = state.words(bestBy: measure) { lines.append((best, .validation)) }
        }
        if state.run.ended == nil, let last = state.epochs.last {
            lines.append(
                (
                    Self.scores(
                        .validationAndLoss, last.validationAccuracy, last.validationLoss, state, columns),
                    .validation
                ))
        }
        if let changed = state.changedByHand { lines.append((changed, .dim)) }
        return lines
    }

    /// How the ranks of a job share a batch: the speed of each, or of the slowest and the fastest if that
    /// is too long, the wait for the slowest, and what the first sends; in one line where there are few.
    private func ranksLines(
        _ report: RankReport, _ strings: Strings, _ columns: Int, _ rows: Int
    ) -> [String] {
        let (count, wait) = (report.shares.count, String(format: "%.2f", report.longestWait))
        let speeds = report.shares.map { Int(nearest: $0.imagesPerSecond) }
        let all = speeds.map(String.init).joined(separator: " + ")
        let range = "\(speeds.min() ?? 0)–\(speeds.max() ?? 0)"
        if rows > 6 {
            let each = strings(.ranksSpeeds, all)
            return [
                strings(.ranksShare, count, wait, report.bytes.byteText),
                displayWidth(each) <= columns ? each : strings(.ranksSpeeds, range),
            ]
        }
        let lines = [
            strings(.ranksInOneLine, count, range, wait, report.bytes.byteText),
            strings(.ranksWithoutSpeeds, count, wait, report.bytes.byteText),
        ]
        return [lines.first { displayWidth($0) <= columns } ?? lines[1]]
    }

    /// Accuracy and loss on the validation photos, or on `images` others, with the accuracy's 95 %
    /// interval where that fits, such as `val 0.821 (.77–.86)  loss 0.511`.
    private static func scores(
        _ phrase: Phrase, _ accuracy: Double, _ loss: Double, of images: Int? = nil,
        _ state: DashboardState, _ columns: Int
    ) -> String {
        let photos = images ?? state.context?.dataset.count(.validation) ?? 0
        let bounds = Proportion(accuracy: accuracy, of: photos)?.bounds.map { " (\($0))" } ?? ""
        let whole = state.strings(phrase, three(accuracy) + bounds, three(loss))
        return displayWidth(whole) <= columns ? whole : state.strings(phrase, three(accuracy), three(loss))
    }

    private static func bar(_ part: Double, _ label: String, _ columns: Int) -> String {
        Bar.text(part, columns: max(4, columns - displayWidth(label) - 1), empty: "░") + " " + label
    }

    static func amount(_ preparation: Preparation, _ strings: Strings) -> String {
        func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
        switch preparation.unit {
        case .bytes:
            return preparation.total > 0
                ? strings(.amountOf, megabytes(preparation.done), megabytes(preparation.total))
                : megabytes(preparation.done)
        case .photos: return strings(.photosOf, preparation.done.grouped, preparation.total.grouped)
        case .steps: return strings(.amountOf, preparation.done, preparation.total)
        }
    }

    private static func three(_ value: Double) -> String { String(format: "%.3f", value) }
}
