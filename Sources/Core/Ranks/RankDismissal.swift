package import Foundation

/// The first rank's word to the others that they may leave, in the place of an order to compute.
struct RankDismissal: Codable {
    /// The exit code to leave with.
    var leave: Int32
}

extension RankGroup {
    /// Lets the other ranks leave with an exit code.
    package func dismiss(status: Int32) {
        if let word = try? JSONEncoder().encode(RankDismissal(leave: status)) { _ = broadcast(word) }
    }

    /// An order of the first rank to the others.
    package enum Order {
        case compute(Data)
        /// To leave with an exit code.
        case leave(Int32)
    }

    /// Waits for the first rank's next order.
    ///
    /// - Throws: `failure`.
    package func nextOrder() throws -> Order {
        let data = broadcast()
        try check()
        if let word = try? JSONDecoder().decode(RankDismissal.self, from: data) { return .leave(word.leave) }
        return .compute(data)
    }
}
