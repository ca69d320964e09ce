import Canvas
import Dashboard
import Foundation
import Keys
import Photos
import Phrases
import Recipes
import Runs
import Themes
import Training

extension DashboardView {
    func drawPredictions(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        guard let dataset = state.context?.dataset else {
            return drawWaiting(state, state.strings[.screenPredictions], in: rect, into: &buffer)
        }
        let strings = state.strings
        let inspection = state.predictions.inspection
        switch (state.predictions.settings.view, inspection) {
        case (.confusion, let inspection?):
            return drawConfusion(inspection, state, dataset, in: rect, into: &buffer)
        case (.calibration, let inspection?):
            return drawCalibration(inspection, state, in: rect, into: &buffer)
        default: break
        }
        let isEmpty = (state.predictions.set?.predictions ?? []).isEmpty
        let shown = state.predictions.shown
        guard let set = state.predictions.set, !shown.isEmpty else {
            let title = filtered(strings[.screenPredictions], state)
            let inside = panel(title, in: rect, into: &buffer)
            drawViewTabs(state, beside: title, in: rect, into: &buffer)
            let text = fit(
                strings(isEmpty ? .predictionsComeLater : .nothingMatches, state.keys.label(.refresh)),
                columns: inside.columns)
            buffer.write(
                text, column: inside.column + (inside.columns - displayWidth(text)) / 2,
                row: inside.row + inside.rows / 2,
                style: theme.style(.dim))
            return
        }
        let right = shown.count(where: \.isCorrect)
        let pages = (shown.count + DashboardState.predictionsPerPage - 1) / DashboardState.predictionsPerPage
        let page = state.predictions.cursor / DashboardState.predictionsPerPage
        var title = strings(.predictionsTitle, set.epoch, right, shown.count, page + 1, pages)
        if state.predictions.settings.order != .file {
            title += " · " + strings[state.predictions.settings.order.title]
        }
        switch state.predictions.settings.kept {
        case .all: break
        case .wrong: title += " · " + strings[.wrong]
        case .changed: title += " · " + strings[.changed]
        }
        title = filtered(title, state)
        let inside = panel(title, in: rect, into: &buffer)
        drawViewTabs(state, beside: title, in: rect, into: &buffer)
        let first = page * DashboardState.predictionsPerPage
        let cells = grid(
            inside, columns: DashboardState.gridColumns, count: DashboardState.predictionsPerPage)
        for (offset, prediction) in shown.dropFirst(first).prefix(DashboardState.predictionsPerPage)
            .enumerated()
        {
            targets.add(.photo(first + offset), cells[offset])
            draw(
                prediction, dataset, state, chosen: first + offset == state.predictions.cursor,
                in: cells[offset], into: &buffer)
        }
    }

    /// Draws the tabs of the predictions in the frame's top edge, if they fit beside its title.
    func drawViewTabs(
        _ state: DashboardState, beside title: String, in rect: Rect, into buffer: inout CellBuffer
    ) {
        let tabs = PredictionSettings.View.allCases.map {
            (
                text: state.strings[$0.title], target: MouseTarget.view($0),
                isChosen: $0 == state.predictions.settings.view
            )
        }
        guard rect.columns >= displayWidth(title) + tabsWidth(tabs) + 8 else { return }
        drawTabs(tabs, endingAt: rect.column + rect.columns - 2, row: rect.row, into: &buffer)
    }

    private func draw(
        _ prediction: Prediction, _ dataset: DatasetSummary, _ state: DashboardState, chosen: Bool,
        in cell: Rect, into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        let captionRows = cell.rows >= 6 ? 2 : 1
        let place = drawPhoto(
            prediction.photo, dataset,
            in: Rect(
                column: cell.column, row: cell.row, columns: cell.columns - 1, rows: cell.rows - captionRows),
            into: &buffer)
        let row = place.row + place.rows
        let style = theme.style(prediction.isCorrect ? .good : .bad, chosen ? [.bold, .reverse] : .bold)
        let note = state.photoNote(prediction.photo)
        let sign =
            (note.isMarked ? "★" : "") + (note.text.isEmpty ? "" : "✎") + (prediction.isCorrect ? "✓" : "✗")
        let percent = Double(prediction.confidence).percentText
        let columns = cell.columns - 1
        let (truth, guess) = (dataset.classes[prediction.label], dataset.classes[prediction.predicted])
        if captionRows == 2 {
            buffer.write(
                "\(sign) \(guess) \(percent)", column: cell.column, row: row, style: style,
                maxColumns: columns)
            let before = state.predictions.changed[prediction.photo].map {
                strings(.wasTakenFor, dataset.classes[$0.predicted])
            }
            buffer.write(
                "  " + (before ?? strings(.trueClass, truth)), column: cell.column, row: row + 1,
                style: theme.style(.dim), maxColumns: columns)
        } else {
            buffer.write(
                "\(sign) \(truth)→\(guess) \(percent)", column: cell.column, row: row, style: style,
                maxColumns: columns)
        }
    }
}
