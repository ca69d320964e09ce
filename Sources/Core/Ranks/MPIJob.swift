import CMPI
import Foundation

/// The job that mpirun has started this process in, as its environment tells.
package struct MPIJob: Sendable, Equatable {
    package var rank: Int
    package var count: Int

    /// Nil for a process on its own, also as the only one of a job.
    package init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard let count = environment["OMPI_COMM_WORLD_SIZE"].flatMap({ Int($0) }), count > 1,
            let rank = environment["OMPI_COMM_WORLD_RANK"].flatMap({ Int($0) }), (0..<count).contains(rank)
        else { return nil }
        (self.rank, self.count) = (rank, count)
    }

    /// Whether the program was built with the package trait MPI.
    package static var isBuilt: Bool { flowers_mpi_is_built() != 0 }

    /// Joins the job. Call once in a process.
    ///
    /// - Throws: `RankFailure.notBuilt`, `RankFailure.noJob`.
    package func join(isBuilt: Bool = Self.isBuilt) throws -> any Transport {
        guard isBuilt else { throw RankFailure.notBuilt(ranks: count) }
        guard let transport = MPITransport() else { throw RankFailure.noJob }
        return transport
    }
}
