/// A failure that the user can do something about: one sentence that says what went wrong, where,
/// and what to do. Commands print it and exit with 1.
package struct UserError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package init(_ message: String) { self.message = message }
    package var description: String { message }
}
