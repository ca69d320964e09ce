import Basics
import Canvas
import Dashboard
import Foundation
import Keys
import Photos
import Phrases
import Plots
import Recipes
import Themes
import Training

extension DashboardView {
    func drawTrain(_ state: DashboardState, in whole: Rect, into buffer: inout CellBuffer) {
        let alarmRows = drawAlarm(state, in: whole, into: &buffer)
        let rect = Rect(
            column: whole.column, row: whole.row, columns: whole.columns, rows: whole.rows - alarmRows)
        if state.charts.isOpen { return drawOpenChart(state, in: rect, into: &buffer) }
        let footerRows = rect.rows < 14 ? min(5, rect.rows) : min(max(6, rect.rows / 4), 12)
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
            drawSteering(
                state,
                in: Rect(column: footer.column + first, row: footer.row, columns: second, rows: footer.rows),
                into: &buffer)
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
            let batch = state.batch
            let total = state.totalEpochs
            let epoch = min((batch?.epoch ?? stage.epoch) + 1, total)
            let name = state.strings[stage.stage == .head ? .stageHead : .stageFineTune]
            lines.append((state.strings(.stageAndEpoch, name, epoch, total), .text))
            if let ended = state.run.ended, let accuracy = ended.validationAccuracy,
                let loss = ended.validationLoss
            {
                lines.append((state.strings(.finalEvaluation, state.strings[ended.reason.phrase]), .good))
                lines.append((state.strings(.accuracyAndLoss, Self.three(accuracy), Self.three(loss)), .text))
            } else if let batch {
                let done = "\(batch.step)/\(batch.steps)"
                let bar = Bar.text(
                    Double(batch.step) / Double(max(1, batch.steps)),
                    columns: max(4, inside.columns - displayWidth(done) - 1),
                    empty: "░")
                lines.append(("\(bar) \(done)", .accent))
                lines.append(
                    (
                        state.strings(
                            .speedAndLeft, Int(nearest: batch.imagesPerSecond), Self.eta(state, batch)), .text
                    ))
            }
            if !steering, let last = state.epochs.last {
                lines.append(
                    (
                        state.strings(
                            .validationAndLoss, Self.three(last.validationAccuracy),
                            Self.three(last.validationLoss)),
                        .validation
                    ))
            }
        }
        if steering, state.run.failure == nil {
            lines.append(
                (
                    state.strings(
                        .rateAndTrainable, state.run.learningRate.rateText,
                        Self.short(state.stage?.trainableParameters ?? 0)), .text
                ))
        }
        write(lines, in: inside, into: &buffer)
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

    private static func eta(_ state: DashboardState, _ batch: TrainerEvent.BatchEnded) -> String {
        guard state.run.status != .paused else { return state.strings[.statusPaused] }
        guard batch.imagesPerSecond > 0, let context = state.context else { return "–" }
        let photos = Double(context.dataset.count(.training))
        let left = photos * (1 - Double(batch.step) / Double(max(1, batch.steps)))
        let seconds = Int(nearest: (left / batch.imagesPerSecond).rounded(.up))
        return seconds < 100 ? "\(seconds)s" : "\(seconds / 60)m\(seconds % 60)s"
    }

    static func short(_ count: Int) -> String {
        count >= 1_000_000
            ? String(format: "%.2fM", Double(count) / 1e6)
            : count >= 10_000 ? String(format: "%.1fk", Double(count) / 1e3) : count.grouped
    }
}
