import Basics
import CNcurses
import Foundation
import Runs

/// Handles traps and fatal signals: restores the terminal if the dashboard is open, reports where
/// the run was saved, and raises the signal again.
package enum CrashGuard {
    // Written only before a handler is installed or while `hasScreen` is false. Handlers read them
    // and must neither allocate nor lock.
    nonisolated(unsafe) private static var saved = termios()
    nonisolated(unsafe) private static var hasSaved = false
    nonisolated(unsafe) private static var hasScreen = false
    nonisolated(unsafe) private static let restore = {
        // End the synchronized frame, reset attributes, show the cursor, leave keypad mode and the
        // alternate screen.
        let bytes = Array(
            "\(TerminalModes.allOff)\u{1b}[?2026l\u{1b}[0m\u{1b}[?25h\u{1b}[?1l\u{1b}>\u{1b}[?1049l\r\n".utf8)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = buffer.initialize(from: bytes)
        return buffer
    }()

    nonisolated(unsafe) private static var hasTitle = false
    nonisolated(unsafe) private static let restoreTitle = {
        let bytes = Array(TerminalNotices.popTitle.utf8)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = buffer.initialize(from: bytes)
        return buffer
    }()

    /// Installs the handlers. Call it on the main thread, before training starts.
    package static func install() {
        LastWords.prepare()
        FaultStack.prepareThread()
        for number in LastWords.fatalSignals {
            var action = sigaction()
            action.sa_flags = SA_ONSTACK
            action.__sigaction_handler.sa_handler = { number in
                if CrashGuard.hasTitle {
                    _ = write(
                        STDOUT_FILENO, CrashGuard.restoreTitle.baseAddress, CrashGuard.restoreTitle.count)
                }
                if CrashGuard.hasScreen {
                    _ = write(STDOUT_FILENO, CrashGuard.restore.baseAddress, CrashGuard.restore.count)
                    if CrashGuard.hasSaved { tcsetattr(STDIN_FILENO, TCSANOW, &CrashGuard.saved) }
                    HeldErrors.release()
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
        _ = restore.count + restoreTitle.count
    }

    /// Notes whether the window's title is to be restored.
    static func titleIsSet(_ isSet: Bool) { hasTitle = isSet }

    static func screenIsUp() {
        install()
        HeldErrors.hold()
        hasScreen = true
    }

    static func screenIsDown() {
        hasScreen = false
        HeldErrors.release()
    }
}

/// Flags for the main loop: signals that ask the program to end, or report a lost terminal.
enum EndSignals {
    // Set in signal handlers, which may safely store only a `sig_atomic_t`.
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

/// The standard streams of a process that outlives its terminal.
package enum StandardStreams {
    /// Redirects the streams that are or were a terminal to `/dev/null`. Files and pipes stay.
    package static func leaveTerminal() {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { return }
        defer { close(null) }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            // `isatty` fails on a closed terminal, so test for any character device.
            var status = stat()
            if fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT == S_IFCHR {
                dup2(null, descriptor)
            }
        }
    }
}

/// Job control: flags for signals that stop or continue the program.
enum StopSignals {
    // Set in signal handlers, which may safely store only a `sig_atomic_t`.
    nonisolated(unsafe) private static var stop: sig_atomic_t = 0
    nonisolated(unsafe) private static var goOn: sig_atomic_t = 0

    static func install() {
        signal(SIGTSTP) { _ in StopSignals.stop = 1 }
        signal(SIGCONT) { _ in StopSignals.goOn = 1 }
    }

    static func uninstall() { for number in [SIGTSTP, SIGCONT] { signal(number, SIG_DFL) } }

    /// Stops the process group, as the terminal's own Ctrl-Z does: with make, sudo or a script that
    /// started us, so that the shell gets the terminal. Returns once the process is continued.
    static func stopGroup() {
        goOn = 0
        signal(SIGTSTP, SIG_DFL)
        kill(0, SIGTSTP)
        // The signal may arrive a moment later.
        for _ in 0..<50 where goOn == 0 { usleep(1000) }
        // A group without a shell above it does not stop at this signal.
        if goOn == 0 { raise(SIGSTOP) }
        install()
    }

    /// Returns whether a request to stop has arrived since the last call.
    static func takeStop() -> Bool {
        if stop == 0 { return false }
        stop = 0
        return true
    }

    /// Returns whether the program has been continued since the last call.
    static func takeContinue() -> Bool {
        if goOn == 0 { return false }
        goOn = 0
        return true
    }
}
