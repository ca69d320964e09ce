/// A failure that the user can do something about: one sentence that says what went wrong, where,
/// and what to do. Commands print it and exit with 1.
package struct UserError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package init(_ message: String) { self.message = message }
    package var description: String { message }

    private static let mark = "flowers-tui: "

    /// The line that a command prints on standard error.
    package var line: String { Self.mark + message }

    /// Returns the message of a line that a command printed; other lines are messages themselves.
    package static func message(ofLine line: String) -> String {
        line.hasPrefix(mark) ? String(line.dropFirst(mark.count)) : line
    }
}
