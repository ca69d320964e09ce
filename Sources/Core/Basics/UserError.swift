/// A failure that the user can do something about: one sentence that says what went wrong, where,
/// and what to do. Commands print it and exit with 1.
package struct UserError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    /// The system's number (`errno`) if the failure is that of writing a file; else nil.
    package let writeCode: Int32?

    package init(_ message: String, writeCode: Int32? = nil) {
        (self.message, self.writeCode) = (message, writeCode)
    }

    package static func == (a: UserError, b: UserError) -> Bool { a.message == b.message }
    package var description: String { message }

    private static let mark = "flowers-tui: "

    /// The line that a command prints on standard error.
    package var line: String { Self.mark + message }

    /// Returns the message of a line that a command printed; other lines are messages themselves.
    package static func message(ofLine line: String) -> String {
        line.hasPrefix(mark) ? String(line.dropFirst(mark.count)) : line
    }
}
