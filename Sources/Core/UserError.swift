/// A failure that the user can do something about: one sentence that says what went wrong, where,
/// and what to do. Commands print it and exit with 1.
public struct UserError: Error, Sendable, Equatable, CustomStringConvertible {
    public let message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}
