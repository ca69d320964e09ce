import Basics

/// Rules for when a run is saved between the ends of its epochs, and which checkpoints are kept
/// besides the last and the best.
///
/// Returns actions and never touches the disk.
package struct CheckpointPolicy: Sendable, Equatable {
    /// How often to save within epochs; nil to save only when they end.
    package var every: SaveInterval?
    /// Number of newest checkpoints to keep besides `last` and `best`.
    package var keep: Int

    package static let standardKeep = 3

    package init(every: SaveInterval? = nil, keep: Int = Self.standardKeep) {
        (self.every, self.keep) = (every, keep)
    }

    package enum Action: Equatable {
        /// Write the state as the last checkpoint and, for `.best`, also as the best.
        case save(CheckpointReason)
        /// Keep the checkpoint just saved, under its place in the run.
        case keep(RunPlace)
        case remove(RunPlace)
    }

    /// - Parameters:
    ///   - batch: batches completed since the run began.
    ///   - seconds: time since the last attempt to save, by a monotonic clock.
    package func afterBatch(_ batch: Int, secondsSinceSave seconds: Double) -> [Action] {
        switch every {
        case .batches(let count) where batch.isMultiple(of: count): [.save(.interval)]
        case .seconds(let count) where seconds >= Double(count): [.save(.interval)]
        default: []
        }
    }

    package func afterEpoch(isBest: Bool) -> [Action] { [.save(isBest ? .best : .epoch)] }

    /// - Parameters:
    ///   - kept: places already kept. Those beyond `place` belong to a course that the run has left.
    ///   - others: places of epochs that are the best by other measures than the run's. They are kept
    ///     as well, unless nothing is.
    package func afterSaving(_ place: RunPlace, kept: [RunPlace], others: [RunPlace] = []) -> [Action] {
        let older = kept.filter { $0 < place && (keep == 0 || !others.contains($0)) }.sorted()
        let stale = kept.filter { $0 > place || (keep == 0 && $0 == place) }.sorted()
        let surplus = older.prefix(max(0, older.count - max(0, keep - 1)))
        return (keep > 0 ? [.keep(place)] : []) + (surplus + stale).map(Action.remove)
    }
}

/// The amount of training between two saves.
package enum SaveInterval: Sendable, Equatable {
    case batches(Int)
    case seconds(Int)
}

extension SaveInterval: LosslessStringConvertible {
    /// The form used on the command line: `200` (batches), `60s`.
    package var description: String {
        switch self {
        case .batches(let count): "\(count)"
        case .seconds(let count): "\(count)s"
        }
    }

    /// Returns nil for other text, and for numbers outside 1…10,000,000. Minutes, as in `5m`,
    /// become seconds.
    package init?(_ description: String) {
        let unit = description.last.flatMap { "sm".contains($0) ? $0 : nil }
        guard let count = Int(unit == nil ? description[...] : description.dropLast()),
            (1...10_000_000).contains(count)
        else { return nil }
        switch unit {
        case nil: self = .batches(count)
        case "m": self = .seconds(count * 60)
        default: self = .seconds(count)
        }
    }
}

extension SaveInterval: CodedAsText {}
