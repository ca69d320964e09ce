import Canvas
import Dashboard
import Foundation
import Keys
import Phrases
import Plots
import Recipes
import Themes

extension DashboardView {
    /// Draws the learning-rate finder: loss over the logarithm of the learning rate.
    func drawSweep(_ chosen: Int?, _ state: DashboardState, into buffer: inout CellBuffer) {
        let strings = state.strings
        let size = buffer.size
        let inside = dialogFrame(
            strings[.sweepTitle], columns: min(100, size.columns - 4), rows: min(28, size.rows - 2),
            into: &buffer)
        let sweep = state.run.sweep
        let points = sweep?.points ?? []
        let rate =
            chosen.flatMap { points.indices.contains($0) ? points[$0].learningRate : nil }
            ?? sweep?.suggestion
        let text: String
        if let sweep, sweep.isDone {
            if let rate, let chosen, points.indices.contains(chosen) {
                text = strings(.sweepChosen, rate.twoDigits.rateText, points[chosen].loss.short)
            } else {
                text = rate.map { strings(.sweepSuggests, $0.twoDigits.rateText) } ?? strings[.sweepFoundNone]
            }
        } else {
            text = strings(.sweepRuns, points.count, sweep?.total ?? 0)
        }
        let bound = sweep?.upperBound.map { " " + strings(.sweepBound, $0.twoDigits.rateText) } ?? ""
        let rates = strings(.sweepNow, state.run.learningRate.rateText) + bound
        let note =
            wrap(text, columns: inside.columns - 2) + wrap(rates, columns: inside.columns - 2)
            + wrap(strings[.sweepNote], columns: inside.columns - 2)
        let buttons: [DialogButton] =
            (sweep?.isDone ?? false
                ? [
                    ("←", .left, ""), ("→", .right, strings[.buttonOtherRate]),
                    ("enter", .enter, strings[.buttonApply]),
                ] : [])
            + [("esc", .escape, strings[sweep?.isDone ?? false ? .buttonLeave : .buttonCancel])]
        let noteRows = min(note.count, max(1, inside.rows / 3))
        for (row, line) in note.prefix(noteRows).enumerated() {
            buffer.write(
                line, column: inside.column + 1, row: inside.row + row,
                style: theme.style(row + 1 < note.count ? .text : .dim), maxColumns: inside.columns - 2)
        }
        drawButtons(
            buttons, column: inside.column + 1, row: inside.row + inside.rows - 1,
            columns: inside.columns - 2, into: &buffer)
        let plot = Rect(
            column: inside.column, row: inside.row + noteRows, columns: inside.columns,
            rows: max(0, inside.rows - noteRows - 1))
        drawSweepChart(points, rate, state, in: plot, into: &buffer)
    }

    private func drawSweepChart(
        _ points: [LearningRateSweep.Point], _ rate: Double?, _ state: DashboardState, in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        let exponents = points.map { log10($0.learningRate) }
        let low = (exponents.first ?? -7).rounded(.down)
        let high = max((exponents.last ?? 0).rounded(.up), low + 1)
        var chart = LineChart(
            series: [
                .init(
                    name: state.strings[.chartLoss], style: theme.style(.train), x: exponents,
                    y: ValueSeries(points.map(\.loss)), showsValue: false)
            ],
            xRange: low...high, xTicks: stride(from: low, through: high, by: 1).map { ($0, "1e\(Int($0))") },
            axisStyle: theme.style(.dim, .dim), markStyle: theme.style(.mark),
            emptyText: state.strings[.sweepWaits],
            format: { String(format: abs($0) < 10 ? "%.2f" : "%.1f", $0) })
        let now = state.run.learningRate
        if now > 0 {
            chart.marks = [.init(x: log10(now), label: state.strings(.sweepNow, now.rateText), glyph: "▲")]
            chart.writesMarks = true
        }
        if let rate {
            chart.cursor = log10(rate)
            chart.cursorStyle = theme.style(.accent)
        }
        chart.draw(into: &buffer, in: rect)
    }
}
