import Canvas
import Dashboard
import Foundation
import Phrases
import Plots
import Recipes
import Runs
import Themes
import Training

extension DashboardView {
    /// A column of the table of runs.
    private struct RunColumn {
        var title: Phrase
        var order: RunsState.Order?
        var width: Int
        /// Width of the screen from which it is shown.
        var from = 0
        var isNumber = false
    }

    private static let runColumns = [
        RunColumn(title: .columnRun, order: .run, width: 7),
        RunColumn(title: .columnStatus, order: .status, width: 14),
        RunColumn(title: .columnEpochs, order: .epochs, width: 9, from: 48, isNumber: true),
        RunColumn(title: .columnAccuracy, order: .accuracy, width: 10, isNumber: true),
        RunColumn(title: .columnInterval, order: nil, width: 10, from: 115, isNumber: true),
        RunColumn(title: .columnLoss, order: .loss, width: 10, isNumber: true),
        RunColumn(title: .columnLast, order: .last, width: 10, from: 100, isNumber: true),
        RunColumn(title: .columnCurve, order: nil, width: 13),
        RunColumn(title: .columnCreated, order: .created, width: 13, from: 100),
        RunColumn(title: .columnPhotos, order: .photos, width: 18, from: 130),
    ]

    /// Draws the table of all runs, and below it the chosen one in detail.
    func drawRunsScreen(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        let strings = state.strings
        let total = state.charts.runs?.count ?? 0
        let count = state.runs.shown.count
        let detail = rect.rows >= 18 ? DashboardState.runDetailRows : 0
        let table = Rect(
            column: rect.column, row: rect.row, columns: rect.columns, rows: rect.rows - detail)
        let title = strings(.runsCount, count == total ? "\(total)" : "\(count)/\(total)")
        let inside = panel(filtered(title, state), in: table, into: &buffer)
        guard inside.rows > 1, inside.columns > 10 else { return }
        guard count > 0 else {
            let phrase: Phrase =
                state.charts.runs == nil ? .runsLoading : total == 0 ? .runsEmpty : .nothingMatches
            buffer.write(
                fit(strings[phrase], columns: inside.columns), column: inside.column + 1, row: inside.row,
                style: theme.style(.dim))
            return
        }
        let columns = Self.runColumns.filter { rect.columns >= $0.from }
        drawRunTitles(columns, state, in: inside, into: &buffer)
        let rows = inside.rows - 1
        let first = max(0, min(state.runs.cursor - rows / 2, count - rows))
        for (offset, run) in state.runs.shown.dropFirst(first).prefix(rows).enumerated() {
            let place = Rect(
                column: inside.column, row: inside.row + 1 + offset, columns: inside.columns, rows: 1)
            targets.add(.row(first + offset), place)
            drawRun(
                run, columns, state, isChosen: first + offset == state.runs.cursor, in: place, into: &buffer)
        }
        if detail > 0, let run = state.chosenRun {
            drawRunDetail(
                run, state,
                in: Rect(
                    column: rect.column, row: rect.row + rect.rows - detail, columns: rect.columns,
                    rows: detail), into: &buffer)
        }
    }

    private func drawRunTitles(
        _ columns: [RunColumn], _ state: DashboardState, in inside: Rect, into buffer: inout CellBuffer
    ) {
        var column = inside.column + 2
        let arrow = state.runs.isReversed ? "▲" : "▼"
        for entry in columns {
            let isOrder = entry.order == state.runs.order
            let text = fit(state.strings[entry.title] + (isOrder ? arrow : ""), columns: entry.width - 1)
            let shift = entry.isNumber ? entry.width - 1 - displayWidth(text) : 0
            buffer.write(
                text, column: column + shift, row: inside.row,
                style: theme.style(isOrder ? .accent : .dim, isOrder ? .bold : []),
                maxColumns: max(0, inside.column + inside.columns - column - shift))
            column += entry.width
        }
        buffer.write(
            state.strings[.columnSettings], column: column, row: inside.row, style: theme.style(.dim),
            maxColumns: max(0, inside.column + inside.columns - column))
    }

