import Basics
import Foundation

/// Paths from standard input: one a line, or separated by NUL as `find -print0` writes them.
final class PathList {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    /// Offset in `buffer` of the first byte that was not taken yet.
    private var start = 0
    private var isAtEnd = false
    private var separator: UInt8?

    /// Longest path in bytes; more without a separator is no list.
    private static let mostBytes = 1 << 16

    init(descriptor: Int32 = STDIN_FILENO) { self.descriptor = descriptor }

    /// Returns the next path as `PathText`, and waits for it; nil at the end.
    ///
    /// - Throws: `UserError` if the input cannot be read or is no list of paths.
    func next() throws -> String? {
        while true {
            if let line = takeLine() {
                if line.isEmpty { continue }
                return PathText.text(line)
            }
            if isAtEnd { return nil }
            try fill()
        }
    }

    /// Whether `next` would return at once.
    var isReady: Bool {
        if isAtEnd || (separator.map { buffer[start...].contains($0) } ?? false) { return true }
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, 0) > 0
    }

    private func takeLine() -> [UInt8]? {
        if let separator, let end = buffer[start...].firstIndex(of: separator) {
            defer { start = end + 1 }
            var line = buffer[start..<end]
            if separator == 0x0a, line.last == 0x0d { line.removeLast() }
            return Array(line)
        }
        guard isAtEnd, start < buffer.count else { return nil }
        defer { start = buffer.count }
        return Array(buffer[start...])
    }

    private func fill() throws {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &bytes, bytes.count)
        if count < 0, errno == EINTR { return }
        guard count >= 0 else {
            throw UserError("Standard input cannot be read: \(String(cString: strerror(errno))).")
        }
        isAtEnd = count == 0
        buffer.removeFirst(start)
        start = 0
        buffer += bytes[..<count]
        if separator == nil, !buffer.isEmpty {
            separator = buffer.contains(0) ? 0 : buffer.contains(0x0a) ? 0x0a : nil
        }
        if buffer.count > Self.mostBytes, separator.map({ !buffer.contains($0) }) ?? true {
            throw UserError("Standard input is no list of photos: it holds one path a line.")
        }
    }
}
