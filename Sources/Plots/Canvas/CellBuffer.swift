/// A character cell: a grapheme cluster and its style. The right half of a double-width character
/// is a cell with an empty `text`.
package struct Cell: Hashable, Sendable {
    package var text: String
    package var style: Style

    package init(_ text: String = " ", style: Style = Style()) { (self.text, self.style) = (text, style) }
    package static let blank = Cell()
}

/// A grid of cells that everything is drawn into, independent of any terminal.
///
/// Drawing outside the buffer is clipped, never an error, so every widget works at 0×0.
package struct CellBuffer: Sendable, Equatable {
    package let size: Size
    package private(set) var cells: [Cell]
    /// Pictures represented by some of the cells, in the order of their placement.
    package internal(set) var pictures: [PlacedPicture] = []

    package init(size: Size, fill: Cell = .blank) {
        self.size = size
        cells = Array(repeating: fill, count: size.columns * size.rows)
    }

    /// - Parameter cells: all cells of `size`, row by row.
    package init(size: Size, cells: [Cell]) {
        precondition(
            cells.count == size.columns * size.rows, "\(cells.count) cells for \(size.columns)×\(size.rows)")
        (self.size, self.cells) = (size, cells)
    }

    package var bounds: Rect { Rect(column: 0, row: 0, columns: size.columns, rows: size.rows) }

    package subscript(column: Int, row: Int) -> Cell {
        get { contains(column, row) ? cells[row * size.columns + column] : .blank }
        set { if contains(column, row) { cells[row * size.columns + column] = newValue } }
    }

    func contains(_ column: Int, _ row: Int) -> Bool {
        column >= 0 && row >= 0 && column < size.columns && row < size.rows
    }
}
