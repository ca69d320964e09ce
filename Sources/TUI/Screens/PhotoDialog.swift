import Canvas
import Dashboard
import Foundation
import Keys
import Photos
import Phrases
import Plots
import Recipes
import Runs
import Sessions
import Themes
import Training

/// An opened photo: probabilities, history, class activation map and similar training photos.
extension DashboardView {
    func drawPrediction(_ index: Int, _ state: DashboardState, into buffer: inout CellBuffer) {
        let shown = state.predictions.shown
        guard shown.indices.contains(index), let dataset = state.context?.dataset else { return }
        let strings = state.strings
        let prediction = shown[index]
        let size = buffer.size
        let rect = Rect(column: 2, row: 2, columns: size.columns - 4, rows: size.rows - 4)
        cover(rect, into: &buffer)
        var title = dataset.photos[prediction.photo].file.text
        if state.predictions.past != nil { title += " · " + strings(.predictionsTitle, state.epochText) }
        let inside = panel(fit(title, columns: rect.columns - 4), in: rect, into: &buffer)
        targets.add(.dialog, rect)
        let inspection =
            state.predictions.opened.photo == prediction.photo ? state.predictions.opened : PhotoInspection()
        let neighborRows = inspection.wantsNeighbors && inside.rows >= 14 ? max(5, inside.rows / 3) : 0
        let leftColumns = inside.columns * 3 / 5 - 2
        draw(
            prediction, inspection, dataset,
            in: Rect(
                column: inside.column + 1, row: inside.row, columns: leftColumns,
                rows: inside.rows - neighborRows), into: &buffer)
        if neighborRows > 0 {
            drawNeighbors(
                inspection, state, dataset,
                in: Rect(
                    column: inside.column + 1, row: inside.row + inside.rows - neighborRows,
                    columns: leftColumns, rows: neighborRows),
                into: &buffer)
        }
        let column = inside.column + inside.columns * 3 / 5
        let columns = inside.column + inside.columns - column - 1
        let role: Theme.Role = prediction.isCorrect ? .good : .bad
        let verdict = prediction.isCorrect ? "✓ " + strings[.right] : "✗ " + strings[.wrong]
        // On low screens the buttons show only their keys.
        func word(_ phrase: Phrase) -> String { inside.rows < 10 ? "" : strings[phrase] }
        let buttons: [DialogButton] = [
            ("←", .left, word(.previousPhoto)), ("→", .right, word(.nextPhoto)),
            ("m", .character("m"), word(inspection.label == nil ? .buttonMap : .buttonNoMap)),
            ("n", .character("n"), word(.buttonNeighbors)), ("*", .character("*"), word(.buttonMark)),
            ("i", .character("i"), word(.buttonNote)),
            ("esc", .escape, word(.back)),
        ]
        let end = inside.row + inside.rows - buttonLines(buttons, columns: columns)
        write(
            [
                (pad(strings[.labelTrue], columns: 11) + dataset.classes[prediction.label], .text),
                (pad(strings[.labelPredicted], columns: 11) + dataset.classes[prediction.predicted], role),
                (verdict, role),
            ],
            in: Rect(
                column: column, row: inside.row + 1, columns: columns,
                rows: max(0, min(3, end - inside.row - 1))), into: &buffer)
        drawProbabilities(
            prediction.probabilities, dataset.classes, highlighted: inspection.label,
            in: Rect(
                column: column, row: inside.row + 5, columns: columns, rows: max(0, end - inside.row - 6)),
            into: &buffer
        ) { $0 == prediction.label ? .good : $0 == prediction.predicted ? .bad : .text }
        var row = inside.row + 6 + dataset.classes.count
        if let label = inspection.label, row < end - 1 {
            let text =
                inspection.explanation == nil
                ? strings[.mapComes] : strings(.mapOf, dataset.classes[label], inspection.epoch)
            let lines = wrap(text, columns: columns)
            write(
                lines.map { ($0, .accent) },
                in: Rect(column: column, row: row, columns: columns, rows: min(lines.count, end - row - 1)),
                into: &buffer)
            row += lines.count
            if let explanation = inspection.explanation, explanation.maps.indices.contains(label),
                row < end - 1
            {
                drawHeatKey(
                    explanation.range(of: label), strings, column: column, row: row, columns: columns,
                    into: &buffer)
                row += 1
            }
            row += 1
        }
        let note = state.photoNote(prediction.photo)
        if !note.isEmpty, row < end - 1 {
            let lines = wrap(
                (note.isMarked ? "★ " : "✎ ") + (note.text.isEmpty ? strings[.marked] : note.text),
                columns: columns)
            let shown = min(lines.count, max(1, end - row - 5))
            write(
                lines.map { ($0, .warning) },
                in: Rect(column: column, row: row, columns: columns, rows: shown), into: &buffer)
            row += shown + 1
        }
        drawHistory(
            of: prediction, state, in: Rect(column: column, row: row, columns: columns, rows: 3), above: end,
            into: &buffer)
        drawButtons(buttons, column: column, row: end, columns: columns, into: &buffer)
    }

