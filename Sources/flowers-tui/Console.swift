import Basics
import Canvas
import Foundation
import Synchronization

/// Standard output and standard error.
enum Console {
    /// Whether standard output still takes what is printed.
    private enum Output {
        case open
        /// Nobody reads any more: the pipe's reader or the terminal has gone.
        case unread
        /// The error number of a write that failed, for example on a full disk.
        case failed(Int32)
    }

    private static let output = Mutex(Output.open)

    /// Prints an error, escaping control characters, which file and archive names may contain.
    static func error(_ text: String) {
        _ = write(visibleLines(text) + "\n", to: STDERR_FILENO)
    }

    /// Draws on standard error, where the terminal's control sequences count.
    static func draw(_ text: String) { _ = write(text, to: STDERR_FILENO) }

    /// Prints a line of text with its control characters escaped.
    static func say(_ text: String) { line(visibleLines(text)) }

    /// Writes a line immediately, so that the reader of a pipe sees events as they happen.
    static func line(_ text: String) { print(text + "\n") }

    /// Writes text to standard output.
    ///
    /// If nobody reads any more (`| head`), the rest is lost quietly and a run continues. If it
    /// cannot be written, that is said once, a run continues as well, and `status` becomes 1.
    static func print(_ text: String) {
        let failure: Int32? = output.withLock { output in
            guard case .open = output, let code = write(text, to: STDOUT_FILENO) else { return nil }
            // The terminal's end shows as an input/output error.
            if code == EPIPE || code == EIO && isatty(STDOUT_FILENO) == 1 {
                output = .unread
                return nil
            }
            output = .failed(code)
            return code
        }
        if let failure {
            error(AtomicFile.failure("Standard output", failure).line)
        }
    }

    /// Whether what is printed still arrives.
    static var takesOutput: Bool {
        output.withLock { if case .open = $0 { true } else { false } }
    }

    /// The exit code of a command that ended with `code`: 1 if its output could not be written.
    static func status(_ code: Int32 = 0) -> Int32 {
        if case .failed = output.withLock({ $0 }), code == 0 { return 1 }
        return code
    }

    /// Writes all of `text`; returns the error number if that fails.
    private static func write(_ text: String, to descriptor: Int32) -> Int32? {
        let bytes = Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress! + done, bytes.count - done)
            }
            if count > 0 {
                done += count
            } else if count == 0 {
                return ENOSPC
            } else if errno == EAGAIN {
                // Another program made the stream non-blocking.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&ready, 1, 1000)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }

    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// Escapes control characters as `^[`, except for line ends.
func visibleLines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { visible(String($0)) }.joined(
        separator: "\n")
}

/// Encodes a value as a line of JSON with sorted snake-case keys.
func jsonLine(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

extension ClosedRange<Double> {
    /// Such as `0.7723–0.8618`.
    var fourDigits: String { String(format: "%.4f–%.4f", lowerBound, upperBound) }
}
