import Canvas
import Dashboard
import Foundation
import Phrases
import Plots
import Runs
import Themes

extension DashboardView {
    /// Draws how well confidence predicts accuracy, and the accuracy gained by leaving out
    /// uncertain photos.
    func drawCalibration(
        _ inspection: PredictionInspection, _ state: DashboardState, in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let isWide = rect.columns >= 70
        let left = Rect(
            column: rect.column, row: rect.row, columns: isWide ? rect.columns / 2 : rect.columns,
            rows: isWide ? rect.rows : rect.rows / 2)
        let right =
            isWide
            ? Rect(
                column: rect.column + left.columns, row: rect.row, columns: rect.columns - left.columns,
                rows: rect.rows)
            : Rect(
                column: rect.column, row: rect.row + left.rows, columns: rect.columns,
                rows: rect.rows - left.rows)
        let title = strings(.calibrationTitle, inspection.epoch)
        drawReliability(inspection, strings, in: panel(title, in: left, into: &buffer), into: &buffer)
        let coverageTitle = strings[.coverageTitle]
        drawCoverage(
            inspection.coverage, state, in: panel(coverageTitle, in: right, into: &buffer), into: &buffer)
        drawViewTabs(state, beside: isWide ? coverageTitle : title, in: isWide ? right : left, into: &buffer)
    }

    /// Draws the reliability diagram: for each bin a column as high as its accuracy, and a line at
    /// its mean confidence, where the column should end.
    private func drawReliability(
        _ inspection: PredictionInspection, _ strings: Strings, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let calibration = inspection.calibration
        var lines: [(String, Theme.Role)] = []
        func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }
        lines.append(
            (
                strings(.expectedError, number(calibration.expectedError), number(calibration.maximumError)),
                .text
            ))
        if let temperature = inspection.temperature {
            lines.append(
                (
                    strings(
                        .temperatureIs, String(format: "%.2f", temperature.temperature),
                        number(inspection.scaled?.expectedError)), .text
                ))
            lines.append(
                (
                    strings(.temperatureLoss, number(temperature.lossBefore), number(temperature.lossAfter)),
                    .dim
                ))
        }
        // If the diagram does not fit, the numbers take all rows.
        let textRows = min(lines.count, rect.rows < 6 ? rect.rows : rect.rows - 6)
        let plot = Rect(
            column: rect.column + 5, row: rect.row, columns: rect.columns - 6, rows: rect.rows - textRows - 2)
        write(
            Array(lines.prefix(textRows)),
            in: Rect(
                column: rect.column + 1, row: rect.row + rect.rows - textRows, columns: rect.columns - 2,
                rows: textRows), into: &buffer)
        let bins = calibration.bins
        guard plot.rows >= 3, plot.columns >= bins.count else { return }
        for (fraction, label) in [(1.0, "1.0"), (0.5, "0.5"), (0.0, "0.0")] {
            let row = plot.row + Int(((1 - fraction) * Double(plot.rows - 1)).rounded())
            buffer.write(label, endingAt: plot.column - 1, row: row, style: theme.style(.dim))
            for column in plot.column..<plot.column + plot.columns {
                buffer[column, row] = Cell("┈", style: theme.style(.border))
            }
        }
        for (index, bin) in bins.enumerated() {
            let start = plot.column + index * plot.columns / bins.count
            let end = max(start + 1, plot.column + (index + 1) * plot.columns / bins.count - 1)
            guard let accuracy = bin.accuracy, let confidence = bin.confidence else { continue }
            let style = theme.style(abs(bin.gap ?? 0) <= 0.1 ? .good : .warning)
            let eighths = Int((accuracy * Double(plot.rows * 8)).rounded())
            for level in 0..<plot.rows {
                let filled = min(8, eighths - level * 8)
                if filled <= 0 { break }
                let row = plot.row + plot.rows - 1 - level
                for column in start..<end {
                    buffer[column, row] = Cell(
                        Sparkline.text([Double(filled) / 8 - 0.01], columns: 1), style: style)
                }
            }
            let row = plot.row + plot.rows - 1 - min(plot.rows - 1, Int(confidence * Double(plot.rows)))
            for column in start..<end {
                let isInside = buffer[column, row].text == "█"
                buffer[column, row] = Cell(
                    "━", style: theme.style(.text, isInside ? [.bold, .reverse] : .bold))
            }
        }
        let axis = plot.row + plot.rows
        buffer.write("0", column: plot.column, row: axis, style: theme.style(.dim))
        buffer.write("1", endingAt: plot.column + plot.columns, row: axis, style: theme.style(.dim))
        let legend = fit(strings[.reliabilityLegend], columns: max(0, plot.columns - 4))
        buffer.write(
            legend, column: plot.column + (plot.columns - displayWidth(legend)) / 2, row: axis,
            style: theme.style(.dim))
    }

    private func drawCoverage(
        _ coverage: CoverageCurve, _ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let threshold = Double(state.predictions.settings.threshold) / 100
        let points = coverage.points()
        var chart = LineChart(
            series: [
                LineChart.Series(
                    name: strings[.coverage], style: theme.style(.validation), dash: .dashed,
                    points: points.map { ($0.threshold, $0.coverage) }, showsValue: false),
                LineChart.Series(
                    name: strings[.accuracyOfKept], style: theme.style(.good),
                    points: points.map { ($0.threshold, $0.accuracy ?? .nan) },
                    showsValue: false),
            ],
            xRange: 0...1, yRange: 0...1,
            xTicks: [0, 0.25, 0.5, 0.75, 1].map { ($0, String(format: "%.2f", $0)) },
            axisStyle: theme.style(.dim), markStyle: theme.style(.mark),
            emptyText: strings[.statusPreparing],
            format: { String(format: "%.1f", $0) })
        (chart.cursor, chart.cursorStyle) = (threshold, theme.style(.accent))
        let plot = Rect(
            column: rect.column, row: rect.row + 1, columns: rect.columns, rows: max(0, rect.rows - 4))
        chart.draw(into: &buffer, in: plot)
        if let curves = chart.plot(in: plot) { targets.add(.threshold(plot: curves), curves) }
        var column = rect.column + 1
        for series in chart.series where rect.rows > 3 {
            column +=
                2
                + buffer.write(
                    "\(series.dash.sample) \(series.name)", column: column, row: rect.row,
                    style: series.style,
                    maxColumns: max(0, rect.column + rect.columns - column))
        }
        guard let point = coverage.point(at: threshold) else { return }
        func percent(_ value: Double?) -> String { value.map { String(format: "%.1f%%", $0 * 100) } ?? "–" }
        let kept = Int((point.coverage * Double(coverage.count)).rounded())
        write(
            [
                (
                    strings(
                        .thresholdIs, String(format: "%.2f", threshold), kept.grouped, coverage.count.grouped,
                        percent(point.coverage)), .text
                ),
                (
                    strings(
                        .thresholdAccuracy, percent(point.accuracy), percent(coverage.point(at: 0)?.accuracy)),
                    .good
                ),
                (strings[.thresholdKeys], .dim),
            ],
            in: Rect(
                column: rect.column + 1, row: rect.row + rect.rows - 3, columns: rect.columns - 2, rows: 3),
            into: &buffer)
    }
}
