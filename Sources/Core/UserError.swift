/// A failure that a person can do something about: one clear sentence that says what
/// went wrong, where, and what to do. The commands print it and exit with 1.
public struct UserError: Error, Sendable, Equatable, CustomStringConvertible {
    public let message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}
