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
        let title = strings(.calibrationTitle, state.epochText)
        let coverageTitle = strings[.coverageTitle]
        let (reliability, coverage): (Rect, Rect)
        if isWide {
            // The tabs end at the right edge and take the room that they need from both titles.
            let tabs = predictionTabs(state, columns: rect.columns)
            let end = rect.column + rect.columns - 2
            let start = end - tabsWidth(tabs) - 1
            func titled(_ title: String, _ place: Rect) -> String {
                displayWidth(title) + 4 <= start - place.column ? title : ""
            }
            reliability = panel(
                fit(title, columns: max(0, min(left.columns, start - left.column) - 4)), in: left,
                into: &buffer)
            coverage = panel(titled(coverageTitle, right), in: right, into: &buffer)
            drawTabs(tabs, endingAt: end, row: rect.row, into: &buffer)
        } else {
            reliability = predictionPanel([title], state, in: left, into: &buffer)
            coverage = panel(coverageTitle, in: right, into: &buffer)
        }
        drawReliability(inspection, strings, in: reliability, into: &buffer)
        drawCoverage(inspection.coverage, state, in: coverage, into: &buffer)
    }

    /// Draws the reliability diagram: for each bin a column as high as its accuracy, against the
    /// diagonal on which confidence and accuracy agree, and below it the number of photos.
    private func drawReliability(
        _ inspection: PredictionInspection, _ strings: Strings, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let calibration = inspection.calibration
        let lines = calibrationLines(inspection, strings).flatMap { line in
            wrap(line.0, columns: rect.columns - 2).map { ($0, line.1) }
        }
        // If the diagram does not fit, the numbers take all rows.
        let textRows = min(lines.count, rect.rows < 9 ? rect.rows : rect.rows - 8)
        write(
            Array(lines.prefix(textRows)),
            in: Rect(
                column: rect.column + 1, row: rect.row + rect.rows - textRows, columns: rect.columns - 2,
                rows: textRows), into: &buffer)
        let bins = calibration.bins
        // A legend above, and the axis with the counts below.
        guard rect.rows - textRows >= 7, rect.columns - 6 >= bins.count else { return }
        let legendRows = drawLegend(
            [
                ("█ " + strings[.reliabilityLegend], theme.style(.good)),
                ("█ " + strings[.reliabilityOff], theme.style(.warning)),
                ("⢀⠔⠁ " + strings[.reliabilityDiagonal], theme.style(.text)),
            ],
            in: Rect(
                column: rect.column + 1, row: rect.row, columns: rect.columns - 2,
                rows: rect.rows - textRows >= 9 ? 2 : 1), into: &buffer)
        let plot = Rect(
            column: rect.column + 5, row: rect.row + legendRows, columns: rect.columns - 6,
            rows: rect.rows - textRows - legendRows - 3)
        for (fraction, label) in [(1.0, "1.0"), (0.5, "0.5"), (0.0, "0.0")] {
            let row = plot.row + Int(((1 - fraction) * Double(plot.rows - 1)).rounded())
            buffer.write(label, endingAt: plot.column - 1, row: row, style: theme.style(.dim))
        }
        let most = bins.map(\.count).max() ?? 0
        let binColumns = plot.columns / bins.count
        for (index, bin) in bins.enumerated() {
            let start = plot.column + index * binColumns
            let end = start + max(1, binColumns - 1)
            let counted = plot.row + plot.rows + 1
            if let accuracy = bin.accuracy {
                let style = theme.style(abs(bin.gap ?? 0) <= 0.1 ? .good : .warning)
                drawBar(
                    accuracy, in: Rect(column: start, row: plot.row, columns: end - start, rows: plot.rows),
                    style, into: &buffer)
            }
            // Numbers where they fit, else their heights.
            let text = "\(bin.count)"
            if "\(most)".count <= binColumns - 1 {
                buffer.write(
                    text, column: start + max(0, (end - start - text.count + 1) / 2), row: counted,
                    style: theme.style(bin.count > 0 ? .text : .dim))
            } else if most > 0, bin.count > 0 {
                let height = Sparkline.text([Double(bin.count) / Double(most) - 0.01], columns: 1)
                for column in start..<end {
                    buffer[column, counted] = Cell(height, style: theme.style(.batch))
                }
            }
        }
        let width = binColumns * bins.count
        drawDiagonal(
            in: Rect(column: plot.column, row: plot.row, columns: width, rows: plot.rows), into: &buffer)
        let axis = plot.row + plot.rows
        buffer.write("0", column: plot.column, row: axis, style: theme.style(.dim))
        buffer.write("1", endingAt: plot.column + width, row: axis, style: theme.style(.dim))
        func centre(_ text: String, _ row: Int, _ room: Int) {
            let text = fit(text, columns: max(0, room))
            buffer.write(
                text, column: plot.column + (width - displayWidth(text)) / 2, row: row,
                style: theme.style(.dim))
        }
        centre(strings[.reliabilityAxis], axis, width - 4)
        centre("↑ " + strings[.reliabilityCounts], axis + 2, width)
    }

    /// The errors, and the temperature if it makes them smaller.
    private func calibrationLines(_ inspection: PredictionInspection, _ strings: Strings) -> [(
        String, Theme.Role
    )] {
        func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }
        let calibration = inspection.calibration
        let errors = strings(
            .expectedError, number(calibration.expectedError), number(calibration.maximumError))
        guard let temperature = inspection.temperature else { return [(errors, .text)] }
        guard inspection.temperatureHelps else {
            return [(errors, .text), (strings[.temperatureUseless], .dim)]
        }
        return [
            (errors, .text),
            (
                strings(
                    .temperatureIs, String(format: "%.2f", temperature.temperature),
                    number(inspection.scaled?.expectedError), number(temperature.lossBefore),
                    number(temperature.lossAfter)), .dim
            ),
        ]
    }

    /// Draws a bar from the bottom of an area, in eighths of a row.
    private func drawBar(_ value: Double, in rect: Rect, _ style: Style, into buffer: inout CellBuffer) {
        let eighths = Int((value * Double(rect.rows * 8)).rounded())
        for level in 0..<rect.rows {
            let filled = min(8, eighths - level * 8)
            if filled <= 0 { break }
            let row = rect.row + rect.rows - 1 - level
            for column in rect.column..<rect.column + rect.columns {
                buffer[column, row] = Cell(
                    Sparkline.text([Double(filled) / 8 - 0.01], columns: 1), style: style)
            }
        }
    }

    /// Draws the diagonal from the bottom left to the top right, inverted where it crosses bars.
    private func drawDiagonal(in rect: Rect, into buffer: inout CellBuffer) {
        guard rect.columns > 0, rect.rows > 0 else { return }
        var canvas = BrailleCanvas(size: Size(columns: rect.columns, rows: rect.rows))
        let ink = canvas.ink(theme.style(.text))
        var travelled = 0
        canvas.line(
            from: (0, canvas.dotRows - 1), to: (canvas.dotColumns - 1, 0), ink, pattern: .solid,
            travelled: &travelled)
        var line = CellBuffer(size: canvas.size)
        canvas.draw(into: &line, column: 0, row: 0)
        for row in 0..<rect.rows {
            for column in 0..<rect.columns where !canvas.isEmpty(column: column, row: row) {
                let (x, y) = (rect.column + column, rect.row + row)
                var style = theme.style(.text)
                if buffer[x, y].text == "█" {
                    style = buffer[x, y].style
                    style.attributes.insert(.reverse)
                }
                buffer[x, y] = Cell(line[column, row].text, style: style)
            }
        }
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
        let lines = thresholdLines(coverage, threshold, strings, columns: rect.columns - 2)
        let textRows = min(lines.count, rect.rows)
        write(
            lines,
            in: Rect(
                column: rect.column + 1, row: rect.row + rect.rows - textRows, columns: rect.columns - 2,
                rows: textRows), into: &buffer)
        guard rect.rows > textRows else { return }
        let legendRows = drawLegend(
            chart.series.map { ("\($0.dash.sample) \($0.name)", $0.style) },
            in: Rect(
                column: rect.column + 1, row: rect.row, columns: rect.columns - 2,
                rows: rect.rows - textRows >= 9 ? 2 : 1), into: &buffer)
        let plot = Rect(
            column: rect.column, row: rect.row + legendRows, columns: rect.columns,
            rows: max(0, rect.rows - textRows - legendRows))
        chart.draw(into: &buffer, in: plot)
        if let curves = chart.plot(in: plot) { targets.add(.threshold(plot: curves), curves) }
    }

    /// The photos kept at a threshold and their accuracy, and the keys that move it.
    private func thresholdLines(
        _ coverage: CoverageCurve, _ threshold: Double, _ strings: Strings, columns: Int
    ) -> [(String, Theme.Role)] {
        guard let point = coverage.point(at: threshold) else { return [] }
        func percent(_ value: Double?) -> String { value.map { String(format: "%.1f%%", $0 * 100) } ?? "–" }
        let kept = Int((point.coverage * Double(coverage.count)).rounded())
        let lines: [(String, Theme.Role)] = [
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
        ]
        return lines.flatMap { line in wrap(line.0, columns: columns).map { ($0, line.1) } }
    }
}
