package import Basics
import Foundation

/// A rank's account of itself, given before the job begins.
package struct RankIntroduction: Codable, Sendable, Equatable {
    package var host: String
    package var process: Int32
    package var version: String
    /// Instructions and libraries, on which the last bits depend.
    package var engine: String
    /// A digest of what it was asked to do.
    package var options: String

    package init(
        version: String, engine: String, options: String, host: String = Self.ownHost,
        process: Int32 = getpid()
    ) {
        (self.version, self.engine, self.options) = (version, engine, options)
        (self.host, self.process) = (host, process)
    }

    package static var ownHost: String {
        var name = utsname()
        uname(&name)
        return withUnsafeBytes(of: name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

extension RankGroup {
    /// The slowest link between machines that is not remarkable, in bytes a second: a quarter of Gigabit
    /// Ethernet, and more than twice what the next slower Ethernet has.
    package static let slowLink = 30e6

    /// Makes the ranks known to each other and tries the links between them.
    ///
    /// - Returns: what the first rank should tell.
    /// - Throws: `RankFailure`, the same on every rank, if they were not asked for the same.
    package func introduce(_ own: RankIntroduction) throws -> [RankNotice] {
        let all = try gather(JSONEncoder().encode(own)).map {
            try JSONDecoder().decode(RankIntroduction.self, from: $0)
        }
        try check()
        members = all.enumerated().map { RankMember(rank: $0, host: $1.host, process: $1.process) }
        /// The ranks whose value is that of the first that differs from rank 0.
        func others(_ value: (RankIntroduction) -> String) -> (members: [RankMember], theirs: String)? {
            guard let theirs = all.map(value).first(where: { $0 != value(all[0]) }) else { return nil }
            return (members.filter { value(all[$0.rank]) == theirs }, theirs)
        }
        if let (members, theirs) = others(\.version) {
            throw RankFailure.versions(members, theirs: theirs, ours: all[0].version)
        }
        if let (members, _) = others(\.options) { throw RankFailure.options(members) }
        var notices: [RankNotice] = []
        if let (members, theirs) = others(\.engine) {
            notices.append(.engines(members, theirs: theirs, ours: all[0].engine))
        }
        let speeds = linkSpeeds()
        // Only now, as MPI connects ranks when they first exchange something.
        try check()
        try findConnections()
        try check()
        transport.brace()
        return notices + [Self.slowest(speeds, members)].compactMap(\.self)
    }

    /// The slowest link between two machines, if it is remarkable.
    ///
    /// - Parameter speeds: bytes a second from the rank before to each.
    static func slowest(_ speeds: [Double], _ members: [RankMember]) -> RankNotice? {
        func sender(_ rank: Int) -> RankMember { members[(rank + members.count - 1) % members.count] }
        let links = speeds.indices.filter { sender($0).host != members[$0].host }
        guard let slowest = links.min(by: { speeds[$0] < speeds[$1] }), speeds[slowest] < slowLink else {
            return nil
        }
        return .slowLink(from: sender(slowest), to: members[slowest], bytesPerSecond: speeds[slowest])
    }

    /// Tells all ranks whether each can go on.
    ///
    /// - Parameter problem: this rank's own reason not to.
    /// - Throws: `RankFailure.refused` on every rank, if one cannot; `failure`.
    package func agree(problem: UserError?) throws {
        let problems = gather(Data((problem.map { "\($0)" } ?? "").utf8))
        try check()
        guard let first = problems.firstIndex(where: { !$0.isEmpty }) else { return }
        if first == rank, let problem { throw RankFailure.refused(members[first], problem) }
        throw RankFailure.refused(members[first], UserError(String(decoding: problems[first], as: UTF8.self)))
    }
}