    /// Draws the photo, overlaid with the activation map if one is wanted and available.
    private func draw(
        _ prediction: Prediction, _ inspection: PhotoInspection, _ dataset: DatasetSummary, in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        guard let label = inspection.label, let explanation = inspection.explanation,
            explanation.maps.indices.contains(label)
        else {
            drawPhoto(prediction.photo, dataset, in: rect, into: &buffer)
            return
        }
        drawPicture(
            prediction.photo, overlay: .activation(label: label, revision: inspection.revision), in: rect,
            into: &buffer
        ) {
            explanation.picture(
                of: label, over: dataset.pixels.image(at: prediction.photo))
        }
    }

    /// Draws the colours of an activation map with the values at their ends: how much a place adds
    /// to the class's score.
    func drawHeatKey(
        _ range: ClosedRange<Float>, _ strings: Strings, column: Int, row: Int, columns: Int,
        into buffer: inout CellBuffer
    ) {
        func number(_ value: Float) -> String { String(format: "%+.1f", value) }
        let low = "\(strings[.mapLeast]) \(number(range.lowerBound)) "
        let high = " \(number(range.upperBound)) \(strings[.mapMost])"
        let width = min(24, columns - displayWidth(low) - displayWidth(high))
        guard width >= 4 else { return }
        buffer.write(low, column: column, row: row, style: theme.style(.dim))
        let start = column + displayWidth(low)
        for step in 0..<width {
            let color = RGBImage.heatColor(Float(step) / Float(width - 1))
            var style = theme.style(.text)
            style.background = Color.rgb(color.red, color.green, color.blue).reduced(to: depth)
            buffer[start + step, row] = Cell(" ", style: style)
        }
        buffer.write(high, column: start + width, row: row, style: theme.style(.dim))
    }

    /// Draws a probability bar for each class, each a mouse target.
    func drawProbabilities(
        _ probabilities: [Float], _ classes: [String], highlighted: Int?, in rect: Rect,
        into buffer: inout CellBuffer,
        role: (Int) -> Theme.Role
    ) {
        let nameWidth = min(14, classes.map { displayWidth($0) }.max() ?? 0)
        for (label, probability) in probabilities.enumerated().prefix(rect.rows) {
            let row = rect.row + label
            let text = String(format: "%5.1f%%", probability * 100)
            var style = theme.style(role(label))
            if label == highlighted { style.attributes.formUnion([.bold, .underline]) }
            targets.add(.row(label), Rect(column: rect.column, row: row, columns: rect.columns, rows: 1))
            buffer.write(fit(classes[label], columns: nameWidth), column: rect.column, row: row, style: style)
            buffer.write(
                Bar.text(Double(probability), columns: max(0, rect.columns - nameWidth - 8)),
                column: rect.column + nameWidth + 1,
                row: row, style: style)
            buffer.write(text, endingAt: rect.column + rect.columns, row: row, style: style)
        }
    }

    /// Draws the photo's history, epoch by epoch: the probability of its true class, and whether
    /// the prediction was right.
    private func drawHistory(
        of prediction: Prediction, _ state: DashboardState, in rect: Rect, above end: Int,
        into buffer: inout CellBuffer
    ) {
        let moments = state.predictions.history.moments(of: prediction.photo).suffix(rect.columns)
        guard moments.count > 1, rect.row + 3 < end else { return }
        buffer.write(
            state.strings(.photoHistory, moments.first?.epoch ?? 0, moments.last?.epoch ?? 0),
            column: rect.column, row: rect.row,
            style: theme.style(.dim), maxColumns: rect.columns)
        for (offset, moment) in moments.enumerated() {
            let style = theme.style(moment.prediction.isCorrect ? .good : .bad)
            let truth = Double(moment.prediction.probabilities[prediction.label])
            buffer.write(
                Sparkline.text([truth], columns: 1), column: rect.column + offset, row: rect.row + 1,
                style: style)
            buffer.write(
                moment.prediction.isCorrect ? "✓" : "✗", column: rect.column + offset, row: rect.row + 2,
                style: style)
        }
    }

    /// Draws the training photos whose features are most similar.
    private func drawNeighbors(
        _ inspection: PhotoInspection, _ state: DashboardState, _ dataset: DatasetSummary, in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        let strings = state.strings
        guard let neighbors = inspection.neighbors else {
            let text =
                inspection.progress.map { strings(.neighborsProgress, $0.done.grouped, $0.total.grouped) }
                ?? strings[.neighborsCome]
            buffer.write(
                text, column: rect.column, row: rect.row + 1, style: theme.style(.dim),
                maxColumns: rect.columns)
            return
        }
        buffer.write(
            strings[.neighborsTitle], column: rect.column, row: rect.row, style: theme.style(.dim),
            maxColumns: rect.columns)
        let cells = thumbnailGrid(
            Rect(column: rect.column, row: rect.row + 1, columns: rect.columns, rows: rect.rows - 1),
            columns: DashboardState.neighborCount,
            count: DashboardState.neighborCount)
        for (neighbor, cell) in zip(neighbors, cells) where dataset.photos.indices.contains(neighbor.photo) {
            let place = drawPhoto(
                neighbor.photo, dataset,
                in: Rect(column: cell.column, row: cell.row, columns: cell.columns - 1, rows: cell.rows - 1),
                into: &buffer)
            let photo = dataset.photos[neighbor.photo]
            buffer.write(
                "\(dataset.classes[photo.label]) \(String(format: "%.2f", neighbor.distance))",
                column: cell.column,
                row: place.row + place.rows, style: theme.style(.dim), maxColumns: cell.columns - 1)
        }
    }
}
