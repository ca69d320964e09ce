import Canvas
import Dashboard
import Foundation
import Keys
import Phrases
import Plots
import Themes

extension DashboardView {
    /// Draws the names of the curves, or their values at the crosshair, into the frame: in the top
    /// edge if they fit beside the title, otherwise the values go into the bottom edge.
    func drawLegend(
        _ kind: ChartKind, _ state: DashboardState, _ axis: ChartAxis, _ series: [LineChart.Series],
        in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        // Besides the corners, a title has a blank on either side.
        let room = rect.columns - displayWidth(title(kind, state, columns: rect.columns - 4)) - 4
        guard let cursor = state.charts.cursor else {
            if series.count > 1 {
                let parts = series.map {
                    (" \($0.dash.sample) \($0.name) ", $0.style)
                }
                // Drop parts from the left if necessary: the last curves matter most.
                writeParts(Self.fitting(parts, room), row: rect.row, in: rect, into: &buffer)
            }
            return
        }
        let place = (" \(axis.place(cursor, state.strings)) ", theme.style(.accent))
        func values(_ name: (LineChart.Series) -> String) -> [(String, Style)] {
            series.compactMap { series in
                guard let value = series.value(at: axis.value(cursor)), value.isFinite else { return nil }
                let text = (series.format ?? { Self.number(kind, $0) })(value)
                return (" \(name(series)) \(text) ", series.style)
            }
        }
        let named = values(\.name)
        if Self.width([place] + named) <= room {
            return writeParts([place] + named, row: rect.row, in: rect, into: &buffer)
        }
        let below = rect.columns - 2
        // The position is drawn where it fits; the values have priority on the bottom edge.
        let isPlaced = Self.width([place]) <= room
        if isPlaced { writeParts([place], row: rect.row, in: rect, into: &buffer) }
        let short = values { $0.shortName ?? $0.name }
        let parts = [isPlaced ? [] : [place] + named, named, isPlaced ? [] : [place] + short, short]
            .first { !$0.isEmpty && Self.width($0) <= below }
        writeParts(
            parts ?? Self.fitting(short, below), row: rect.row + rect.rows - 1, in: rect, into: &buffer)
    }

    private static func width(_ parts: [(String, Style)]) -> Int {
        parts.reduce(0) { $0 + displayWidth($1.0) }
    }

    /// Drops leading parts until the rest fits.
    private static func fitting(_ parts: [(String, Style)], _ room: Int) -> [(String, Style)] {
        var parts = parts
        while !parts.isEmpty, width(parts) > room { parts.removeFirst() }
        return parts
    }

    private func writeParts(
        _ parts: [(String, Style)], row: Int, in rect: Rect, into buffer: inout CellBuffer
    ) {
        var column = rect.column + rect.columns - Self.width(parts) - 1
        for (text, style) in parts { column += buffer.write(text, column: column, row: row, style: style) }
    }

    /// Draws the open chart with a table of its series: the value at the crosshair, and the least
    /// and greatest values in the visible range.
    func drawOpenChart(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        let strings = state.strings
        let kind = state.charts.chosen
        let axis = ChartAxis(state)
        let series = Array(curves(kind, state, axis).reversed())
        let (chart, below) = openPlaces(rect, series: series.count)
        drawChart(kind, state, in: chart, into: &buffer)
        let cursor = state.charts.cursor
        let inside = panel(
            cursor.map { strings(.seriesAt, axis.place($0, strings)) } ?? strings[.seriesNewest], in: below,
            into: &buffer)
        let span = axis.range(state.shownSpan)
        let rows = series.map { series in
            let format = series.format ?? { Self.number(kind, $0) }
            func text(_ value: Double?) -> String {
                value.map { $0.isFinite ? format($0) : strings[.notANumber] } ?? "–"
            }
            let bounds = series.bounds(in: span)
            return SeriesRow(
                sample: series.dash.sample, style: series.style, name: series.name,
                value: text(cursor.map { series.value(at: axis.value($0)) } ?? series.y.values.last),
                low: text(bounds.isEmpty ? nil : bounds.low), high: text(bounds.isEmpty ? nil : bounds.high))
        }
        draw(rows, strings, in: inside, into: &buffer)
    }

    private struct SeriesRow {
        var sample: String
        var style: Style
        var name: String
        var value, low, high: String
    }

    /// Splits an area into the chart and the table below it, which takes at most two fifths.
    func openPlaces(_ rect: Rect, series: Int) -> (chart: Rect, list: Rect) {
        let rows = min(rect.rows * 2 / 5, series + 3)
        return (
            Rect(column: rect.column, row: rect.row, columns: rect.columns, rows: rect.rows - rows),
            Rect(column: rect.column, row: rect.row + rect.rows - rows, columns: rect.columns, rows: rows)
        )
    }

    /// Draws the series as a table with a header, in blocks side by side if the rows do not fit.
    private func draw(_ rows: [SeriesRow], _ strings: Strings, in rect: Rect, into buffer: inout CellBuffer) {
        guard rect.rows > 0, !rows.isEmpty else { return }
        let hasHeader = rect.rows >= 2
        let perColumn = hasHeader ? rect.rows - 1 : 1
        let name = max(6, rows.map { displayWidth($0.name) }.max() ?? 0)
        let number = max(
            5,
            rows.map { max(displayWidth($0.value), displayWidth($0.low), displayWidth($0.high)) }.max() ?? 0)
        let wide = 4 + name + 3 * (number + 2)
        // With little room, drop the range and keep the values.
        let showsRange = wide <= rect.columns
        let width = showsRange ? wide : 4 + name + number + 2
        for block in 0..<max(1, rect.columns / (width + 3)) where block * perColumn < rows.count {
            let left = rect.column + block * (width + 3)
            func write(_ row: Int, _ texts: (String, String, String), _ style: Style) {
                let end = left + 4 + name + 2 + number
                buffer.write(texts.0, endingAt: end, row: row, style: style)
                guard showsRange else { return }
                buffer.write(texts.1, endingAt: end + 2 + number, row: row, style: style)
                buffer.write(texts.2, endingAt: end + 4 + 2 * number, row: row, style: style)
            }
            if hasHeader {
                buffer.write(
                    strings[.columnSeries], column: left + 4, row: rect.row, style: theme.style(.dim),
                    maxColumns: width - 4)
                write(
                    rect.row, (strings[.columnValue], strings[.columnLeast], strings[.columnGreatest]),
                    theme.style(.dim))
            }
            for (index, series) in rows.dropFirst(block * perColumn).prefix(perColumn).enumerated() {
                let row = rect.row + (hasHeader ? 1 : 0) + index
                buffer.write(series.sample, column: left, row: row, style: series.style)
                buffer.write(
                    series.name, column: left + 4, row: row, style: theme.style(.text), maxColumns: name)
                write(row, (series.value, series.low, series.high), theme.style(.text))
            }
        }
    }
}
