package import Basics

/// A rank and where it runs.
package struct RankMember: Sendable, Equatable, Hashable, Codable {
    package var rank: Int
    package var host: String
    package var process: Int32

    package init(rank: Int, host: String, process: Int32) {
        (self.rank, self.host, self.process) = (rank, host, process)
    }
}

/// A reason why the ranks of a job cannot compute together.
package enum RankFailure: Failure {
    /// mpirun started the program, which was built without MPI.
    case notBuilt(ranks: Int)
    /// MPI cannot be joined.
    case noJob
    /// The rank's process has ended.
    case gone(RankMember)
    /// A process has ended, of a rank that cannot be told.
    case someGone
    /// Nothing has come from the rank for so many seconds: it is stopped, or cut off.
    case silent(RankMember, seconds: Int)
    /// The run was asked to end while these ranks were awaited.
    case endedWaiting(for: [RankMember])
    /// The states of these ranks differ from that of rank 0.
    case diverged([RankMember])
    /// These ranks lack the memory for it.
    case noMemory([RankMember])
    case versions([RankMember], theirs: String, ours: String)
    case options([RankMember])
    /// The photos of these ranks differ, in paths or sizes, from those of rank 0.
    case photos([RankMember], theirs: String, ours: String)
    case moreRanksThanPhotos(ranks: Int, batch: Int)
    /// A rank cannot take part, for a reason of its own.
    case refused(RankMember, UserError)
}

/// A remark about the ranks of a job, which goes on.
package enum RankNotice: Failure {
    /// These ranks compute with other instructions or libraries.
    case engines([RankMember], theirs: String, ours: String)
    /// The slowest link, in bytes a second; probably over the wrong interface.
    case slowLink(from: RankMember, to: RankMember, bytesPerSecond: Double)
    /// More ranks than parts of a batch: some have nothing to do.
    case idle(ranks: Int, chunks: Int)
}
