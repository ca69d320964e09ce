package import Basics

/// A network that would not fit into memory.
package struct MemoryFailure: Failure {
    /// Bytes that it takes.
    package var need: Int
    /// The limit that they exceed.
    package var limit: Machine.Limit
    package var remedy: Remedy

    package enum Remedy: Sendable, Equatable {
        case fewerThreads
        case freeOrRaise
        /// A batch size that would fit.
        case batchSize(Int)
        case raiseOrFewerThreads
        case freeOrSmallerImages
    }

    package init(need: Int, limit: Machine.Limit, remedy: Remedy) {
        (self.need, self.limit, self.remedy) = (need, limit, remedy)
    }
}
