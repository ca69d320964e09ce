/// When a run is saved between the ends of its epochs, and which of its checkpoints are kept besides the last and the best.
///
/// A value that says what is to be done and touches no disk.
public struct CheckpointPolicy: Sendable, Equatable {
    /// Nil: at the ends of epochs only.
    public var every: SaveInterval?
    /// Checkpoints kept besides `last` and `best`, the newest ones.
    public var keep: Int

    public static let standardKeep = 3

    public init(every: SaveInterval? = nil, keep: Int = Self.standardKeep) {
        (self.every, self.keep) = (every, keep)
    }

    enum Action: Equatable {
        /// Write the state as the last checkpoint and, for `.best`, as the best.
        case save(CheckpointReason)
        /// Keep what was saved last under its place in the run.
        case keep(RunPlace)
        case remove(RunPlace)
    }

    /// - Parameters:
    ///   - batch: batches done since the run began.
    ///   - seconds: since the run was saved, or tried to be, by a clock that is never set.
    func afterBatch(_ batch: Int, secondsSinceSave seconds: Double) -> [Action] {
        switch every {
        case .batches(let count) where batch.isMultiple(of: count): [.save(.interval)]
        case .seconds(let count) where seconds >= Double(count): [.save(.interval)]
        default: []
        }
    }

    func afterEpoch(isBest: Bool) -> [Action] { [.save(isBest ? .best : .epoch)] }

    /// - Parameter kept: what is kept already. Places beyond `place` are of a course that the run no longer takes.
    func afterSaving(_ place: RunPlace, kept: [RunPlace]) -> [Action] {
        let older = kept.filter { $0 < place }.sorted()
        let stale = kept.filter { $0 > place || (keep == 0 && $0 == place) }.sorted()
        let surplus = older.prefix(max(0, older.count - max(0, keep - 1)))
        return (keep > 0 ? [.keep(place)] : []) + (surplus + stale).map(Action.remove)
    }
}

/// After how much training a run is saved once more.
public enum SaveInterval: Sendable, Equatable {
    case batches(Int)
    case seconds(Int)
}

extension SaveInterval: LosslessStringConvertible {
    /// As the command line has it: `200` batches, `60s`.
    public var description: String {
        switch self {
        case .batches(let count): "\(count)"
        case .seconds(let count): "\(count)s"
        }
    }

    /// Nil for what is neither, below 1 or above ten million. Minutes, as in `5m`, are taken for seconds.
    public init?(_ description: String) {
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

/// A place in a run between two batches.
public struct RunPlace: Sendable, Hashable, Comparable {
    /// Epochs completed, over both stages.
    public var epoch: Int
    /// Batches done in the epoch that follows.
    public var step: Int

    public init(epoch: Int, step: Int) { (self.epoch, self.step) = (epoch, step) }

    public init(_ progress: TrainerProgress) { self.init(epoch: progress.epoch, step: progress.step) }

    public static func < (left: Self, right: Self) -> Bool {
        (left.epoch, left.step) < (right.epoch, right.step)
    }
}

extension RunPlace: LosslessStringConvertible {
    /// Epoch and step in four digits or more: `0005-0040`.
    public var description: String { "\(Self.digits(epoch))-\(Self.digits(step))" }

    public init?(_ description: String) {
        let numbers = description.split(separator: "-", omittingEmptySubsequences: false).map { Int32($0) }
        guard numbers.count == 2, let epoch = numbers[0], let step = numbers[1], epoch >= 0, step >= 0 else {
            return nil
        }
        self.init(epoch: Int(epoch), step: Int(step))
        if self.description != description { return nil }
    }

    private static func digits(_ number: Int) -> String {
        String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)"
    }
}
