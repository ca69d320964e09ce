/// A character cell: a grapheme cluster and its style. The right half of a double-width character
/// is a cell with an empty `text`.
@frozen public struct Cell: Hashable, Sendable {
    public var text: String
    public var style: Style

    @inlinable public init(_ text: String = " ", style: Style = Style()) {
        (self.text, self.style) = (text, style)
    }
    /// A space in the terminal's own colours.
    @inlinable package static var blank: Cell { Cell() }
}

/// A grid of cells that everything is drawn into, independent of any terminal.
///
/// Drawing outside the buffer is clipped, never an error, so every widget works at 0×0.
public struct CellBuffer: Sendable, Equatable {
    public let size: Size
    @usableFromInline var storage: [Cell]
    /// Pictures represented by some of the cells, in the order of their placement.
    package internal(set) var pictures: [PlacedPicture] = []

    /// Creates a buffer whose cells all are `fill`, a space by default.
    public init(size: Size, fill: Cell = Cell()) {
        self.size = size
        storage = Array(repeating: fill, count: size.columns * size.rows)
    }

    /// - Parameter cells: all cells of `size`, row by row.
    package init(size: Size, cells: [Cell]) {
        precondition(
            cells.count == size.columns * size.rows, "\(cells.count) cells for \(size.columns)×\(size.rows)")
        (self.size, storage) = (size, cells)
    }

    /// All cells, row by row.
    @inlinable public var cells: [Cell] { storage }

    @inlinable package var bounds: Rect { Rect(column: 0, row: 0, columns: size.columns, rows: size.rows) }

    /// The cell at a position. Outside the buffer, reading gives a space and writing does nothing.
    @inlinable public subscript(column: Int, row: Int) -> Cell {
        get { contains(column, row) ? storage[row * size.columns + column] : .blank }
        set { if contains(column, row) { storage[row * size.columns + column] = newValue } }
    }

    @inlinable func contains(_ column: Int, _ row: Int) -> Bool {
        column >= 0 && row >= 0 && column < size.columns && row < size.rows
    }
}
