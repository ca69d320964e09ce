/// A number of columns and rows of cells, neither below 0.
@frozen public struct Size: Hashable, Sendable {
    public var columns: Int
    public var rows: Int
    @inlinable public init(columns: Int, rows: Int) {
        (self.columns, self.rows) = (max(0, columns), max(0, rows))
    }
}

/// A rectangle of cells; column 0, row 0 is the top left.
@frozen public struct Rect: Hashable, Sendable {
    public var column: Int
    public var row: Int
    public var columns: Int
    public var rows: Int

    /// A negative number of columns or rows counts as 0.
    @inlinable public init(column: Int, row: Int, columns: Int, rows: Int) {
        (self.column, self.row) = (column, row)
        (self.columns, self.rows) = (max(0, columns), max(0, rows))
    }

    @inlinable package var size: Size { Size(columns: columns, rows: rows) }
    @inlinable package var isEmpty: Bool { columns == 0 || rows == 0 }

    /// Returns the rectangle shrunk by `amount` cells on each side, at most to an empty one.
    @inlinable package func inset(by amount: Int = 1) -> Rect {
        Rect(
            column: column + amount, row: row + amount, columns: columns - 2 * amount, rows: rows - 2 * amount
        )
    }

    @inlinable package func intersection(_ other: Rect) -> Rect {
        let left = max(column, other.column)
        let top = max(row, other.row)
        return Rect(
            column: left, row: top,
            columns: min(column + columns, other.column + other.columns) - left,
            rows: min(row + rows, other.row + other.rows) - top)
    }
}
