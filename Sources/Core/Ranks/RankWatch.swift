import Basics
import Foundation

/// The watch over the ranks: the first hears from each of them, and each of them from the first, every
/// second, whatever else they do.
final class RankWatch: @unchecked Sendable {
    // Unchecked: `lock` guards every variable.
    private let lock = NSLock()
    private let transport: any Transport
    private let silence: Double
    private var peers: [Peer] = []
    private var known: [RankMember] = []
    private var links: [[RankConnection]] = []
    private var lostAt: ContinuousClock.Instant?
    private var lookedAt = ContinuousClock.now
    private var hasBegun = false
    private var hasEnded = false

    /// A rank that is listened to, and the messages to and from it.
    private final class Peer {
        let rank: Int
        let incoming = Block(8)
        let outgoing = Block(8)
        var receive: (any Transfer)?
        var send: (any Transfer)?
        var heardAt = ContinuousClock.now
        var sentAt: ContinuousClock.Instant?

        init(_ rank: Int) {
            self.rank = rank
            outgoing.bytes.storeBytes(of: 0, as: Int.self)
        }
    }

    /// - Parameter silence: seconds without a sign after which a rank counts as stopped.
    init(_ transport: any Transport, silence: Double) {
        (self.transport, self.silence) = (transport, silence)
        peers = (transport.rank == 0 ? Array(1..<max(1, transport.count)) : [0]).map(Peer.init)
    }

    var members: [RankMember] {
        get { lock.withLock { known } }
        set { lock.withLock { known = newValue } }
    }

    var connections: [[RankConnection]] {
        get { lock.withLock { links } }
        set { lock.withLock { links = newValue } }
    }

    func member(_ rank: Int) -> RankMember {
        let known = members
        return known.indices.contains(rank) ? known[rank] : RankMember(rank: rank, host: "?", process: 0)
    }

    /// Sends and receives signs of life where it is time; returns what is wrong. Any thread may call
    /// it at any time; it does something about five times a second.
    func look() -> RankFailure? {
        let hasLost = transport.hasLost
        let (isTime, gap) = lock.withLock {
            let gap = lookedAt.duration(to: .now).seconds
            if hasEnded || !hasLost && hasBegun && gap < min(0.2, silence / 10) { return (false, gap) }
            lookedAt = .now
            return (true, gap)
        }
        if !isTime { return nil }
        if let gone = goneRank() { return .gone(gone) }
        if hasLost { return loss() }
        return lock.withLock { () -> RankFailure? in
            hasBegun = true
            for peer in peers {
                // This process itself was stopped for a while: the others' signs are on their way.
                if gap > silence / 3 { peer.heardAt = .now }
                while peer.receive?.isDone() ?? true {
                    if peer.receive != nil { peer.heardAt = .now }
                    peer.receive = transport.receive(
                        peer.incoming[0..<8], from: peer.rank, tag: RankGroup.Tag.life)
                }
                let isDue = peer.sentAt.map { $0.duration(to: .now).seconds >= min(1, silence / 5) } ?? true
                if isDue, peer.send?.isDone() ?? true {
                    peer.send = transport.send(
                        UnsafeRawBufferPointer(peer.outgoing.bytes), to: peer.rank, tag: RankGroup.Tag.life)
                    peer.sentAt = .now
                }
                let quiet = peer.heardAt.duration(to: .now).seconds
                if quiet > silence {
                    let member =
                        known.indices.contains(peer.rank)
                        ? known[peer.rank] : RankMember(rank: peer.rank, host: "?", process: 0)
                    return .silent(member, seconds: Int(quiet))
                }
            }
            return nil
        }
    }

    /// Seconds after a loss in which a rank can still prove to be the one.
    private static let patience = 0.3

    /// Tells that a rank was lost, once it is clear which, or that it will not become so.
    private func loss() -> RankFailure? {
        let since = lock.withLock {
            let first = lostAt ?? .now
            lostAt = first
            return first.duration(to: .now).seconds
        }
        if since < Self.patience { return nil }
        return transport.count == 2 ? .gone(member(1 - transport.rank)) : .someGone
    }

    /// Returns a rank whose process has ended: one of this machine, or one whose connections are closed.
    func goneRank() -> RankMember? {
        let (members, own, connections) = (members, transport.rank, connections)
        guard members.indices.contains(own) else { return nil }
        return members.first {
            if $0.rank == own { return false }
            if $0.host == members[own].host {
                return $0.process > 0 && $0.process != members[own].process && Self.hasEnded($0.process)
            }
            guard connections.indices.contains($0.rank), !connections[$0.rank].isEmpty else { return false }
            return connections[$0.rank].allSatisfy(\.isClosed)
        }
    }

    /// Whether a process is gone, or only waits to be reaped.
    private static func hasEnded(_ process: Int32) -> Bool {
        if kill(process, 0) != 0 { return errno == ESRCH }
        guard let file = fopen("/proc/\(process)/stat", "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, 512, file) != nil else { return false }
        let text = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        // The state follows the name, which is in parentheses and may hold any.
        guard let end = text.lastIndex(of: UInt8(ascii: ")")), text.indices.contains(end + 2) else {
            return false
        }
        return text[end + 2] == UInt8(ascii: "Z") || text[end + 2] == UInt8(ascii: "X")
    }

    func end() {
        lock.withLock {
            hasEnded = true
            for peer in peers { peer.receive?.cancel() }
        }
    }
}
