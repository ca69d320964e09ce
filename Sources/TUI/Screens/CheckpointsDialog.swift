import Canvas
import Dashboard
import Foundation
import Keys
import Phrases
import Recipes
import Themes

extension DashboardView {
    /// Draws the run's checkpoints, to go back to one of them or to end with it.
    func drawCheckpoints(
        _ purpose: CheckpointPurpose, _ chosen: Int?, _ state: DashboardState, into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let shown = state.shownCheckpoints
        let columns = min(76, buffer.size.columns - 4)
        let buttons: [DialogButton] = [
            ("↑", .up, ""), ("↓", .down, strings[.buttonOtherCheckpoint]),
            ("tab", .tab, strings[.buttonNextBest]),
            ("enter", .enter, strings[purpose == .restore ? .buttonRestore : .buttonEndRun]),
            ("esc", .escape, strings[.buttonLeave]),
        ]
        let buttonRows = buttonLines(buttons, columns: columns - 4)
        var notes = wrap(strings[purpose == .restore ? .restoreText : .keepBestText], columns: columns - 4)
        notes += state.lostBests.flatMap {
            wrap(strings(.bestNotKept, $0.epoch + 1, strings[$0.measure.phrase]), columns: columns - 4)
        }
        let wanted = notes.count + max(1, shown.count) + buttonRows + 3
        let rows = min(wanted, buffer.size.rows - 2)
        let inside = dialogFrame(
            strings[purpose == .restore ? .restoreTitle : .keepBestTitle], columns: columns, rows: rows,
            into: &buffer)
        // With little room, the notes give way to the list.
        let noteRows = min(notes.count, max(0, inside.rows - buttonRows - min(3, max(1, shown.count))))
        write(
            notes.prefix(noteRows).map { ($0, .dim) },
            in: Rect(
                column: inside.column + 1, row: inside.row, columns: inside.columns - 2, rows: noteRows),
            into: &buffer)
        let list = Rect(
            column: inside.column, row: inside.row + noteRows, columns: inside.columns,
            rows: max(0, inside.rows - noteRows - buttonRows))
        let index = state.chosenCheckpoint(chosen) ?? 0
        let first = max(0, min(index - list.rows / 2, shown.count - list.rows))
        for (offset, entry) in shown.dropFirst(first).prefix(list.rows).enumerated() {
            let isChosen = first + offset == index
            let row = list.row + offset
            targets.add(
                .row(first + offset), Rect(column: list.column, row: row, columns: list.columns, rows: 1))
            if isChosen {
                buffer.write("▸", column: list.column, row: row, style: theme.style(.accent, .bold))
            }
            buffer.write(
                checkpointLine(entry, state), column: list.column + 1, row: row,
                style: theme.style(.text, isChosen ? .bold : []), maxColumns: list.columns - 1)
        }
        drawButtons(
            buttons, column: inside.column + 1, row: inside.row + inside.rows - buttonRows,
            columns: inside.columns - 2, into: &buffer)
    }

    private func checkpointLine(_ entry: CheckpointEntry, _ state: DashboardState) -> String {
        let strings = state.strings
        var parts = [state.words(entry.place)]
        if let score = state.score(of: entry) {
            parts.append(
                strings(
                    .checkpointScore, String(format: "%.4f", score.loss),
                    String(format: "%.4f", score.accuracy)))
        }
        var reasons = state.merits(of: entry).map { strings[$0.phrase] }
        if entry.name == "last" { reasons.append(strings[.checkpointLast]) }
        if entry.isSetAside { reasons.append(strings[.checkpointSetAside]) }
        if !reasons.isEmpty { parts.append("★ " + reasons.joined(separator: ", ")) }
        return parts.joined(separator: "  ")
    }
}

extension BestMeasure {
    var phrase: Phrase {
        switch self {
        case .loss: .lowestLoss
        case .accuracy: .highestAccuracy
        }
    }
}
