package import Recipes

/// A record of all runs for queries, beside their folders, which hold everything that matters.
package protocol RunIndex: Sendable {
    /// The failure that keeps the index from being kept here; nil if there is none.
    var warning: RunStoreFailure? { get }
    /// Returns a writer for the run in a folder, whose lock the caller holds.
    func writer(_ folder: RunFolder) -> any RunIndexWriter
}

/// Writes one run to an index while it trains. Only `begin` and `end` wait for the index.
package protocol RunIndexWriter: AnyObject, Sendable {
    /// Records that this process trains the run, which so far consists of `history`.
    ///
    /// - Throws: `RunStoreFailure` if the index does not take it.
    func begin(_ recipe: Recipe, data: String, weights: String, history: [LoggedEvent]) throws
    /// Takes an event. Never waits.
    ///
    /// - Throws: the error that keeps earlier events out of the index; each is thrown once.
    func append(_ event: TrainerEvent) throws
    /// Records how the run ended, after everything that was taken; waits until it is in the index.
    ///
    /// - Throws: the first error that keeps something out of it.
    func end(_ reason: RunEndReason) throws
}
