internal import Basics

/// A failure, described by one sentence that says what is wrong, where, and what to do.
public struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }

    /// Runs `body` and gives its errors in the library's form.
    static func translating<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as any Failure { throw TrainingError(error.message) }
    }
}
