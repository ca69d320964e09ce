import Core
import Foundation
import Plots

extension DashboardView {
    static let predictionsPerPage = 12

    func drawPredictions(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        guard let dataset = state.context?.dataset else {
            return drawWaiting(state, state.strings[.screenPredictions], in: rect, into: &buffer)
        }
        let strings = state.strings
        let inspection = state.predictionHistory.inspections.last
        switch (state.predicting.view, inspection) {
        case (.confusion, let inspection?): return drawConfusion(inspection, state, dataset, in: rect, into: &buffer)
        case (.calibration, let inspection?): return drawCalibration(inspection, state, in: rect, into: &buffer)
        default: break
        }
        let isEmpty = (state.predictions?.predictions ?? []).isEmpty
        let shown = state.shownPredictions
        guard let set = state.predictions, !shown.isEmpty else {
            let title = filtered(strings[.screenPredictions], state)
            let inside = panel(title, in: rect, into: &buffer)
            drawViews(state, beside: title, in: rect, into: &buffer)
            let text = fit(
                strings(isEmpty ? .predictionsComeLater : .nothingMatches, state.keys.label(.refresh)), columns: inside.columns)
            buffer.write(
                text, column: inside.column + (inside.columns - displayWidth(text)) / 2, row: inside.row + inside.rows / 2,
                style: theme.style(.dim))
            return
        }
        let right = shown.count(where: \.isCorrect)
        let pages = (shown.count + Self.predictionsPerPage - 1) / Self.predictionsPerPage
        let page = state.predictionCursor / Self.predictionsPerPage
        var title = strings(.predictionsTitle, set.epoch, right, shown.count, page + 1, pages)
        if state.predicting.order != .file { title += " · " + strings[state.predicting.order.title] }
        if state.predicting.onlyWrong { title += " · " + strings[.wrong] }
        title = filtered(title, state)
        let inside = panel(title, in: rect, into: &buffer)
        drawViews(state, beside: title, in: rect, into: &buffer)
        let first = page * Self.predictionsPerPage
        let cells = grid(inside, columns: DashboardState.gridColumns, count: Self.predictionsPerPage)
        for (offset, prediction) in shown.dropFirst(first).prefix(Self.predictionsPerPage).enumerated() {
            targets.add(.photo(first + offset), cells[offset])
            draw(
                prediction, dataset, strings, chosen: first + offset == state.predictionCursor, in: cells[offset], into: &buffer)
        }
    }

    /// The views of the predictions in the frame's upper edge, where they fit beside its title.
    func drawViews(_ state: DashboardState, beside title: String, in rect: Rect, into buffer: inout CellBuffer) {
        let names = PredictionSettings.View.allCases.map { (view: $0, name: " \(state.strings[$0.title]) ") }
        let width = names.reduce(0) { $0 + displayWidth($1.name) }
        guard rect.columns >= displayWidth(title) + width + 8 else { return }
        var column = rect.column + rect.columns - width - 2
        for (view, name) in names {
            let chosen = view == state.predicting.view
            let used = buffer.write(name, column: column, row: rect.row, style: theme.style(chosen ? .accent : .dim, chosen ? [.bold, .underline] : []))
            targets.add(.view(view), Rect(column: column, row: rect.row, columns: used, rows: 1))
            column += used
        }
    }

    private func draw(
        _ prediction: Prediction, _ dataset: DatasetSummary, _ strings: Strings, chosen: Bool, in cell: Rect, into buffer: inout CellBuffer
    ) {
        let captionRows = cell.rows >= 6 ? 2 : 1
        let place = drawPhoto(
            prediction.photo, dataset,
            in: Rect(column: cell.column, row: cell.row, columns: cell.columns - 1, rows: cell.rows - captionRows),
            into: &buffer)
        let row = place.row + place.rows
        let style = theme.style(prediction.isCorrect ? .good : .bad, chosen ? [.bold, .reverse] : .bold)
        let sign = prediction.isCorrect ? "✓" : "✗"
        let percent = "\(Int((prediction.confidence * 100).rounded()))%"
        let columns = cell.columns - 1
        let (truth, guess) = (dataset.classes[prediction.label], dataset.classes[prediction.predicted])
        if captionRows == 2 {
            buffer.write("\(sign) \(guess) \(percent)", column: cell.column, row: row, style: style, maxColumns: columns)
            buffer.write("  " + strings(.trueClass, truth), column: cell.column, row: row + 1, style: theme.style(.dim), maxColumns: columns)
        } else {
            buffer.write("\(sign) \(truth)→\(guess) \(percent)", column: cell.column, row: row, style: style, maxColumns: columns)
        }
    }

