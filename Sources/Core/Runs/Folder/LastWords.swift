import Basics
import Foundation

/// The message on standard error when a fatal signal ends the process: where the run was saved and
/// how to resume it. Prepared in advance, because a signal handler may neither allocate nor lock.
package enum LastWords {
    // Written by the thread that saves, read in a signal handler. At worst, a handler on another
    // thread sees two messages mixed, but never more than `count` bytes of a permanent allocation.
    nonisolated(unsafe) private static let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: most)
    nonisolated(unsafe) private static var count = 0
    private static let most = 4096
    private static let lock = NSLock()

    /// Messages by signal number; created before any handler runs.
    nonisolated(unsafe) private static let causes:
        [(number: Int32, text: UnsafeMutableBufferPointer<UInt8>)] = [
            (SIGSEGV, "SIGSEGV"), (SIGBUS, "SIGBUS"), (SIGILL, "SIGILL"), (SIGTRAP, "SIGTRAP"),
            (SIGFPE, "SIGFPE"),
            (SIGABRT, "SIGABRT"),
        ].map { number, name in
            let bytes = Array((ProgramFault(signal: name).line + " ").utf8)
            let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
            _ = buffer.initialize(from: bytes)
            return (number, buffer)
        }

    /// The signals that end the process because of a fault in it.
    package static var fatalSignals: [Int32] { causes.map(\.number) }

    /// Prepares the message for a run that has begun or been saved.
    package static func note(_ remains: RunRemains) {
        let new = Array("\(remains)\n".utf8.prefix(most))
        lock.withLock {
            count = 0
            bytes.update(from: new, count: new.count)
            count = new.count
        }
    }

    /// Removes the message: there is no run to resume.
    package static func clear() { lock.withLock { count = 0 } }

    /// Allocates all that `write` needs; must precede the installation of any handler that calls
    /// it.
    package static func prepare() { _ = (causes.count, bytes, newline) }

    /// Writes the messages. Safe in a signal handler.
    package static func write(_ signal: Int32) {
        for cause in causes where cause.number == signal {
            _ = Foundation.write(STDERR_FILENO, cause.text.baseAddress, cause.text.count)
        }
        if count > 0 {
            _ = Foundation.write(STDERR_FILENO, bytes, count)
        } else {
            _ = Foundation.write(STDERR_FILENO, newline, 1)
        }
    }

    nonisolated(unsafe) private static let newline = {
        let pointer = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
        pointer.initialize(to: UInt8(ascii: "\n"))
        return pointer
    }()
}
