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
            view.map {
                dataset.pixels.augmentedImage(
                    at: photo, variant: $0.variant, strength: $0.strength,
                    mixedWith: 0..<dataset.trainingCount)
            }
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

    /// Divides `rect` as `grid` does, into cells of one size: thumbnails of a page are alike, and the
    /// captions of a row stand in one row.
    func thumbnailGrid(_ rect: Rect, columns: Int, count: Int) -> [Rect] {
        let cells = grid(rect, columns: columns, count: count)
        let (width, height) = (cells.map(\.columns).min() ?? 0, cells.map(\.rows).min() ?? 0)
        return cells.map { Rect(column: $0.column, row: $0.row, columns: width, rows: height) }
    }

    /// Writes lines, each in the style of its role, as far as there are rows.
    func write(_ lines: [(String, Theme.Role)], in rect: Rect, into buffer: inout CellBuffer) {
        for (row, line) in lines.prefix(rect.rows).enumerated() {
            buffer.write(
                line.0, column: rect.column, row: rect.row + row, style: theme.style(line.1),
                maxColumns: rect.columns)
        }
    }

    /// Draws entries of a legend side by side, in as many rows as they need. Returns that number.
    @discardableResult
    func drawLegend(
        _ entries: [(text: String, style: Style)], in rect: Rect, into buffer: inout CellBuffer
    ) -> Int {
        var (column, row) = (0, 0)
        for entry in entries {
            if column > 0, column + displayWidth(entry.text) > rect.columns { (column, row) = (0, row + 1) }
            guard row < rect.rows else { return rect.rows }
            column +=
                2
                + buffer.write(
                    entry.text, column: rect.column + column, row: rect.row + row, style: entry.style,
                    maxColumns: max(0, rect.columns - column))
        }
        return row + 1
    }

    /// Blanks the area of an overlay, and narrow strips beside it, which would look like parts of it.
    func cover(_ rect: Rect, into buffer: inout CellBuffer) {
        var area = rect
        if rect.column <= 3 { (area.column, area.columns) = (0, buffer.size.columns) }
        if rect.row <= 3, rect.rows > 0 {
            let end = rect.row + rect.rows
            (area.row, area.rows) = (1, (buffer.size.rows - end <= 3 ? buffer.size.rows - 1 : end) - 1)
        }
        buffer.fill(area, Cell(" ", style: theme.style(.text)))
        buffer.fill(rect, Cell(" ", style: theme.style(.text)))
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

    /// The tabs as they fit into `columns` beside a short title: where there is little room, only the
    /// chosen one is named. None is ever left out.
    func fitting(_ tabs: [Tab], columns: Int) -> [Tab] {
        tabsWidth(tabs) + 12 <= columns
            ? tabs : tabs.map { $0.isChosen ? $0 : (text: "·", target: $0.target, isChosen: false) }
    }

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
