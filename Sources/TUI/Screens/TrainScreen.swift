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
}
