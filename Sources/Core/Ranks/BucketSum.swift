import Basics
import Foundation

/// The sum of a vector over the ranks, in buckets that travel as soon as each is filled.
///
/// The order of the sum is fixed, so that the result is the same on every rank and every time. Either
/// way, each rank sends and receives about twice the vector, however many they are.
///
/// - In a chain, each rank goes on with the sum of those before it, and the last one's result passes
///   round. A rank can begin with a bucket only once that has been through all before it, but what it
///   adds to the sum, and in which order, is its own affair: so the ranks do what one process does.
/// - In a tree, a bucket is cut into a part for each rank. Every rank sends the others their parts of
///   its summands, adds up its own part in the order of `PairTree`, and sends the sum to all.
package final class BucketSum: @unchecked Sendable {
    // Unchecked: `lock` guards the buckets' states; before `start` a bucket's values belong to the
    // caller, then to this object until `finish`.
    private let group: RankGroup
    private let storage: Buffer
    /// The summands, and after `finish` the sums.
    package var values: UnsafeMutablePointer<Float> { storage.pointer }
    private var buckets: [Bucket]
    private let lock = NSLock()

    private struct Bucket {
        let range: Range<Int>
        /// Each rank's part.
        let parts: [Range<Int>]
        /// The others' summands of the own part, [rank][part].
        let arrivals: Buffer
        let tag: Int
        var state = State.idle
    }

    /// The order of a sum.
    package enum Order: Sendable { case chain, tree }

    package let order: Order

    private enum State {
        case idle
        /// In a chain: the sum of the ranks before is awaited; has come; the own one is sent on; the
        /// result is awaited; it is handed on.
        case carrying(RankGroup.Pending)
        case carried
        case passing(RankGroup.Pending)
        case returning(RankGroup.Pending)
        case forwarding(RankGroup.Pending)
        /// In a tree: summands are exchanged; sums are.
        case adding([RankGroup.Pending])
        case sharing([RankGroup.Pending])
        case done
    }

    package init(_ group: RankGroup, buckets: [Range<Int>], order: Order) {
        (self.group, self.order) = (group, order)
        storage = Buffer(count: buckets.last?.upperBound ?? 0)
        self.buckets = buckets.enumerated().map { index, range in
            // Whole cache lines, and the end to the last.
            let lines = (range.count + 15) / 16
            let parts = (0..<group.count).map { rank in
                min(
                    range.upperBound, range.lowerBound + lines * rank / group.count * 16)..<min(
                        range.upperBound, range.lowerBound + lines * (rank + 1) / group.count * 16)
            }
            return Bucket(
                range: range, parts: parts,
                arrivals: Buffer(count: order == .tree ? parts[group.rank].count * group.count : 0),
                tag: RankGroup.Tag.sums + 2 * index)
        }
    }

    package var count: Int { buckets.count }

    private var last: Int { group.count - 1 }

    private func receive(_ index: Int, from other: Int, tag: Int) -> RankGroup.Pending {
        let range = buckets[index].range
        return .init(
            other,
            group.transport.receive(Self.bytes(values + range.lowerBound, range.count), from: other, tag: tag)
        )
    }

    private func send(_ index: Int, to other: Int, tag: Int) -> RankGroup.Pending {
        let range = buckets[index].range
        return group.send(Self.bytes(values + range.lowerBound, range.count), to: other, tag: tag)
    }

    /// Begins a sum; before any other call.
    package func begin() {
        if order == .tree || group.failure != nil { return }
        lock.withLock {
            for index in buckets.indices {
                buckets[index].state =
                    group.rank == 0
                    ? .carried : .carrying(receive(index, from: group.rank - 1, tag: buckets[index].tag))
            }
        }
        group.add(self)
    }

    /// Whether `carry` would not wait. Any thread.
    package func isCarried(_ index: Int) -> Bool {
        if group.rank == 0 { return true }
        moveOn()
        return lock.withLock { if case .carrying = buckets[index].state { false } else { true } }
    }

    /// In a chain, waits for the sum of the ranks before this one, which then is in the bucket; the first
    /// has none. Any thread.
    ///
    /// - Parameter counts: whether this is time that the rank as a whole waits.
    /// - Returns: false after a failure.
    package func carry(_ index: Int, counts: Bool) -> Bool {
        if group.rank == 0 { return group.failure == nil }
        return group.wait(counts: counts) {
            moveOn()
            return lock.withLock {
                if case .carrying(let pending) = buckets[index].state { [pending.rank] } else { [] }
            }
        } abandon: {
        }
    }

    /// Sends a filled bucket on its way; any thread.
    package func start(_ index: Int) {
        if order == .chain {
            return lock.withLock {
                let isLast = group.rank == last
                buckets[index].state = .passing(
                    send(index, to: isLast ? 0 : group.rank + 1, tag: buckets[index].tag + (isLast ? 1 : 0)))
            }
        }
        lock.withLock {
            let bucket = buckets[index]
            let own = bucket.parts[group.rank]
            var transfers: [RankGroup.Pending] = []
            for other in 0..<group.count where other != group.rank {
                if !own.isEmpty {
                    transfers.append(
                        .init(
                            other,
                            group.transport.receive(
                                Self.bytes(bucket.arrivals.pointer + other * own.count, own.count),
                                from: other, tag: bucket.tag)))
                }
                let part = bucket.parts[other]
                if !part.isEmpty {
                    transfers.append(
                        group.send(
                            Self.bytes(values + part.lowerBound, part.count), to: other, tag: bucket.tag))
                }
            }
            buckets[index].state = .adding(transfers)
        }
        group.add(self)
    }

    /// Waits for the sums of all buckets, which must have been started.
    ///
    /// - Returns: false after a failure; the values are then undefined.
    package func finish() -> Bool {
        defer { group.remove(self) }
        guard group.failure == nil else {
            group.remove(self, keeping: [storage] + buckets.map(\.arrivals))
            return false
        }
        let isDone = group.wait {
            moveOn()
        } abandon: {
        }
        if !isDone { group.remove(self, keeping: [storage] + buckets.map(\.arrivals)) }
        lock.withLock { for index in buckets.indices { buckets[index].state = .idle } }
        return isDone
    }

    /// Looks at transfers that end one after the other. One look moves all of them on, and there are dozens,
    /// so none is asked while an earlier one is under way.
    private struct InOrder {
        private var isUnderWay = false

        mutating func isDone(_ pending: RankGroup.Pending) -> Bool {
            if isUnderWay { return false }
            isUnderWay = !pending.transfer.isDone()
            return !isUnderWay
        }
    }

    /// Moves the buckets on.
    ///
    /// - Returns: the ranks that are awaited.
    @discardableResult
    func moveOn() -> [Int] {
        lock.withLock {
            var missing: [Int] = []
            var (carries, passes, returns, forwards) = (InOrder(), InOrder(), InOrder(), InOrder())
            for index in buckets.indices {
                switch buckets[index].state {
                case .idle, .done: break
                case .carrying(let pending):
                    if carries.isDone(pending) { buckets[index].state = .carried }
                    missing.append(pending.rank)
                case .carried: missing.append(group.rank)
                case .passing(let pending):
                    if passes.isDone(pending) {
                        let before = group.rank == 0 ? last : group.rank - 1
                        buckets[index].state =
                            group.rank == last
                            ? .done : .returning(receive(index, from: before, tag: buckets[index].tag + 1))
                    }
                    if case .done = buckets[index].state { break }
                    missing.append(pending.rank)
                case .returning(let pending):
                    if returns.isDone(pending) {
                        let next = group.rank + 1
                        buckets[index].state =
                            next == last
                            ? .done : .forwarding(send(index, to: next, tag: buckets[index].tag + 1))
                    }
                    if case .done = buckets[index].state { break }
                    missing.append(pending.rank)
                case .forwarding(let pending):
                    if forwards.isDone(pending) {
                        buckets[index].state = .done
                    } else {
                        missing.append(pending.rank)
                    }
                case .adding(var pending):
                    pending.removeAll { $0.transfer.isDone() }
                    if pending.isEmpty {
                        buckets[index].state = .sharing(addUp(buckets[index]))
                        missing.append(contentsOf: group.rank == 0 ? [1] : [0])
                    } else {
                        buckets[index].state = .adding(pending)
                        missing += pending.map(\.rank)
                    }
                case .sharing(var pending):
                    pending.removeAll { $0.transfer.isDone() }
                    buckets[index].state = pending.isEmpty ? .done : .sharing(pending)
                    missing += pending.map(\.rank)
                }
            }
            return missing
        }
    }

    /// Adds up the own part and sends it to all.
    private func addUp(_ bucket: Bucket) -> [RankGroup.Pending] {
        let own = bucket.parts[group.rank]
        if !own.isEmpty {
            let summands = (0..<group.count).map { rank in
                rank == group.rank ? values + own.lowerBound : bucket.arrivals.pointer + rank * own.count
            }
            let sum = PairTree.reduce(0..<group.count) {
                summands[$0]
            } combine: { a, b in
                for i in 0..<own.count { a[i] += b[i] }
                return a
            }
            if group.rank != 0 { (values + own.lowerBound).update(from: sum, count: own.count) }
        }
        var transfers: [RankGroup.Pending] = []
        for other in 0..<group.count where other != group.rank {
            let part = bucket.parts[other]
            if !part.isEmpty {
                transfers.append(
                    .init(
                        other,
                        group.transport.receive(
                            Self.bytes(values + part.lowerBound, part.count), from: other,
                            tag: bucket.tag + 1)))
            }
            if !own.isEmpty {
                transfers.append(
                    group.send(
                        Self.bytes(values + own.lowerBound, own.count), to: other, tag: bucket.tag + 1))
            }
        }
        return transfers
    }

    private static func bytes(_ values: UnsafeMutablePointer<Float>, _ count: Int)
        -> UnsafeMutableRawBufferPointer
    { UnsafeMutableRawBufferPointer(start: values, count: count * 4) }
}

/// The order in which summands are added, pair by pair: the first half's sum plus the second's, where
/// the first half is the largest power of two that is smaller than the number of summands.
///
/// So a rank that has a power of two of neighbouring summands adds them up by itself first, and the
/// sum has the same bits however many ranks share the summands in this way.
package enum PairTree {
    package static func reduce<Value>(
        _ range: Range<Int>, _ value: (Int) -> Value, combine: (Value, Value) -> Value
    ) -> Value {
        if range.count == 1 { return value(range.lowerBound) }
        let middle = range.lowerBound + firstHalf(of: range.count)
        return combine(
            reduce(range.lowerBound..<middle, value, combine: combine),
            reduce(middle..<range.upperBound, value, combine: combine))
    }

    /// The number of summands in the first half of `count`, 2 or more.
    package static func firstHalf(of count: Int) -> Int {
        var half = 1
        while half * 2 < count { half *= 2 }
        return half
    }
}
