package import Canvas

/// Layout of the samples on the data screen, which also determines the size of a page.
package struct SampleLayout: Equatable {
    /// Area for the thumbnails.
    package let grid: Rect
    /// Area for the chosen photo; nil if there is no room.
    package let side: Rect?
    package let columns: Int
    let rows: Int

    package var perPage: Int { columns * rows }

    /// - Parameters:
    ///   - size: the size of the whole screen.
    ///   - wanted: photos per row, reduced if they do not fit.
    init(size: Size, columns wanted: Int) {
        let inside = Rect(column: 0, row: 1, columns: size.columns, rows: size.rows - 2).inset()
        let sideColumns = inside.columns >= 60 && inside.rows >= 8 ? inside.columns * 2 / 5 : 0
        grid = Rect(
            column: inside.column, row: inside.row, columns: inside.columns - sideColumns, rows: inside.rows)
        side =
            sideColumns == 0
            ? nil
            : Rect(
                column: grid.column + grid.columns + 1, row: inside.row, columns: sideColumns - 1,
                rows: inside.rows)
        columns = max(1, min(wanted, grid.columns / 6))
        // A photo is square, cells are about twice as high as wide, and the caption takes a row.
        let photoRows = max(1, grid.columns / columns / 2) + 1
        rows = max(1, grid.rows / photoRows)
    }
}
