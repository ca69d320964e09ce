import Canvas
import Dashboard
import Keys
import Photos
import Phrases
import Pictures
import Themes

extension DashboardView {
    /// Draws a photo, or an augmented view of it, as large as fits into `rect`. Returns its area.
    @discardableResult
    func drawPhoto(
        _ photo: Int, view: AugmentedView? = nil, _ dataset: DatasetSummary, in rect: Rect,
        into buffer: inout CellBuffer
    ) -> Rect {
        drawPicture(photo, view: view, in: rect, into: &buffer) {
            view.map { dataset.pixels.augmentedImage(at: photo, variant: $0.variant, strength: $0.strength) }
                ?? dataset.pixels.image(at: photo)
        }
    }

    /// Draws a picture that belongs to a photo, as large as fits into `rect`. Calls `make` unless
    /// its thumbnail is cached. Returns its area.
    ///
    /// - Parameter shape: the picture's width and height, in any unit.
    @discardableResult
    func drawPicture(
        _ photo: Int, view: AugmentedView? = nil, overlay: PhotoOverlay? = nil,
        shape: (width: Int, height: Int) = (1, 1), in rect: Rect,
        into buffer: inout CellBuffer, make: () -> RGBImage
    ) -> Rect {
        let size = RGBImage.fitCells(
            width: shape.width, height: shape.height, columns: rect.columns, rows: rect.rows,
            cellAspect: cellAspect)
        guard size.columns > 0, size.rows > 0 else { return rect }
        let place = Rect(
            column: rect.column + (rect.columns - size.columns) / 2, row: rect.row, columns: size.columns,
            rows: size.rows)
        guard
            let thumbnail = thumbnails.thumbnail(
                .init(photo: photo, view: view, overlay: overlay, size: size, depth: depth), make: make)
        else { return place }
        if let picture = thumbnail.picture {
            buffer.place(
                PlacedPicture(
                    id: thumbnail.id, picture: picture, column: place.column, row: place.row,
                    cells: thumbnail.cells,
                    background: theme.style(.text).background))
        } else {
            buffer.blit(thumbnail.cells, column: place.column, row: place.row)
        }
        return place
    }

    /// Divides `rect` row by row into `count` cells, `columns` per row.
    func grid(_ rect: Rect, columns: Int, count: Int) -> [Rect] {
        let rows = (count + columns - 1) / columns
        guard rows > 0 else { return [] }
        return (0..<count).map { index in
            let (x, y) = (index % columns, index / columns)
            let left = rect.column + x * rect.columns / columns
            let top = rect.row + y * rect.rows / rows
            return Rect(
                column: left, row: top, columns: rect.column + (x + 1) * rect.columns / columns - left,
                rows: rect.row + (y + 1) * rect.rows / rows - top)
        }
    }

    /// Draws a text field, scrolled so that its cursor is visible.
    func draw(_ field: TextField, isFocused: Bool, in rect: Rect, into buffer: inout CellBuffer) {
        guard rect.columns > 0 else { return }
        let letters = Array(field.text)
        var start = 0
        func width(_ range: Range<Int>) -> Int { displayWidth(String(letters[range])) }
        while start < field.cursor, width(start..<field.cursor) + 1 > rect.columns { start += 1 }
        let style = theme.style(.text, isFocused ? .underline : [])
        for column in rect.column..<rect.column + rect.columns {
            buffer[column, rect.row] = Cell(" ", style: style)
        }
        var column = rect.column
        for index in start..<letters.count {
            let text = String(letters[index])
            let room = rect.column + rect.columns - column
            guard displayWidth(text) <= room else { break }
            let isCursor = isFocused && index == field.cursor
            column += buffer.write(
                text, column: column, row: rect.row, style: isCursor ? theme.style(.text, .reverse) : style,
                maxColumns: room)
        }
        if isFocused, field.cursor >= letters.count, column < rect.column + rect.columns {
            buffer[column, rect.row] = Cell(" ", style: theme.style(.text, .reverse))
        }
    }

    /// A tab that selects one of a screen's views.
    typealias Tab = (text: String, target: MouseTarget, isChosen: Bool)

    func tabsWidth(_ tabs: [Tab]) -> Int { tabs.reduce(0) { $0 + displayWidth($1.text) + 2 } }

    func drawTabs(_ tabs: [Tab], endingAt end: Int, row: Int, into buffer: inout CellBuffer) {
        var column = end - tabsWidth(tabs)
        for tab in tabs {
            let used = buffer.write(
                " \(tab.text) ", column: column, row: row,
                style: theme.style(tab.isChosen ? .accent : .dim, tab.isChosen ? [.bold, .underline] : []))
            targets.add(tab.target, Rect(column: column, row: row, columns: used, rows: 1))
            column += used
        }
    }

    /// Appends the filter of the visible list to a title.
    func filtered(_ title: String, _ state: DashboardState) -> String {
        let filter = state.shownFilter?.text ?? ""
        return filter.isEmpty || state.filters.isTyping
            ? title : title + " · " + state.strings(.filteredBy, filter)
    }
}
