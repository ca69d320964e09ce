import Core
import Foundation
import Plots

extension DashboardView {
    func drawTrain(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        if state.charts.isOpen { return drawOpenChart(state, in: rect, into: &buffer) }
        let footerRows = rect.rows < 14 ? 5 : min(max(6, rect.rows / 4), 12)
        let charts = Rect(column: rect.column, row: rect.row, columns: rect.columns, rows: rect.rows - footerRows)
        drawCharts(state, in: charts, into: &buffer)

        let footer = Rect(column: rect.column, row: rect.row + rect.rows - footerRows, columns: rect.columns, rows: footerRows)
        if rect.columns >= 100 {
            let first = rect.columns * 32 / 100
            let second = rect.columns * 27 / 100
            drawProgress(
                state, in: Rect(column: footer.column, row: footer.row, columns: first, rows: footer.rows), into: &buffer)
            drawSteering(
                state, in: Rect(column: footer.column + first, row: footer.row, columns: second, rows: footer.rows),
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
                in: Rect(column: footer.column + first, row: footer.row, columns: footer.columns - first, rows: footer.rows),
                into: &buffer)
        }
    }

    private func drawProgress(
        _ state: DashboardState, in rect: Rect, steering: Bool = false, into buffer: inout CellBuffer
    ) {
        let inside = panel("progress", in: rect, into: &buffer)
        var lines: [(String, Theme.Role)] = []
        if let failure = state.failure {
            lines = wrap(failure, columns: inside.columns).map { ($0, .bad) }
        } else if let preparation = state.preparation {
            let fraction = preparation.total > 0 ? Double(preparation.done) / Double(preparation.total) : 0
            lines = [
                (preparation.phase, .text), (Bar.text(fraction, columns: max(1, inside.columns), empty: "░"), .accent),
                (Self.amount(preparation), .dim),
            ]
        } else if let stage = state.stage, let configuration = state.context?.configuration {
            let batch = state.batch
            let epoch = min((batch?.epoch ?? stage.epoch) + 1, configuration.totalEpochs)
            let number = stage.stage == .head ? "1/2 head" : "2/2 fine-tune"
            lines.append(("stage \(number) · epoch \(epoch)/\(configuration.totalEpochs)", .text))
            if let ended = state.ended, let accuracy = ended.validationAccuracy, let loss = ended.validationLoss {
                lines.append(("\(ended.reason.rawValue) · final evaluation", .good))
                lines.append((String(format: "accuracy %.3f  loss %.3f", accuracy, loss), .text))
            } else if let batch {
                let done = "\(batch.step)/\(batch.steps)"
                let bar = Bar.text(
                    Double(batch.step) / Double(max(1, batch.steps)), columns: max(4, inside.columns - displayWidth(done) - 1),
                    empty: "░")
                lines.append(("\(bar) \(done)", .accent))
                let rate = "\(Int(batch.imagesPerSecond.rounded())) img/s"
                lines.append(("\(rate)  ETA \(Self.eta(state, batch))", .text))
            }
            if !steering, let last = state.epochs.last {
                lines.append((String(format: "validation %.3f  loss %.3f", last.validationAccuracy, last.validationLoss), .validation))
            }
        }
        if steering, state.failure == nil {
            lines.append(("LR \(state.learningRate.rateText)  trainable \(Self.short(state.stage?.trainableParameters ?? 0))", .text))
        }
        write(lines, in: inside, into: &buffer)
    }

    private func drawSteering(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        let inside = panel("steering", in: rect, into: &buffer)
        guard let stage = state.stage, let context = state.context else { return }
        let frozen = stage.fineTuneAt ?? context.layers.count
        let label = "frozen "
        let count = " \(frozen)/\(context.layers.count)"
        let bar = Bar.text(
            Double(frozen) / Double(max(1, context.layers.count)), columns: max(3, inside.columns - label.count - count.count),
            empty: "░")
        write(
            [
                ("LR \(state.learningRate.rateText)  trainable \(Self.short(stage.trainableParameters))", .text),
                (label + bar + count, .text), ("u unfreezes from \(state.chosenLayer)", .dim),
                ("batch \(context.configuration.batchSize)  seed \(context.configuration.seed)", .dim),
            ], in: inside, into: &buffer)
    }

    private func drawLog(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        let inside = panel("log", in: rect, into: &buffer)
        for (row, entry) in state.log.suffix(inside.rows).enumerated() {
            let clock = buffer.write(
                entry.clock + " ", column: inside.column, row: inside.row + row, style: theme.style(.dim),
                maxColumns: inside.columns)
            buffer.write(
                entry.text, column: inside.column + clock, row: inside.row + row,
                style: theme.style(entry.isWarning ? .warning : .text), maxColumns: inside.columns - clock)
        }
    }

    func write(_ lines: [(String, Theme.Role)], in rect: Rect, into buffer: inout CellBuffer) {
        for (row, line) in lines.prefix(rect.rows).enumerated() {
            buffer.write(
                line.0, column: rect.column, row: rect.row + row, style: theme.style(line.1), maxColumns: rect.columns)
        }
    }

    /// Breaks a text into lines at spaces.
    func wrap(_ text: String, columns: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, displayWidth(line) + 1 + displayWidth(String(word)) > columns {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return line.isEmpty ? lines : lines + [line]
    }

    private static func amount(_ preparation: Preparation) -> String {
        func megabytes(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
        switch preparation.unit {
        case .bytes:
            return preparation.total > 0
                ? "\(megabytes(preparation.done)) of \(megabytes(preparation.total))" : megabytes(preparation.done)
        case .photos: return "\(preparation.done.grouped) of \(preparation.total.grouped) photos"
        case .steps: return "\(preparation.done) of \(preparation.total)"
        }
    }

    private static func eta(_ state: DashboardState, _ batch: TrainerEvent.BatchEnded) -> String {
        guard state.status != .paused else { return "paused" }
        guard batch.imagesPerSecond > 0, let context = state.context else { return "–" }
        let photos = Double(context.dataset.count(.training))
        let left = photos * (1 - Double(batch.step) / Double(max(1, batch.steps)))
        let seconds = Int((left / batch.imagesPerSecond).rounded(.up))
        return seconds < 100 ? "\(seconds)s" : "\(seconds / 60)m\(seconds % 60)s"
    }

    static func short(_ count: Int) -> String {
        count >= 1_000_000 ? String(format: "%.2fM", Double(count) / 1e6)
            : count >= 10_000 ? String(format: "%.1fk", Double(count) / 1e3) : count.grouped
    }
}
