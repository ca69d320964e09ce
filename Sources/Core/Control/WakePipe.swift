import Foundation

/// Wakes a thread that waits in `poll`. Any thread may call; a wake that was not seen yet is not repeated.
final class WakePipe: Sendable {
    let reader: Int32
    private let writer: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw UserError("No pipe can be opened (\(String(cString: strerror(errno)))).")
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

    /// A pipe that is full wakes as well.
    func wake() {
        var byte: UInt8 = 0
        _ = write(writer, &byte, 1)
    }

    func clear() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while Foundation.read(reader, &buffer, buffer.count) == buffer.count {}
    }
}
