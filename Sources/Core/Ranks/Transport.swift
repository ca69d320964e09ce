/// A way by which ranks send each other bytes.
///
/// Messages from one rank to another with the same tag arrive in their order. No call waits.
package protocol Transport: AnyObject, Sendable {
    var rank: Int { get }
    /// Number of ranks.
    var count: Int { get }
    /// Begins to send; the memory must stay until the transfer is done.
    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) -> any Transfer
    /// Begins to receive exactly as many bytes as were sent; the memory must stay likewise.
    func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) -> any Transfer
    /// Called once all ranks have exchanged something: lets no loss of one hold this one up from now on.
    func brace()
    /// Whether a rank was lost in such a way that nothing can be exchanged any more, not even with the others.
    var hasLost: Bool { get }
    /// Leaves the job, once all ranks do.
    func end()
    /// Ends all ranks' processes.
    func abort()
}

/// A message under way.
package protocol Transfer: AnyObject, Sendable {
    /// Moves it on and says whether it is done. One that has failed never is; the watch over the
    /// ranks finds out why.
    func isDone() -> Bool
    /// Gives up a message that is awaited.
    func cancel()
}
