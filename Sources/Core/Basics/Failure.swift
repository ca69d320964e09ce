/// A failure that the user can do something about, by meaning: what went wrong, where, and what helps.
///
/// Each layer lists its own in enums whose cases carry what a sentence about them needs. The
/// sentences themselves, in every language, are in `Wording`, which conforms the enums to
/// `CustomStringConvertible`: where it is linked, `"\(failure)"` is the sentence in English.
package protocol Failure: Error, Sendable, Equatable {}

extension Failure {
    /// The sentence in English.
    package var message: String { "\(self)" }

    /// The line that a command prints on standard error.
    package var line: String { UserError.mark + message }

    package func isEqual(to other: any Failure) -> Bool { (other as? Self) == self }
}

/// A `Failure` of any layer. Commands print its sentence and exit with 1.
package struct UserError: Failure, CustomStringConvertible {
    package let failure: any Failure

    /// Wraps a failure; an error of another kind becomes a sentence with the text that it has.
    package init(_ error: any Error) {
        failure = (error as? UserError)?.failure ?? (error as? any Failure) ?? Sentence(text: "\(error)")
    }

    /// Wraps a sentence that was worded elsewhere: by a command, by another process, in a file.
    package init(_ sentence: String) { failure = Sentence(text: sentence) }

    package static func == (a: UserError, b: UserError) -> Bool { a.failure.isEqual(to: b.failure) }

    package var description: String { "\(failure)" }

    fileprivate static let mark = "flowers-tui: "

    /// Returns the message of a line that a command printed; other lines are messages themselves.
    package static func message(ofLine line: String) -> String {
        line.hasPrefix(mark) ? String(line.dropFirst(mark.count)) : line
    }

    private struct Sentence: Failure, CustomStringConvertible {
        var text: String
        var description: String { text }
    }
}
