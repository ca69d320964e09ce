import Core
import Foundation
import Plots

extension DashboardView {
    /// What the curves are, or their values at the crosshair, in the frame's edges, where no curve runs: in the top one
    /// where there is room beside the title, else the values stand in the bottom one.
    func drawLegend(
        _ kind: ChartKind, _ state: DashboardState, _ axis: ChartAxis, _ series: [LineChart.Series],
        in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        // Besides the corners a title has a blank on either side.
        let room = rect.columns - displayWidth(title(kind, state, columns: rect.columns - 4)) - 4
        guard let cursor = state.charts.cursor else {
            if series.count > 1 {
                let parts = series.filter { !$0.isBehind }.map {
                    (" \($0.dash.sample) \($0.name) ", $0.style)
                }
                // What has no room goes from the left: the last curves matter most.
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
        // The place goes where it has room; the values have the first claim on the bottom edge.
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

    /// Without the first ones that have no room.
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

    /// One chart on the whole screen, with its series below it: their values at the crosshair, and what is the least and
    /// the greatest of each in what is shown.
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

    /// The chart, and below it the list of its series: as high as it needs to be, but at most two fifths.
    func openPlaces(_ rect: Rect, series: Int) -> (chart: Rect, list: Rect) {
        let rows = min(rect.rows * 2 / 5, series + 3)
        return (
            Rect(column: rect.column, row: rect.row, columns: rect.columns, rows: rect.rows - rows),
            Rect(column: rect.column, row: rect.row + rect.rows - rows, columns: rect.columns, rows: rows)
        )
    }

    /// In columns of their own, with a header; side by side where they do not fit below each other.
    private func draw(_ rows: [SeriesRow], _ strings: Strings, in rect: Rect, into buffer: inout CellBuffer) {
        guard rect.rows > 0, !rows.isEmpty else { return }
        let hasHeader = rect.rows >= 2
        let perColumn = hasHeader ? rect.rows - 1 : 1
        let name = max(6, rows.map { displayWidth($0.name) }.max() ?? 0)
        let number = max(
            5,
            rows.map { max(displayWidth($0.value), displayWidth($0.low), displayWidth($0.high)) }.max() ?? 0)
        let wide = 4 + name + 3 * (number + 2)
        // Where there is little room the range goes before the values do.
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
