import ArgumentParser
import Basics

/// Parses a path on the command line, where a `~` may stand that no shell has expanded.
@Sendable func typedPath(_ text: String) throws -> String {
    guard !text.isEmpty else { throw ValidationError("a path cannot be empty.") }
    return UserPath.expanded(text)
}
