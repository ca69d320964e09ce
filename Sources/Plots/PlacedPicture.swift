/// A picture that cells of a buffer stand for, so that a terminal with graphics of its own may show it in their place.
public struct PlacedPicture: Sendable {
    /// The same for one picture in one size for as long as the program runs.
    public let id: Int
    public let picture: Picture
    public let rect: Rect
    /// What the buffer has in `rect` where nothing lies over the picture.
    public let cells: CellBuffer
    /// Behind a picture that leaves a margin.
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
    /// Draws the cells of a picture and remembers what they stand for.
    public mutating func place(_ picture: PlacedPicture) {
        blit(picture.cells, column: picture.rect.column, row: picture.rect.row)
        pictures.append(picture)
    }

    /// Whether nothing lies over a picture, and none of it outside.
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
