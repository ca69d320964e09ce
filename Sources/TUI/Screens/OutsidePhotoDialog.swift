import Canvas
import Dashboard
import Keys
import Photos
import Phrases
import Themes
import Training

extension DashboardView {
    /// Draws a photo that the user named, with its classification.
    func drawOutsidePhoto(_ state: DashboardState, into buffer: inout CellBuffer) {
        guard let photo = state.outside.photo, let dataset = state.context?.dataset else { return }
        let strings = state.strings
        let rect = Rect(column: 2, row: 2, columns: buffer.size.columns - 4, rows: buffer.size.rows - 4)
        cover(rect, into: &buffer)
        let inside = panel(fit(photo.path, columns: rect.columns - 6), in: rect, into: &buffer)
        targets.add(.dialog, rect)
        let left = Rect(
            column: inside.column + 1, row: inside.row, columns: inside.columns * 3 / 5 - 2, rows: inside.rows
        )
        let column = inside.column + inside.columns * 3 / 5
        let columns = inside.column + inside.columns - column - 1
        let others: [DialogButton] =
            state.outside.files.count > 1
            ? [
                ("←", .left, ""),
                (
                    "→", .right,
                    strings(
                        .partOf, (state.outside.place + 1).grouped, state.outside.files.count.grouped)
                ),
            ] : []
        let buttons: [DialogButton] =
            others + [
                ("m", .character("m"), strings[photo.label == nil ? .buttonMap : .buttonNoMap]),
                ("F", .character("F"), strings[.buttonOtherPhoto]), ("esc", .escape, strings[.back]),
            ]
        let end = inside.row + inside.rows - buttonLines(buttons, columns: columns)
        drawButtons(buttons, column: column, row: end, columns: columns, into: &buffer)
        if let image = photo.image { draw(photo, image, in: left, into: &buffer) }
        guard let explanation = photo.explanation, explanation.probabilities.count == dataset.classes.count
        else {
            buffer.write(
                strings[.mapComes], column: column, row: inside.row + 1, style: theme.style(.dim),
                maxColumns: columns)
            return
        }
        let predicted = dataset.classes[explanation.predicted]
        let line = wrap(strings(.takenFor, predicted, photo.epoch), columns: columns)
        write(
            line.map { ($0, .accent) },
            in: Rect(column: column, row: inside.row + 1, columns: columns, rows: line.count), into: &buffer)
        let top = inside.row + line.count + 2
        drawProbabilities(
            explanation.probabilities, dataset.classes, highlighted: photo.label,
            in: Rect(column: column, row: top, columns: columns, rows: max(0, end - top - 1)), into: &buffer
        ) { $0 == explanation.predicted ? .accent : .text }
        if let label = photo.label, top + dataset.classes.count + 1 < end {
            let text = wrap(strings(.mapOf, dataset.classes[label], photo.epoch), columns: columns)
            write(
                text.map { ($0, .accent) },
                in: Rect(
                    column: column, row: top + dataset.classes.count + 1, columns: columns,
                    rows: min(text.count, end - top - dataset.classes.count - 2)),
                into: &buffer)
            let row = top + dataset.classes.count + 1 + text.count
            if row < end - 1, explanation.maps.indices.contains(label) {
                drawHeatKey(
                    explanation.range(of: label), strings, column: column, row: row, columns: columns,
                    into: &buffer)
            }
        }
    }

    private func draw(_ photo: OutsidePhoto, _ image: RGBImage, in rect: Rect, into buffer: inout CellBuffer)
    {
        guard let label = photo.label, let explanation = photo.explanation,
            explanation.maps.indices.contains(label)
        else {
            drawPicture(photo.number, in: rect, into: &buffer) { image }
            return
        }
        drawPicture(
            photo.number, overlay: .activation(label: label, revision: photo.revision), in: rect,
            into: &buffer
        ) {
            explanation.picture(of: label, over: image)
        }
    }
}
