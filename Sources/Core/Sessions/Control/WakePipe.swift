import Basics
import Foundation

/// A pipe that wakes a thread waiting in `poll`. Any thread may call `wake`; wakes coalesce until
/// `clear`.
final class WakePipe: Sendable {
    let reader: Int32
    private let writer: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw ControlFailure.noPipe(code: errno)
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        close(reader)
        close(writer)
    }

    /// Makes `reader` readable. A full pipe is readable already, so a failed write does no harm.
    func wake() {
        var byte: UInt8 = 0
        _ = write(writer, &byte, 1)
    }

    /// Takes back all wakes so far. Only the waiting thread calls it.
    func clear() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while Foundation.read(reader, &buffer, buffer.count) == buffer.count {}
    }
}