    private func drawRun(
        _ run: RunRecord, _ columns: [RunColumn], _ state: DashboardState, isChosen: Bool, in place: Rect,
        into buffer: inout CellBuffer
    ) {
        let isDeleted = state.runs.deleted.contains(run.run)
        let isShown = run.run == state.context?.run
        let plain = theme.style(isDeleted ? .dim : .text, isChosen ? .bold : [])
        let end = place.column + place.columns
        let mark =
            isChosen ? "▸" : isDeleted ? "✗" : state.charts.showsGhost(run.run) ? "~" : isShown ? "●" : " "
        buffer.write(mark, column: place.column, row: place.row, style: theme.style(.accent, .bold))
        var column = place.column + 2
        for entry in columns {
            let (text, style) = cell(entry, run, state, plain)
            let fitted = fit(text, columns: entry.width - 1)
            let shift = entry.isNumber ? entry.width - 1 - displayWidth(fitted) : 0
            buffer.write(
                fitted, column: column + shift, row: place.row, style: style,
                maxColumns: max(0, end - column - shift))
            column += entry.width
        }
        let rest =
            isDeleted
            ? state.strings[.toBeDeleted]
            : (Self.settings(run, state) + Self.remarks(run)).joined(separator: "  ")
        buffer.write(
            rest, column: column, row: place.row, style: theme.style(.dim), maxColumns: max(0, end - column))
    }

    private func cell(_ column: RunColumn, _ run: RunRecord, _ state: DashboardState, _ plain: Style)
        -> (String, Style)
    {
        func three(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "–" }
        switch column.title {
        case .columnRun: return (run.run, plain)
        case .columnStatus:
            let (glyph, role) = Self.look(of: run.status)
            return (
                "\(glyph) \(state.strings[run.status.phrase])", theme.style(role, plain.attributes)
            )
        case .columnEpochs: return ("\(run.epochsDone)/\(max(run.epochs, run.epochsDone))", plain)
        case .columnAccuracy: return (three(run.highestValidationAccuracy), plain)
        case .columnInterval:
            let bounds = run.validationImages.flatMap { photos in
                run.highestValidationAccuracy.flatMap { Proportion(accuracy: $0, of: photos)?.bounds }
            }
            return (bounds ?? "–", theme.style(.dim))
        case .columnLoss: return (three(run.bestValidationLoss), plain)
        case .columnLast: return (three(run.lastValidationAccuracy), plain)
        case .columnCurve: return (Self.sparkline(state.runs.curve(of: run.run)), theme.style(.validation))
        case .columnCreated: return (Self.date(run.created, state), theme.style(.dim))
        default: return (run.photosName, plain)
        }
    }

    private static func look(of status: RunStatus) -> (String, Theme.Role) {
        switch status {
        case .running: ("●", .good)
        case .finished: ("✓", .good)
        case .stopped: ("■", .warning)
        case .interrupted: ("‖", .warning)
        case .failed: ("✗", .bad)
        }
    }

    /// The validation accuracies over the epochs, between the lowest and the highest of them.
    private static func sparkline(_ values: [Double]?) -> String {
        let columns = 12
        guard let values, !values.isEmpty else { return "" }
        // Long runs keep their newest value and evenly spaced earlier ones.
        let picked =
            values.count <= columns
            ? values : (1...columns).map { values[$0 * values.count / columns - 1] }
        let finite = picked.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else { return "" }
        return Sparkline.text(picked, in: low...max(high, low + 1e-9), columns: columns)
    }

    /// Day and time where the person is; where that is unknown, in UTC.
    private static func date(_ date: Date, _ state: DashboardState) -> String {
        var time = time_t(date.timeIntervalSince1970)
        var parts = tm()
        if state.timeOfDay == nil { gmtime_r(&time, &parts) } else { localtime_r(&time, &parts) }
        return String(
            format: "%02d-%02d %02d:%02d", parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min)
    }

    private static func settings(_ run: RunRecord, _ state: DashboardState) -> [String] {
        let differences = state.runs.common.map { run.recipe.differences(from: $0, state.strings) } ?? []
        return differences.isEmpty ? [] : [differences.joined(separator: ", ")]
    }

    private static func remarks(_ run: RunRecord) -> [String] {
        run.tags.map { "#\($0)" } + (run.note.isEmpty ? [] : [run.note.replacing("\n", with: " ")])
    }

    private func drawRunDetail(
        _ run: RunRecord, _ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let inside = panel(strings(.run, run.run), in: rect, into: &buffer)
        let settings = Self.settings(run, state)
        func best(_ phrase: Phrase, _ value: Double?, _ epoch: Int?) -> String? {
            guard let value, let epoch else { return nil }
            return strings(phrase, String(format: "%.4f", value), epoch + 1)
        }
        let bests = [
            best(.runBestAccuracy, run.highestValidationAccuracy, run.mostAccurateEpoch),
            best(.runLowestLoss, run.bestValidationLoss, run.bestEpoch),
        ].compactMap(\.self)
        let remarks = Self.remarks(run)
        write(
            [
                (bests.isEmpty ? strings[.noEpochYet] : bests.joined(separator: " · "), .text),
                (
                    settings.isEmpty ? strings[.usualSettings] : strings(.differsIn, settings[0]), .text
                ),
                ((remarks + [run.data]).joined(separator: "  "), .dim),
            ], in: inside, into: &buffer)
    }
}
