/// A character cell: a grapheme cluster and its style. The right half of a double-width character
/// is a cell with an empty `text`.
public struct Cell: Hashable, Sendable {
    public var text: String
    public var style: Style

    public init(_ text: String = " ", style: Style = Style()) { (self.text, self.style) = (text, style) }
    public static let blank = Cell()
}

/// A grid of cells that everything is drawn into, independent of any terminal.
///
/// Drawing outside the buffer is clipped, never an error, so every widget works at 0×0.
public struct CellBuffer: Sendable, Equatable {
    public let size: Size
    public private(set) var cells: [Cell]
    /// Pictures represented by some of the cells, in the order of their placement.
    public internal(set) var pictures: [PlacedPicture] = []

    public init(size: Size, fill: Cell = .blank) {
        self.size = size
        cells = Array(repeating: fill, count: size.columns * size.rows)
    }

    /// - Parameter cells: all cells of `size`, row by row.
    init(size: Size, cells: [Cell]) {
        precondition(
            cells.count == size.columns * size.rows, "\(cells.count) cells for \(size.columns)×\(size.rows)")
        (self.size, self.cells) = (size, cells)
    }

    public var bounds: Rect { Rect(column: 0, row: 0, columns: size.columns, rows: size.rows) }

    public subscript(column: Int, row: Int) -> Cell {
        get { contains(column, row) ? cells[row * size.columns + column] : .blank }
        set { if contains(column, row) { cells[row * size.columns + column] = newValue } }
    }

    func contains(_ column: Int, _ row: Int) -> Bool {
        column >= 0 && row >= 0 && column < size.columns && row < size.rows
    }
}
