import Foundation

/// One end of a connection that sends and receives frames. Never waits; belongs to one thread.
final class ControlConnection {
    enum Failure: Error {
        /// The other end has closed the connection or violated the protocol.
        case closed
    }

    let descriptor: Int32
    private var decoder: FrameDecoder
    private var outgoing: [[UInt8]] = []
    /// Bytes of the first outgoing frame already written.
    private var written = 0
    /// Bytes that the other end has not taken yet.
    private(set) var pendingBytes = 0

    /// - Parameters:
    ///   - descriptor: a non-blocking socket, which `deinit` closes.
    ///   - limit: most bytes of an incoming message.
    init(_ descriptor: Int32, limit: Int) {
        (self.descriptor, decoder) = (descriptor, FrameDecoder(limit: limit))
    }

    deinit { close(descriptor) }

    /// The events to wait for in `poll`.
    var interest: Int16 { Int16(outgoing.isEmpty ? POLLIN : POLLIN | POLLOUT) }

    func send(_ frame: [UInt8]) {
        outgoing.append(frame)
        pendingBytes += frame.count
    }

    /// Writes as much as the other end takes now.
    func write() throws {
        while let frame = outgoing.first {
            let count = frame[written...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { return }
                throw Failure.closed
            }
            written += count
            pendingBytes -= count
            if written == frame.count {
                outgoing.removeFirst()
                written = 0
            }
        }
    }

    /// Returns the messages that have arrived, reading up to 64 KiB per call.
    ///
    /// - Throws: `Failure`, `FrameDecoder.TooLong`.
    func read() throws -> [[UInt8]] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { return try decoder.feed(buffer[..<count]) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return [] }
            throw Failure.closed
        }
    }
}
