import Foundation

/// Restores the terminal when the process dies of a trap or a fatal signal, then lets it die of it.
enum CrashGuard {
    // Written before the handlers are installed, read in them; a handler may not allocate or lock.
    nonisolated(unsafe) private static var saved = termios()
    nonisolated(unsafe) private static var hasSaved = false
    nonisolated(unsafe) private static let restore = {
        // End a frame, reset attributes, show the cursor, leave keypad mode and the alternate screen.
        let bytes = Array("\(TerminalModes.allOff)\u{1b}[?2026l\u{1b}[0m\u{1b}[?25h\u{1b}[?1l\u{1b}>\u{1b}[?1049l\r\n".utf8)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = buffer.initialize(from: bytes)
        return buffer
    }()

    private static let fatal = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT]

    static func rememberTerminal() {
        hasSaved = tcgetattr(STDIN_FILENO, &saved) == 0
        _ = restore.count
    }

    static func install() {
        for number in fatal {
            signal(number) { number in
                _ = write(STDOUT_FILENO, CrashGuard.restore.baseAddress, CrashGuard.restore.count)
                if CrashGuard.hasSaved { tcsetattr(STDIN_FILENO, TCSANOW, &CrashGuard.saved) }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    static func uninstall() {
        for number in fatal { signal(number, SIG_DFL) }
    }
}

/// Signals that ask the program to end, as a flag that the loop looks at.
enum EndSignals {
    // Set in a handler, where only such a store is allowed.
    nonisolated(unsafe) private static var received: sig_atomic_t = 0

    static var wasAsked: Bool { received != 0 }

    static func install() {
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number) { _ in EndSignals.received = 1 } }
        signal(SIGPIPE, SIG_IGN)
    }
}

/// Job control from outside: another process stops the program or lets it go on.
enum StopSignals {
    // Set in handlers, where only such a store is allowed.
    nonisolated(unsafe) private static var stop: sig_atomic_t = 0
    nonisolated(unsafe) private static var goOn: sig_atomic_t = 0

    static func install() {
        signal(SIGTSTP) { _ in StopSignals.stop = 1 }
        signal(SIGCONT) { _ in StopSignals.goOn = 1 }
    }

    static func uninstall() { for number in [SIGTSTP, SIGCONT] { signal(number, SIG_DFL) } }

    /// Whether the program was asked to stop since the last call.
    static func takeStop() -> Bool {
        if stop == 0 { return false }
        stop = 0
        return true
    }

    /// Whether the program was stopped and goes on since the last call.
    static func takeContinue() -> Bool {
        if goOn == 0 { return false }
        goOn = 0
        return true
    }
}
