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
        case (.features, _): return drawFeatures(state, dataset, in: rect, into: &buffer)
        default: break
        }
        let shown = state.predictions.shown
        let pages = (shown.count + DashboardState.predictionsPerPage - 1) / DashboardState.predictionsPerPage
        let page = state.predictions.cursor / DashboardState.predictionsPerPage
        let inside = predictionPanel(
            countTitle(state) + (pages > 1 ? [strings(.pageOf, page + 1, pages)] : [])
                + [strings[.validationPhotos]], state, in: rect, into: &buffer)
        guard !shown.isEmpty else {
            return drawEmpty([(noPredictions(state), .dim)], in: inside, into: &buffer)
        }
        let first = page * DashboardState.predictionsPerPage
        let cells = thumbnailGrid(
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

    /// The parts of a title about the listed predictions, the most important first.
    func countTitle(_ state: DashboardState) -> [String] {
        guard let all = state.predictions.onScreen?.predictions, !all.isEmpty else {
            return [state.strings[.screenPredictions]]
        }
        let (strings, settings, shown) = (state.strings, state.predictions.settings, state.predictions.shown)
        let right = shown.count(where: \.isCorrect)
        var parts = [strings(.predictionsTitle, state.epochText)]
        let filter = state.filters.isTyping ? "" : state.shownFilter?.text ?? ""
        switch settings.kept {
        case .all: break
        case .wrong: parts.append(strings[.errorsOnly])
        case .changed: parts.append(strings[.changedOnly])
        }
        if !filter.isEmpty { parts.append(strings(.filteredBy, filter)) }
        if settings.kept == .all, state.shownFilter == nil {
            parts.append(strings(.countRight, right.grouped, all.count.grouped))
        } else {
            parts.append(strings(.countShown, shown.count.grouped, all.count.grouped))
        }
        if settings.kept != .wrong, state.shownFilter != nil, !shown.isEmpty {
            parts.append(strings(.countOfThemRight, right.grouped))
        }
        if settings.order != .file { parts.append(strings[settings.order.title]) }
        return parts
    }

    /// Why the list of predictions is empty.
    func noPredictions(_ state: DashboardState) -> String {
        (state.predictions.onScreen?.predictions ?? []).isEmpty
            ? state.strings(.predictionsComeLater, state.keys.label(.refresh))
            : state.strings[.nothingMatches]
    }

    /// Draws the frame of a view of the predictions, with tabs in its top edge and as many of the
    /// title's parts as fit beside them. Returns the area inside.
    func predictionPanel(
        _ parts: [String], _ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer
    ) -> Rect {
        let tabs = predictionTabs(state, columns: rect.columns)
        let inside = panel(
            Self.joined(parts, columns: rect.columns - 6 - tabsWidth(tabs)), in: rect, into: &buffer)
        drawTabs(tabs, endingAt: rect.column + rect.columns - 2, row: rect.row, into: &buffer)
        return inside
    }

    /// The tabs of the views of the predictions, for a frame of `columns`.
    func predictionTabs(_ state: DashboardState, columns: Int) -> [Tab] {
        fitting(
            PredictionView.allCases.map {
                (
                    text: state.strings[$0.title], target: MouseTarget.view($0),
                    isChosen: $0 == state.predictions.settings.view
                )
            }, columns: columns - 6)
    }

    /// Joins the parts that fit; the first is cut if it does not.
    private static func joined(_ parts: [String], columns: Int) -> String {
        var title = fit(parts.first ?? "", columns: max(0, columns))
        for part in parts.dropFirst() where displayWidth(title + " · " + part) <= columns {
            title += " · " + part
        }
        return title
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
