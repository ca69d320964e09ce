/// What the pointer did, apart from how a terminal encodes it.
public struct MouseEvent: Sendable, Hashable {
    public enum Kind: Sendable, Hashable { case press, release, drag, wheelUp, wheelDown }

    public var kind: Kind
    /// Of the cell under the pointer, from 0.
    public var column: Int
    public var row: Int

    public init(_ kind: Kind, column: Int, row: Int) { (self.kind, self.column, self.row) = (kind, column, row) }
}
