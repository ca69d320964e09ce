/// What the left button or the wheel did over a cell.
///
/// The terminal keeps what happens with Shift held for its own selection, so that most of them never report it.
public struct MouseEvent: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case press, release
        /// The pointer moved to another cell with the button held.
        case drag
        case wheelUp, wheelDown
    }

    public var kind: Kind
    /// From 0 at the left.
    public var column: Int
    /// From 0 at the top.
    public var row: Int
    public var isShift: Bool
    public var isControl: Bool

    public init(_ kind: Kind, column: Int, row: Int, isShift: Bool = false, isControl: Bool = false) {
        (self.kind, self.column, self.row, self.isShift, self.isControl) = (
            kind, column, row, isShift, isControl
        )
    }
}
