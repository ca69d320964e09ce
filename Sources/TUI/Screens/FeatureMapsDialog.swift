import Canvas
import Dashboard
import Keys
import Network
import Photos
import Phrases
import Themes
import Training

extension DashboardView {
    /// Draws a layer's strongest channels for a photo, or the first convolution's filters.
    func drawFeatureMaps(_ layer: Int, _ state: DashboardState, into buffer: inout CellBuffer) {
        guard let context = state.context, context.layers.indices.contains(layer),
            !context.dataset.photos.isEmpty
        else { return }
        let (strings, shown, dataset) = (state.strings, state.model.maps, context.dataset)
        let summary = context.layers[layer]
        let photo = min(max(0, shown.photo), dataset.photos.count - 1)
        let rect = Rect(column: 2, row: 1, columns: buffer.size.columns - 4, rows: buffer.size.rows - 2)
        cover(rect, into: &buffer)
        let title =
            shown.showsFilters
            ? strings[.filtersTitle]
            : "\(layer) \(summary.name) · \(summary.outputShape.map(String.init).joined(separator: "×"))"
        let inside = panel(title, in: rect, into: &buffer)
        targets.add(.dialog, rect)
        let buttons: [DialogButton] = [
            ("←", .left, ""), ("→", .right, strings[.buttonNextLayer]), ("↑", .up, ""),
            ("↓", .down, strings[.buttonNextPhoto]),
            ("f", .character("f"), strings[shown.showsFilters ? .buttonMaps : .buttonFilters]),
            ("esc", .escape, strings[.back]),
        ]
        let buttonRows = buttonLines(buttons, columns: inside.columns - 2)
        drawButtons(
            buttons, column: inside.column + 1, row: inside.row + inside.rows - buttonRows,
            columns: inside.columns - 2, into: &buffer)
        let photoColumns = inside.columns / 4
        let place = drawPhoto(
            photo, dataset,
            in: Rect(
                column: inside.column + 1, row: inside.row, columns: photoColumns - 2,
                rows: inside.rows - buttonRows - 3),
            into: &buffer)
        let caption = [dataset.photos[photo].file.text, dataset.classes[dataset.photos[photo].label]]
        for (offset, line) in caption.enumerated() {
            buffer.write(
                line, column: inside.column + 1, row: place.row + place.rows + offset,
                style: theme.style(.dim), maxColumns: photoColumns - 2)
        }
        let area = Rect(
            column: inside.column + photoColumns, row: inside.row, columns: inside.columns - photoColumns,
            rows: inside.rows - buttonRows - 1)
        let maps = shown.maps.flatMap { $0.layer == layer ? $0 : nil }
        let count = shown.showsFilters ? shown.filters?.count : maps?.channels
        guard let count else {
            buffer.write(
                strings[.mapComes], column: area.column, row: area.row + 1, style: theme.style(.dim),
                maxColumns: area.columns)
            return
        }
        // As many as fit at a legible size.
        let columns = max(1, min(count, area.columns / 13))
        let rows = max(1, min((count + columns - 1) / columns, area.rows / 6))
        let order = shown.showsFilters ? Array(0..<count) : shown.strongest
        for (index, cell) in zip(order, thumbnailGrid(area, columns: columns, count: columns * rows)) {
            let overlay: PhotoOverlay =
                shown.showsFilters
                ? .filter(index, revision: shown.revision)
                : .featureMap(layer: layer, channel: index, revision: shown.revision)
            let rect = Rect(
                column: cell.column, row: cell.row, columns: cell.columns - 1, rows: cell.rows - 1)
            let place = drawPicture(photo, overlay: overlay, in: rect, into: &buffer) {
                if shown.showsFilters { return shown.filters![index] }
                var picture = maps!.picture(index)
                picture.orientation = dataset.pixels.image(at: photo).orientation
                return picture
            }
            buffer.write(
                "\(index)", column: cell.column, row: place.row + place.rows, style: theme.style(.dim),
                maxColumns: cell.columns - 1)
        }
    }
}
