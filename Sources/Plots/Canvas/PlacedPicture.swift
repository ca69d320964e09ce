/// A picture represented by cells, which a terminal with graphics may show in their place.
package struct PlacedPicture: Sendable {
    /// Identifies a picture in one size for the lifetime of the process.
    package let id: Int
    package let picture: RGBImage
    package let rect: Rect
    /// The buffer's cells in `rect` if nothing covers the picture.
    package let cells: CellBuffer
    /// The colour behind a picture that leaves a margin.
    package let background: Color

    package init(id: Int, picture: RGBImage, column: Int, row: Int, cells: CellBuffer, background: Color) {
        rect = Rect(column: column, row: row, columns: cells.size.columns, rows: cells.size.rows)
        (self.id, self.picture, self.cells, self.background) = (id, picture, cells, background)
    }
}

extension PlacedPicture: Equatable {
    package static func == (a: PlacedPicture, b: PlacedPicture) -> Bool {
        a.id == b.id && a.rect == b.rect && a.background == b.background
    }
}

extension CellBuffer {
    /// Draws a picture's cells and records what they represent.
    package mutating func place(_ picture: PlacedPicture) {
        blit(picture.cells, column: picture.rect.column, row: picture.rect.row)
        pictures.append(picture)
    }

    /// Whether a picture lies inside the buffer and nothing covers it.
    package func isWhole(_ picture: PlacedPicture) -> Bool {
        let rect = picture.rect
        guard !rect.isEmpty, rect.intersection(bounds) == rect else { return false }
        return (0..<rect.rows).allSatisfy { row in
            let start = (rect.row + row) * size.columns + rect.column
            let own = row * rect.columns
            return cells[start..<start + rect.columns] == picture.cells.cells[own..<own + rect.columns]
        }
    }
}
