import Basics
import Foundation

/// Standard error while the dashboard is drawn. C libraries write their warnings there, which would
/// land on the screen: they are held in an unnamed file and written once the screen is gone.
enum HeldErrors {
    // Written on the main thread only; a signal handler reads them and neither allocates nor locks.
    /// The terminal; negative while nothing is held.
    nonisolated(unsafe) private static var terminal: Int32 = -1
    nonisolated(unsafe) private static var file: Int32 = -1
    private static let size = 4096
    nonisolated(unsafe) private static let bytes = UnsafeMutableRawPointer.allocate(
        byteCount: size, alignment: 16)

    /// Begins to hold what is written, if standard error is a terminal.
    static func hold() {
        guard terminal < 0, isatty(STDERR_FILENO) == 1 else { return }
        _ = bytes
        let kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10)
        guard kept >= 0 else { return }
        file = Scratch.open()
        // Without a file it is lost, which is better than a spoilt screen.
        let target = file >= 0 ? file : open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard target >= 0, dup2(target, STDERR_FILENO) >= 0 else {
            close(kept)
            return
        }
        terminal = kept
    }

    /// Gives standard error back and writes what was held. Safe in a signal handler.
    static func release() {
        guard terminal >= 0 else { return }
        dup2(terminal, STDERR_FILENO)
        close(terminal)
        terminal = -1
        guard file >= 0 else { return }
        var offset: off_t = 0
        while true {
            let count = pread(file, bytes, size, offset)
            if count <= 0 || write(STDERR_FILENO, bytes, count) != count { break }
            offset += off_t(count)
        }
        close(file)
        file = -1
    }
}
