/// Callbacks for progress, warnings and cancellation while fetching. All run on the fetching
/// thread.
public struct SourceReport {
    /// Receives progress, a few times per second.
    public var progress: (Preparation) -> Void
    /// Receives the reason for skipping a source, in one sentence.
    public var warn: (String) -> Void
    /// Called between blocks of data; true ends the work with a `CancellationError`.
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

    /// Runs `body`; turns a `UserError` into a warning and nil, so that the next source can be
    /// tried.
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
