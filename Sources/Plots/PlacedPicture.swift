/// A picture represented by cells, which a terminal with graphics may show in their place.
public struct PlacedPicture: Sendable {
    /// Identifies a picture in one size for the lifetime of the process.
    public let id: Int
    public let picture: Picture
    public let rect: Rect
    /// The buffer's cells in `rect` if nothing covers the picture.
    public let cells: CellBuffer
    /// The colour behind a picture that leaves a margin.
    public let background: Color

    public init(id: Int, picture: Picture, column: Int, row: Int, cells: CellBuffer, background: Color) {
        rect = Rect(column: column, row: row, columns: cells.size.columns, rows: cells.size.rows)
        (self.id, self.picture, self.cells, self.background) = (id, picture, cells, background)
    }
}

extension PlacedPicture: Equatable {
    public static func == (a: PlacedPicture, b: PlacedPicture) -> Bool {
        a.id == b.id && a.rect == b.rect && a.background == b.background
    }
}

extension CellBuffer {
    /// Draws a picture's cells and records what they represent.
    public mutating func place(_ picture: PlacedPicture) {
        blit(picture.cells, column: picture.rect.column, row: picture.rect.row)
        pictures.append(picture)
    }

    /// Whether a picture lies inside the buffer and nothing covers it.
    public func isWhole(_ picture: PlacedPicture) -> Bool {
        let rect = picture.rect
        guard !rect.isEmpty, rect.intersection(bounds) == rect else { return false }
        return (0..<rect.rows).allSatisfy { row in
            let start = (rect.row + row) * size.columns + rect.column
            let own = row * rect.columns
            return cells[start..<start + rect.columns] == picture.cells.cells[own..<own + rect.columns]
        }
    }
}
