import Plots

/// Where the samples lie on the data screen, which decides how many a page has.
struct SampleLayout: Equatable {
    /// Of the thumbnails.
    let grid: Rect
    /// Of the chosen photo; nil where there is no room for it.
    let side: Rect?
    let columns: Int
    let rows: Int

    var perPage: Int { columns * rows }

    /// - Parameters:
    ///   - size: of the whole screen.
    ///   - wanted: photos in a row.
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
        // A square photo in cells that are about twice as high as wide, and its caption.
        let photoRows = max(1, grid.columns / columns / 2) + 1
        rows = max(1, grid.rows / photoRows)
    }
}
