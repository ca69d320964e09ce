import Core
import Foundation

/// When the process dies of a trap or a fatal signal: restores the terminal if the dashboard has it, says where the run
/// was saved, and lets it die of the signal.
public enum CrashGuard {
    // Written while no handler is installed or `hasScreen` is false, read in handlers, which may not allocate or lock.
    nonisolated(unsafe) private static var saved = termios()
    nonisolated(unsafe) private static var hasSaved = false
    nonisolated(unsafe) private static var hasScreen = false
    nonisolated(unsafe) private static let restore = {
        // End a frame, reset attributes, show the cursor, leave keypad mode and the alternate screen.
        let bytes = Array(
            "\(TerminalModes.allOff)\u{1b}[?2026l\u{1b}[0m\u{1b}[?25h\u{1b}[?1l\u{1b}>\u{1b}[?1049l\r\n".utf8)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = buffer.initialize(from: bytes)
        return buffer
    }()

    /// Call it on the main thread, before anything is trained.
    public static func install() {
        LastWords.prepare()
        FaultStack.prepareThread()
        for number in LastWords.fatalSignals {
            var action = sigaction()
            action.sa_flags = SA_ONSTACK
            action.__sigaction_handler.sa_handler = { number in
                if CrashGuard.hasScreen {
                    _ = write(STDOUT_FILENO, CrashGuard.restore.baseAddress, CrashGuard.restore.count)
                    if CrashGuard.hasSaved { tcsetattr(STDIN_FILENO, TCSANOW, &CrashGuard.saved) }
                }
                LastWords.write(number)
                signal(number, SIG_DFL)
                raise(number)
            }
            sigaction(number, &action, nil)
        }
    }

    static func rememberTerminal() {
        hasSaved = tcgetattr(STDIN_FILENO, &saved) == 0
        _ = restore.count
    }

    static func screenIsUp() {
        install()
        hasScreen = true
    }

    static func screenIsDown() { hasScreen = false }
}

/// Signals that ask the program to end, or say that its terminal has gone, as flags that the loop looks at.
enum EndSignals {
    // Set in handlers, where only such a store is allowed.
    nonisolated(unsafe) private static var received: sig_atomic_t = 0
    nonisolated(unsafe) private static var hangUp: sig_atomic_t = 0

    static var wasAsked: Bool { received != 0 }
    static var wasHungUp: Bool { hangUp != 0 }

    static func install() {
        for number in [SIGINT, SIGTERM] { signal(number) { _ in EndSignals.received = 1 } }
        signal(SIGHUP) { _ in EndSignals.hangUp = 1 }
        signal(SIGPIPE, SIG_IGN)
    }
}

/// The standard streams of a process that goes on without its terminal.
public enum StandardStreams {
    /// Leads those that are a terminal, or were one, to nowhere; files and pipes stay.
    public static func leaveTerminal() {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { return }
        defer { close(null) }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            // A terminal that has gone no longer says that it is one.
            var status = stat()
            if fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT == S_IFCHR {
                dup2(null, descriptor)
            }
        }
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
