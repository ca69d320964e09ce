import Basics
package import Foundation

/// The ranks of a job, of which this process is one.
///
/// Every rank makes the same exchanges in the same order, one at a time. After a failure no exchange
/// does anything; whoever makes them looks at `failure` before it uses what they brought.
package final class RankGroup: @unchecked Sendable {
    // Unchecked: `lock` guards the variables. Exchanges are made on one thread.
    package let transport: any Transport
    package var rank: Int { transport.rank }
    package var count: Int { transport.count }
    /// Whether this rank keeps the run and speaks for all.
    package var isFirst: Bool { rank == 0 }
    private let lock = NSLock()
    /// Wakes the thread that moves exchanges on while this rank computes.
    private let wake = NSCondition()
    private let watch: RankWatch
    private var sums: [BucketSum] = []
    private var ownFailure: RankFailure?
    private var hasEnded = false
    private var leaving: (@Sendable () -> Bool)?
    private var failed: (@Sendable () -> Void)?
    /// Memory of exchanges that a failure has cut short, to which bytes may still come.
    private var abandoned: [Any] = []
    private var waited = 0.0
    private var sentBytes = 0

    /// - Parameter silence: seconds without a sign of life after which a rank counts as stopped.
    package init(_ transport: any Transport, silence: Double = 15) {
        self.transport = transport
        watch = RankWatch(transport, silence: silence)
        let thread = Thread { [weak self, wake] in
            WorkerThread.leaveSignals()
            WorkerThread.answerPromptly()
            while true {
                self?.moveOn()
                // Asked under the lock under which `add` wakes this thread, so that no call is missed.
                wake.lock()
                defer { wake.unlock() }
                guard let interval = self?.interval else { return }
                _ = wake.wait(until: Date(timeIntervalSinceNow: interval))
            }
        }
        thread.name = "ranks"
        thread.start()
    }

    /// The rank's name and that of the others, once they have introduced themselves.
    package var members: [RankMember] {
        get { watch.members }
        set { watch.members = newValue }
    }

    /// The connections to each rank that is watched, by its number; none where MPI goes other ways.
    var connections: [[RankConnection]] {
        get { watch.connections }
        set { watch.connections = newValue }
    }

    /// Why the ranks no longer compute together; nil while they do.
    package var failure: RankFailure? { lock.withLock { ownFailure } }

    /// - Throws: `failure`.
    package func check() throws {
        if let failure { throw failure }
    }

    /// Notes that the ranks cannot go on together.
    package func fail(_ failure: RankFailure) {
        let tell: (@Sendable () -> Void)? = lock.withLock {
            if ownFailure != nil { return nil }
            ownFailure = failure
            return failed
        }
        tell?()
    }

    /// Called once, on any thread, when the ranks cannot go on together.
    package func onFailure(_ body: @escaping @Sendable () -> Void) { lock.withLock { failed = body } }

    /// Asked while others are awaited: whether this process is to end soon, and so must not wait for a
    /// rank that does not come.
    package func endEarly(if isLeaving: @escaping @Sendable () -> Bool) {
        lock.withLock { leaving = isLeaving }
    }

    /// Seconds until exchanges have to be moved on again; nil once this rank has left.
    private var interval: Double? {
        lock.withLock { hasEnded ? nil : sums.isEmpty ? 0.05 : 0.001 }
    }

    /// Leaves the job, once all ranks do. After a failure it ends all processes, this one too.
    package func end() {
        if failure != nil { return transport.abort() }
        lock.withLock { hasEnded = true }
        watch.end()
        transport.end()
    }

    /// Ends all ranks' processes.
    package func abort() { transport.abort() }

    /// Seconds spent on waiting for others, and bytes sent, since the last call.
    package func takeCosts() -> (waited: Double, bytes: Int) {
        lock.withLock {
            defer { (waited, sentBytes) = (0, 0) }
            return (waited, sentBytes)
        }
    }

    // MARK: Exchanges

    /// Kinds of messages; two kinds under way at a time do not meet.
    enum Tag {
        static let life = 1
        static let length = 2
        static let payload = 3
        static let part = 4
        static let probe = 5
        static let sums = 16
    }

    /// Completes `bytes` on every rank with the parts of the others.
    ///
    /// - Parameter ranges: each rank's part, which it has filled; the same on every rank.
    package func gather(_ bytes: UnsafeMutableRawBufferPointer, _ ranges: [Range<Int>]) {
        if failure != nil { return }
        // Through memory of our own: after a failure it must outlive the caller's.
        let block = Block(bytes.count)
        let own = ranges[rank]
        block.bytes[own].copyBytes(from: bytes[own])
        var transfers: [Pending] = []
        for (other, range) in ranges.enumerated() where other != rank {
            if !range.isEmpty {
                transfers.append(Pending(other, transport.receive(block[range], from: other, tag: Tag.part)))
            }
            if !own.isEmpty { transfers.append(send(block[own], to: other, tag: Tag.part)) }
        }
        guard wait(transfers, for: block) else { return }
        for (other, range) in ranges.enumerated() where other != rank {
            UnsafeMutableRawBufferPointer(rebasing: bytes[range]).copyMemory(
                from: UnsafeRawBufferPointer(block[range]))
        }
    }

    /// Returns a value of each rank, in their order.
    package func gather<Value: BitwiseCopyable>(_ value: Value) -> [Value] {
        var values = [Value](repeating: value, count: count)
        let size = MemoryLayout<Value>.stride
        values.withUnsafeMutableBytes { gather($0, (0..<count).map { $0 * size..<($0 + 1) * size }) }
        return values
    }

    /// Returns a message of each rank, in their order.
    package func gather(_ message: Data) -> [Data] {
        let lengths = gather(message.count)
        if failure != nil { return lengths.map { _ in message } }
        var (ranges, end) = ([Range<Int>](), 0)
        for length in lengths {
            ranges.append(end..<end + length)
            end += length
        }
        var all = [UInt8](repeating: 0, count: end)
        all.replaceSubrange(ranges[rank], with: message)
        all.withUnsafeMutableBytes { gather($0, ranges) }
        return ranges.map { Data(all[$0]) }
    }

    /// Most bytes of a message, for which MPI has 31 bits.
    private static let longestMessage = 1 << 30

    /// Returns the message of the first rank on all; the others' argument counts for nothing.
    ///
    /// It passes along a tree, so that the first rank sends it to few.
    package func broadcast(_ message: Data = Data()) -> Data {
        if failure != nil { return message }
        let length = Block(8)
        if isFirst { length.bytes.storeBytes(of: message.count, as: Int.self) }
        guard pass(length, 0..<8, tag: Tag.length) else { return message }
        let block = Block(length.bytes.load(as: Int.self))
        if isFirst { block.bytes.copyBytes(from: message) }
        for start in stride(from: 0, to: block.bytes.count, by: Self.longestMessage) {
            let range = start..<min(block.bytes.count, start + Self.longestMessage)
            guard pass(block, range, tag: Tag.payload) else { return message }
        }
        return isFirst ? message : Data(block.bytes)
    }

    /// Receives a part of a broadcast, unless this is the first rank, and hands it on.
    private func pass(_ block: Block, _ range: Range<Int>, tag: Int) -> Bool {
        let lowest = rank == 0 ? count : rank & -rank
        if rank > 0 {
            let parent = rank & (rank - 1)
            let transfer = transport.receive(block[range], from: parent, tag: tag)
            guard wait([Pending(parent, transfer)], for: block) else { return false }
        }
        var sends: [Pending] = []
        var step = 1
        while step < lowest {
            if rank + step < count { sends.append(send(block[range], to: rank + step, tag: tag)) }
            step <<= 1
        }
        return wait(sends, for: block)
    }

    /// Returns the bytes a second at which each rank receives `bytes` bytes from the one before it,
    /// while all send at once.
    package func linkSpeeds(bytes: Int = 2 << 20) -> [Double] {
        if failure != nil { return [] }
        let (from, to) = ((rank + count - 1) % count, (rank + 1) % count)
        var best = Double.infinity
        // The first time connects them.
        for _ in 0..<3 {
            let (out, into) = (Block(bytes), Block(bytes))
            _ = gather(0 as UInt8)
            let start = ContinuousClock.now
            let receive = transport.receive(into[0..<bytes], from: from, tag: Tag.probe)
            let sends = [send(out[0..<bytes], to: to, tag: Tag.probe)]
            guard wait(sends + [Pending(from, receive)], for: [out, into]) else { return [] }
            best = min(best, start.duration(to: .now).seconds)
        }
        return gather(Double(bytes) / max(best, 1e-9))
    }

    // MARK: Waiting

    /// A transfer and the rank that it waits for.
    struct Pending {
        let rank: Int
        let transfer: any Transfer

        init(_ rank: Int, _ transfer: any Transfer) { (self.rank, self.transfer) = (rank, transfer) }
    }

    func send(_ bytes: UnsafeMutableRawBufferPointer, to other: Int, tag: Int) -> Pending {
        lock.withLock { sentBytes += bytes.count }
        return Pending(other, transport.send(UnsafeRawBufferPointer(bytes), to: other, tag: tag))
    }

    /// Waits until all transfers are done.
    ///
    /// - Parameter memory: what they read and write; kept if a failure cuts them short.
    /// - Returns: false after a failure.
    private func wait(_ transfers: [Pending], for memory: Any) -> Bool {
        var pending = transfers
        return wait {
            pending.removeAll { $0.transfer.isDone() }
            return pending.map(\.rank)
        } abandon: { [self] in
            for transfer in pending { transfer.transfer.cancel() }
            abandoned += [memory, pending.map(\.transfer)]
        }
    }

    /// Seconds for which an ended run still waits for ranks.
    private static let patience = 0.4

    /// Waits until `missing` is empty.
    ///
    /// - Parameters:
    ///   - counts: whether this is time that the rank as a whole waits.
    ///   - missing: moves the transfers on; returns the ranks that are awaited.
    /// - Returns: false after a failure.
    func wait(counts: Bool = true, _ missing: () -> [Int], abandon: () -> Void) -> Bool {
        let start = ContinuousClock.now
        var asked: ContinuousClock.Instant?
        defer { if counts { lock.withLock { waited += start.duration(to: .now).seconds } } }
        while true {
            let ranks = missing()
            if ranks.isEmpty { return failure == nil }
            moveOn()
            if lock.withLock({ leaving })?() == true {
                let first = asked ?? .now
                asked = first
                if let gone = watch.goneRank() {
                    fail(.gone(gone))
                } else if first.duration(to: .now).seconds > Self.patience {
                    fail(.endedWaiting(for: Set(ranks).sorted().map(watch.member)))
                }
            }
            if failure != nil {
                lock.withLock(abandon)
                return false
            }
            // A large message moves on with each look. Later less often, so as to leave the core to others.
            let since = start.duration(to: .now).seconds
            if since < 0.05 { sched_yield() } else { usleep(since < 1 ? 50 : 500) }
        }
    }

    /// Moves sums on and exchanges signs of life. Any thread may call it.
    private func moveOn() {
        let (sums, isOver) = lock.withLock { (self.sums, hasEnded || ownFailure != nil) }
        if isOver { return }
        for sum in sums { sum.moveOn() }
        if let found = watch.look() { fail(found) }
    }

    /// Has a sum moved on while this rank computes, from now on.
    func add(_ sum: BucketSum) {
        lock.withLock { if !sums.contains(where: { $0 === sum }) { sums.append(sum) } }
        wake.lock()
        wake.signal()
        wake.unlock()
    }

    func remove(_ sum: BucketSum, keeping memory: Any? = nil) {
        lock.withLock {
            sums.removeAll { $0 === sum }
            if let memory { abandoned.append(memory) }
        }
    }
}

/// Memory for messages.
final class Block {
    // Valid as long as the object.
    let bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int) { bytes = .allocate(byteCount: count, alignment: 64) }

    deinit { bytes.deallocate() }

    subscript(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: bytes[range])
    }
}
