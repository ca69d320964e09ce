/// How fetching tells of itself and is stopped. Both callbacks run on the fetching thread.
public struct SourceReport {
    /// Hears progress, some times a second.
    public var progress: (Preparation) -> Void
    /// Hears why a source was passed over, in one sentence.
    public var warn: (String) -> Void
    /// Asked between blocks; true ends the work with a `CancellationError`.
    public var isCancelled: @Sendable () -> Bool

    public init(
        progress: @escaping (Preparation) -> Void = { _ in }, warn: @escaping (String) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        (self.progress, self.warn, self.isCancelled) = (progress, warn, isCancelled)
    }

    func checkCancelled() throws {
        if isCancelled() { throw CancellationError() }
    }

    /// Runs `body`; a `UserError` from it becomes a warning and nil, so that the next
    /// source gets its turn.
    func attempt<Value>(_ body: () throws -> Value) throws -> Value? {
        try checkCancelled()
        do {
            return try body()
        } catch let error as UserError {
            warn(error.message)
            return nil
        }
    }
}
