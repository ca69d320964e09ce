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

extension DashboardView {
    func drawTrain(_ state: DashboardState, in whole: Rect, into buffer: inout CellBuffer) {
        let alarmRows = drawAlarm(state, in: whole, into: &buffer)
        let rect = Rect(
            column: whole.column, row: whole.row, columns: whole.columns, rows: whole.rows - alarmRows)
        if state.charts.isOpen { return drawOpenChart(state, in: rect, into: &buffer) }
        // The ranks of a job have a line of their own.
        let least = state.run.ranks == nil || state.run.ended != nil ? 6 : 7
        let footerRows = rect.rows < 14 ? min(5, rect.rows) : min(max(least, rect.rows / 4), 12)
        let charts = Rect(
            column: rect.column, row: rect.row, columns: rect.columns, rows: rect.rows - footerRows)
        drawCharts(state, in: charts, into: &buffer)

        let footer = Rect(
            column: rect.column, row: rect.row + rect.rows - footerRows, columns: rect.columns,
            rows: footerRows)
        if rect.columns >= 100 {
            let first = rect.columns * 32 / 100
            let second = rect.columns * 27 / 100
            drawProgress(
                state, in: Rect(column: footer.column, row: footer.row, columns: first, rows: footer.rows),
                into: &buffer)
            let middle = Rect(
                column: footer.column + first, row: footer.row, columns: second, rows: footer.rows)
            if state.nextSteps.isEmpty {
                drawSteering(state, in: middle, into: &buffer)
            } else {
                drawNextSteps(
                    state, in: panel(state.strings[.panelNext], in: middle, into: &buffer), into: &buffer)
            }
            drawLog(
                state,
                in: Rect(
                    column: footer.column + first + second, row: footer.row,
                    columns: footer.columns - first - second, rows: footer.rows), into: &buffer)
        } else {
            let first = footer.columns / 2
            drawProgress(
                state, in: Rect(column: footer.column, row: footer.row, columns: first, rows: footer.rows),
                steering: true, into: &buffer)
            drawLog(
                state,
                in: Rect(
                    column: footer.column + first, row: footer.row, columns: footer.columns - first,
                    rows: footer.rows),
                into: &buffer)
        }
    }

    /// Draws why training diverged and the advice, in full, along the bottom of the screen. Returns the
    /// rows that it takes.
    private func drawAlarm(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) -> Int {
        guard let alarm = state.run.alarm else { return 0 }
        let lines = wrap(alarm, columns: rect.columns - 4)
        let rows = min(lines.count + 2, rect.rows)
        let place = Rect(
            column: rect.column, row: rect.row + rect.rows - rows, columns: rect.columns, rows: rows)
        buffer.frame(
            place, title: state.strings[.alarmTitle], style: theme.style(.warning),
            titleStyle: theme.style(.warning, .bold))
        let inside = place.inset()
        write(
            lines.map { ($0, .warning) },
            in: Rect(
                column: inside.column + 1, row: inside.row, columns: inside.columns - 2, rows: inside.rows),
            into: &buffer)
        return rows
    }

    private func drawProgress(
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

    /// Draws the keys for what comes next after the run.
    private func drawNextSteps(
        _ state: DashboardState, in rect: Rect, columns: Int = 1, into buffer: inout CellBuffer
    ) {
        for (index, step) in state.nextSteps.enumerated() {
            let width = rect.columns / columns
            let row = rect.row + index / columns
            guard row < rect.row + rect.rows else { break }
            let place = Rect(column: rect.column + index % columns * width, row: row, columns: width, rows: 1)
            let used = buffer.write(
                state.keys.label(step.action) + " ", column: place.column, row: row,
                style: theme.style(.accent, .bold), maxColumns: place.columns)
            buffer.write(
                state.strings[columns > 1 ? step.short : step.phrase], column: place.column + used, row: row,
                style: theme.style(.text),
                maxColumns: max(0, place.columns - used - 1))
            targets.add(.action(step.action), place)
        }
    }

    private func drawSteering(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        let strings = state.strings
        let inside = panel(strings[.panelSteering], in: rect, into: &buffer)
        guard let stage = state.stage, let context = state.context else { return }
        let frozen = stage.fineTuneAt ?? context.layers.count
        let label = strings[.frozenLayers] + " "
        let count = " \(frozen)/\(context.layers.count)"
        let bar = Bar.text(
            Double(frozen) / Double(max(1, context.layers.count)),
            columns: max(3, inside.columns - displayWidth(label) - count.count), empty: "░")
        var lines: [(text: String, role: Theme.Role, action: KeyAction)] = [
            (
                strings(
                    .rateAndTrainable, state.run.learningRate.rateText, Self.short(stage.trainableParameters)),
                .text, .editRate
            ),
            (label + bar + count, .text, .screen(.model)),
            (strings(.unfreezesFrom, state.keys.label(.unfreeze), state.model.chosen), .dim, .unfreeze),
        ]
        if let settings = state.run.settings {
            let batch = context.recipe.batchSize
            lines.append((strings(.scheduleIs, state.words(settings.schedule)), .dim, .editRate))
            lines.append(
                (strings(.batchAndDropout, batch, settings.dropout.percentText), .dim, .editVariation))
            lines.append((state.words(settings.augmentation), .dim, .editVariation))
            lines.append((strings(.guardsAre, state.words(settings.guards)), .dim, .editGuards))
        }
        for (row, line) in lines.prefix(inside.rows).enumerated() {
            let place = Rect(column: inside.column, row: inside.row + row, columns: inside.columns, rows: 1)
            buffer.write(
                line.text, column: place.column, row: place.row, style: theme.style(line.role),
                maxColumns: place.columns)
            targets.add(.action(line.action), place)
        }
    }

    private func drawLog(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        let inside = panel(state.strings[.panelLog], in: rect, into: &buffer)
        targets.add(.screen(.log), rect)
        guard let newest = state.log.entries.last, inside.rows > 0 else { return }
        // The newest entry is shown in full, as far as there are rows.
        let indent = displayWidth(newest.clock) + 1
        let whole = wrap(newest.text, columns: max(1, inside.columns - indent)).prefix(inside.rows)
        for (row, entry) in state.log.entries.suffix(inside.rows - whole.count + 1).enumerated() {
            let clock = buffer.write(
                entry.clock + " ", column: inside.column, row: inside.row + row, style: theme.style(.dim),
                maxColumns: inside.columns)
            let isNewest = row == min(inside.rows - whole.count, state.log.entries.count - 1)
            for (line, text) in (isNewest ? Array(whole) : [entry.text]).enumerated() {
                buffer.write(
                    text, column: inside.column + clock, row: inside.row + row + line,
                    style: theme.style(entry.isWarning ? .warning : .text),
                    maxColumns: inside.columns - clock)
            }
        }
    }

    func write(_ lines: [(String, Theme.Role)], in rect: Rect, into buffer: inout CellBuffer) {
        for (row, line) in lines.prefix(rect.rows).enumerated() {
            buffer.write(
                line.0, column: rect.column, row: rect.row + row, style: theme.style(line.1),
                maxColumns: rect.columns)
        }
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

    static func short(_ count: Int) -> String {
        count >= 1_000_000
            ? String(format: "%.2fM", Double(count) / 1e6)
            : count >= 10_000 ? String(format: "%.1fk", Double(count) / 1e3) : count.grouped
    }
}
