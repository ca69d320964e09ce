import Canvas
import Dashboard
import Phrases
import Themes

extension DashboardView {
    /// Draws the log, the newest entry last.
    func drawLogScreen(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        let shown = state.shownLog
        let title = state.strings(.logTitle, shown.count)
        let inside = panel(filtered(title, state), in: rect, into: &buffer)
        guard !shown.isEmpty else {
            let text = fit(
                state.strings[state.log.entries.isEmpty ? .logIsEmpty : .nothingMatches],
                columns: inside.columns)
            buffer.write(
                text, column: inside.column + (inside.columns - displayWidth(text)) / 2,
                row: inside.row + inside.rows / 2,
                style: theme.style(.dim))
            return
        }
        // Long entries wrap over several rows.
        let clockColumns = (shown.map { displayWidth(state.log.entries[$0].clock) }.max() ?? 0) + 1
        let placeColumns = inside.columns >= 70 ? 12 : 0
        let textColumns = max(1, inside.columns - clockColumns - placeColumns - 1)
        let cursor = min(state.log.cursor ?? shown.count - 1, shown.count - 1)
        var first = cursor
        var used = 0
        // Fill up to half the screen above the cursor, or all of it when following the end.
        let above = state.log.cursor == nil ? inside.rows : inside.rows / 2
        while first >= 0 {
            let rows = max(1, wrap(state.log.entries[shown[first]].text, columns: textColumns).count)
            if used + rows > above, first < cursor { break }
            used += rows
            first -= 1
        }
        var row = 0
        for index in max(0, first + 1)..<shown.count {
            let entry = state.log.entries[shown[index]]
            let lines = wrap(entry.text, columns: textColumns)
            guard row < inside.rows else { break }
            let isCursor = index == cursor && state.log.cursor != nil
            let style = theme.style(entry.isWarning ? .warning : .text, isCursor ? .reverse : [])
            let place = Rect(
                column: inside.column, row: inside.row + row, columns: inside.columns,
                rows: min(max(1, lines.count), inside.rows - row))
            targets.add(.row(index), place)
            buffer.write(entry.clock, column: inside.column + 1, row: place.row, style: theme.style(.dim))
            if placeColumns > 0, let position = entry.position {
                buffer.write(
                    state.strings(.epochAt, Self.twoDecimals(position)),
                    column: inside.column + 1 + clockColumns, row: place.row,
                    style: theme.style(.dim), maxColumns: placeColumns - 1)
            }
            for (offset, line) in lines.enumerated() where row + offset < inside.rows {
                buffer.write(
                    line, column: inside.column + 1 + clockColumns + placeColumns, row: place.row + offset,
                    style: style,
                    maxColumns: textColumns)
            }
            row += place.rows
        }
    }

    private static func twoDecimals(_ value: Double) -> String {
        let hundredths = Int(nearest: value * 100)
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
