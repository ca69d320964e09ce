/// An event of the left mouse button or the wheel at a cell.
///
/// Most terminals keep events with Shift held for their own text selection.
package struct MouseEvent: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case press, release
        /// The pointer moved to another cell with the button held.
        case drag
        case wheelUp, wheelDown
    }

    package var kind: Kind
    /// Column from the left, from 0.
    package var column: Int
    /// Row from the top, from 0.
    package var row: Int
    package var isShift: Bool
    package var isControl: Bool

    package init(_ kind: Kind, column: Int, row: Int, isShift: Bool = false, isControl: Bool = false) {
        (self.kind, self.column, self.row, self.isShift, self.isControl) = (
            kind, column, row, isShift, isControl
        )
    }
}
