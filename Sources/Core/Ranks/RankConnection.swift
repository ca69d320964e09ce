import Foundation

/// A TCP connection of this process, over which MPI may reach another rank.
///
/// The kernel closes those of a process that ends, whatever it was at, and at once. MPI itself notices only
/// when it reads or writes, and does not tell whom it has lost.
struct RankConnection: Sendable {
    let descriptor: Int32
    let ends: Ends

    /// Addresses and ports as the kernel has them, which the other process sees the other way round.
    struct Ends: Codable, Hashable, Sendable {
        var own: Data
        var other: Data

        var reversed: Ends { Ends(own: other, other: own) }
    }

    /// All that this process has.
    static func all() -> [RankConnection] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { name in
            guard let descriptor = Int32(name), let own = address(descriptor, getsockname),
                let other = address(descriptor, getpeername)
            else { return nil }
            return RankConnection(descriptor: descriptor, ends: Ends(own: own, other: other))
        }
    }

    /// Whether either side has closed it.
    var isClosed: Bool {
        // Closed here, the descriptor can stand for something else by now.
        guard Self.address(descriptor, getpeername) == ends.other else { return true }
        // POLLRDHUP, which Swift does not see.
        var state = pollfd(fd: descriptor, events: 0x2000, revents: 0)
        return poll(&state, 1, 0) > 0 && state.revents != 0
    }

    /// The port and address of an internet socket that is connected; nil for anything else.
    private static func address(
        _ descriptor: Int32,
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> Data? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &length) }
        }
        if status != 0 { return nil }
        return withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET: Data(bytes[2..<8])
            case AF_INET6: Data(bytes[2..<4]) + Data(bytes[8..<24])
            default: nil
            }
        }
    }
}

extension RankGroup {
    /// Finds the connections between the first rank and each of the others, if MPI has any, so that those
    /// who watch each other see them close.
    func findConnections() throws {
        let own = RankConnection.all()
        let first = try JSONDecoder().decode(
            Set<RankConnection.Ends>.self, from: broadcast(JSONEncoder().encode(own.map(\.ends))))
        let common = isFirst ? [] : own.filter { first.contains($0.ends.reversed) }
        let all = try gather(JSONEncoder().encode(common.map(\.ends))).map {
            try JSONDecoder().decode(Set<RankConnection.Ends>.self, from: $0)
        }
        connections =
            isFirst ? all.map { theirs in own.filter { theirs.contains($0.ends.reversed) } } : [common]
    }
}
