import Foundation

/// What is said on standard error when a fatal signal ends the process: where the run was saved, and how it goes on. Made
/// in advance, because a signal's handler may neither allocate nor lock.
public enum LastWords {
    // Written by the thread that saves, read in a signal's handler: a handler in another thread could see the bytes of
    // two sentences mixed at worst, never more than `count` of what is allocated for good.
    nonisolated(unsafe) private static let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: most)
    nonisolated(unsafe) private static var count = 0
    private static let most = 4096
    private static let lock = NSLock()

    /// Names by number; made before any handler runs.
    nonisolated(unsafe) private static let causes:
        [(number: Int32, text: UnsafeMutableBufferPointer<UInt8>)] = [
            (SIGSEGV, "SIGSEGV"), (SIGBUS, "SIGBUS"), (SIGILL, "SIGILL"), (SIGTRAP, "SIGTRAP"),
            (SIGFPE, "SIGFPE"),
            (SIGABRT, "SIGABRT"),
        ].map { number, name in
            let bytes = Array("flowers-tui: a fault of the program (\(name)) ends it. ".utf8)
            let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
            _ = buffer.initialize(from: bytes)
            return (number, buffer)
        }

    /// The signals that end the process for a fault of its own.
    public static var fatalSignals: [Int32] { causes.map(\.number) }

    /// Notes that a run has begun or was saved.
    static func note(run: String, checkpoint: String?, epoch: Int) {
        let text =
            checkpoint.map {
                "Run \(run) is saved in \($0) (\(epoch) epochs done); go on with: flowers-tui --run \(run)\n"
            }
            ?? "Run \(run) was never saved.\n"
        let new = Array(text.utf8.prefix(most))
        lock.withLock {
            count = 0
            bytes.update(from: new, count: new.count)
            count = new.count
        }
    }

    /// Notes that there is nothing to go on with.
    static func clear() { lock.withLock { count = 0 } }

    /// Makes all that `write` needs; before a handler may call that.
    public static func prepare() { _ = (causes.count, bytes, newline) }

    /// Writes them; for a signal's handler.
    public static func write(_ signal: Int32) {
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