    /// One photo large, with all probabilities as bars.
    func drawPrediction(_ index: Int, _ state: DashboardState, into buffer: inout CellBuffer) {
        let shown = state.shownPredictions
        guard shown.indices.contains(index), let dataset = state.context?.dataset else { return }
        let strings = state.strings
        let prediction = shown[index]
        let size = buffer.size
        let rect = Rect(column: 2, row: 2, columns: size.columns - 4, rows: size.rows - 4)
        buffer.fill(rect, Cell(" ", style: theme.style(.text)))
        let inside = panel(dataset.photos[prediction.photo].file, in: rect, into: &buffer)
        targets.add(.dialog, rect)
        let photo = Rect(column: inside.column + 1, row: inside.row, columns: inside.columns * 3 / 5 - 2, rows: inside.rows)
        drawPhoto(prediction.photo, dataset, in: photo, into: &buffer)
        let column = inside.column + inside.columns * 3 / 5
        let columns = inside.column + inside.columns - column - 1
        let role: Theme.Role = prediction.isCorrect ? .good : .bad
        let verdict = prediction.isCorrect ? "✓ " + strings[.right] : "✗ " + strings[.wrong]
        write(
            [
                (pad(strings[.labelTrue], columns: 11) + dataset.classes[prediction.label], .text),
                (pad(strings[.labelPredicted], columns: 11) + dataset.classes[prediction.predicted], role), (verdict, role),
            ], in: Rect(column: column, row: inside.row + 1, columns: columns, rows: 3), into: &buffer)
        let nameWidth = min(14, dataset.classes.map { displayWidth($0) }.max() ?? 0)
        for (label, probability) in prediction.probabilities.enumerated() where 5 + label < inside.rows - 1 {
            let row = inside.row + 5 + label
            let text = String(format: "%5.1f%%", probability * 100)
            let style = theme.style(label == prediction.label ? .good : label == prediction.predicted ? .bad : .text)
            buffer.write(fit(dataset.classes[label], columns: nameWidth), column: column, row: row, style: style)
            buffer.write(
                Bar.text(Double(probability), columns: max(0, columns - nameWidth - 8)), column: column + nameWidth + 1,
                row: row, style: style)
            buffer.write(text, endingAt: column + columns, row: row, style: style)
        }
        drawHistory(
            of: prediction, state, in: Rect(column: column, row: inside.row + 6 + dataset.classes.count, columns: columns, rows: 3),
            above: inside.row + inside.rows - 1, into: &buffer)
        drawButtons(
            [("←", .left, strings[.previousPhoto]), ("→", .right, strings[.nextPhoto]), ("esc", .escape, strings[.back])],
            column: column, row: inside.row + inside.rows - 1, columns: columns, into: &buffer)
    }

    /// What was predicted for the photo after each epoch: whether right, and how probable its true class was.
    private func drawHistory(
        of prediction: Prediction, _ state: DashboardState, in rect: Rect, above end: Int, into buffer: inout CellBuffer
    ) {
        let history = state.predictionHistory.predictions(of: prediction.photo).suffix(rect.columns)
        guard history.count > 1, rect.row + 2 < end else { return }
        buffer.write(
            state.strings(.photoHistory, history.first?.epoch ?? 0, history.last?.epoch ?? 0), column: rect.column, row: rect.row,
            style: theme.style(.dim), maxColumns: rect.columns)
        let probabilities = history.map { step in Double(step.prediction.probabilities[prediction.label]) }
        let line = Sparkline.text(probabilities, columns: rect.columns)
        for (offset, (step, bar)) in zip(history, line).enumerated() {
            let style = theme.style(step.prediction.isCorrect ? .good : .bad)
            buffer.write(String(bar), column: rect.column + offset, row: rect.row + 1, style: style)
            buffer.write(step.prediction.isCorrect ? "✓" : "✗", column: rect.column + offset, row: rect.row + 2, style: style)
        }
    }
}
