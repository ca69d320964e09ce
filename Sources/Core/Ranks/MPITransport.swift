import CMPI
import Foundation

/// Open MPI, with which mpirun has started this process.
///
/// Once it has lost a rank, every transfer fails, and MPI is not called any more.
package final class MPITransport: Transport, @unchecked Sendable {
    // Unchecked: immutable. `MPI_THREAD_SERIALIZED` allows any thread, but one at a time; `lock` sees
    // to that. No call that it guards waits.
    private static let lock = NSLock()
    package let rank: Int
    package let count: Int

    /// Joins the job; nil if that fails.
    package init?() {
        var (rank, count) = (0 as Int32, 0 as Int32)
        guard Self.lock.withLock({ flowers_mpi_begin(&rank, &count) }) == 0 else { return nil }
        (self.rank, self.count) = (Int(rank), Int(count))
    }

    package func send(_ bytes: UnsafeRawBufferPointer, to rank: Int, tag: Int) -> any Transfer {
        Request(
            Self.lock.withLock {
                flowers_mpi_send(bytes.baseAddress, Int32(bytes.count), Int32(rank), Int32(tag))
            })
    }

    package func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int, tag: Int) -> any Transfer {
        Request(
            Self.lock.withLock {
                flowers_mpi_receive(bytes.baseAddress, Int32(bytes.count), Int32(rank), Int32(tag))
            })
    }

    package func brace() { Self.lock.withLock { flowers_mpi_brace() } }

    package var hasLost: Bool { flowers_mpi_has_lost() != 0 }

    package func end() { Self.lock.withLock { flowers_mpi_end() } }

    package func abort() {
        // Another thread may be held up inside of MPI for good.
        flowers_mpi_abort()
    }

    private final class Request: Transfer, @unchecked Sendable {
        // Unchecked: the lock guards both.
        private var request: UnsafeMutableRawPointer?
        private var result: Int32

        init(_ request: UnsafeMutableRawPointer?) {
            (self.request, result) = (request, request == nil ? -1 : 0)
        }

        func isDone() -> Bool {
            MPITransport.lock.withLock {
                if let request, result == 0 {
                    result = flowers_mpi_test(request)
                    if result != 0 { self.request = nil }
                }
                return result == 1
            }
        }

        func cancel() {
            MPITransport.lock.withLock {
                if let request { flowers_mpi_cancel(request) }
                request = nil
                if result == 0 { result = -1 }
            }
        }
    }
}
