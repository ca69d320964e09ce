/// Callbacks for progress, warnings and cancellation while fetching. All run on the fetching
/// thread.
package struct SourceReport {
    /// Receives progress, a few times per second.
    package var progress: (Preparation) -> Void
    /// Receives the reason for skipping a source, or something else to know about one.
    package var warn: (any Failure) -> Void
    /// Called between blocks of data; true ends the work with a `CancellationError`.
    package var isCancelled: @Sendable () -> Bool

    package init(
        progress: @escaping (Preparation) -> Void = { _ in },
        warn: @escaping (any Failure) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        (self.progress, self.warn, self.isCancelled) = (progress, warn, isCancelled)
    }

    package func checkCancelled() throws {
        if isCancelled() { throw CancellationError() }
    }

    /// Runs `body`; turns a `Failure` into a warning and nil, so that the next source can be
    /// tried.
    package func attempt<Value>(_ body: () throws -> Value) throws -> Value? {
        try checkCancelled()
        do {
            return try body()
        } catch let error as any Failure {
            warn(error)
            return nil
        }
    }
}
