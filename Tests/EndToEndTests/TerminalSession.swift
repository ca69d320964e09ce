import Foundation
import TestSupport

/// The program in a pseudo-terminal, with its screen and its input.
final class TerminalSession: @unchecked Sendable {
    // Unchecked: `condition` guards the screen and the exit status.
    struct Timeout: Error, CustomStringConvertible {
        var description: String
    }

    /// Seconds to wait for what the program should show: long, for machines with much else to do.
    private static let patience = 60.0

    private let master: Int32
    /// Kept open so that the terminal's settings can be compared after the program has ended.
    private let slave: Int32
    private let process: pid_t
    private let before: termios
    private let condition = NSCondition()
    private var model: TerminalScreen
    private var exitStatus: Int32?
    private var isHungUp = false
    private var recording: [Recorded]

    /// The program's output and the changes of its window, for replay in another terminal model.
    enum Recorded {
        case bytes([UInt8])
        case resize(columns: Int, rows: Int)
        case mark(String)
    }

    /// - Parameter program: the path of the program to run, ours by default.
    init(
        _ arguments: [String], program: String = Program.path, columns: Int, rows: Int, in photos: TinyPhotos,
        environment more: [String: String] = [:]
    ) throws {
        var (master, slave): (Int32, Int32) = (-1, -1)
        var name = [CChar](repeating: 0, count: 128)
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        guard openpty(&master, &slave, &name, nil, &size) == 0 else { throw CocoaError(.fileReadUnknown) }
        (self.master, self.slave) = (master, slave)
        // If the program inherited the master, its end would never be seen.
        _ = fcntl(master, F_SETFD, FD_CLOEXEC)
        _ = fcntl(slave, F_SETFD, FD_CLOEXEC)
        var settings = termios()
        tcgetattr(slave, &settings)
        before = settings
        model = TerminalScreen(columns: columns, rows: rows)
        recording = [.resize(columns: columns, rows: rows)]

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // In a new session, the first terminal opened becomes the controlling terminal.
        posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The test's threads block signals, and the program would inherit the mask.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSID, which glibc declares only for GNU sources.
        posix_spawnattr_setflags(&attributes, 0x80 | Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let words = [program] + arguments
        let variables = Program.environment(photos, more).map { "\($0.key)=\($0.value)" }
        var argv = words.map { strdup($0) } + [nil]
        var envp = variables.map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        self.process = process
        Survivors.add(process)
        let thread = Thread { [self] in read() }
        thread.start()
    }

    deinit {
        if !isHungUp { close(master) }
        close(slave)
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if condition.withLock({ isHungUp }) {
                close(master)
                // A test that hangs up must make sure that the program ends.
                Survivors.remove(process)
                return
            }
            var descriptor = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            let ready = poll(&descriptor, 1, 50)
            if ready > 0, descriptor.revents & Int16(POLLIN) != 0 {
                let count = Foundation.read(master, &buffer, buffer.count)
                if count > 0 {
                    condition.lock()
                    let bytes = Array(buffer[..<count])
                    model.feed(bytes)
                    recording.append(.bytes(bytes))
                    condition.broadcast()
                    condition.unlock()
                    continue
                }
            }
            var status: Int32 = 0
            if waitpid(process, &status, WNOHANG) == process {
                Survivors.remove(process)
                condition.lock()
                exitStatus = status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
                condition.broadcast()
                condition.unlock()
                return
            }
        }
    }

    var screen: TerminalScreen { condition.withLock { model } }

    func send(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = bytes.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    }

    func signal(_ number: Int32) { kill(process, number) }

    /// Closes the terminal, as a closed window or a lost connection does. The session no longer
    /// waits for the program.
    func hangUp() { condition.withLock { isHungUp = true } }

    /// The program's process ID.
    var id: Int { Int(process) }

    /// Records a mark for the other model, and returns this model's screen.
    @discardableResult
    func mark(_ name: String) -> TerminalScreen {
        condition.withLock {
            recording.append(.mark(name))
            return model
        }
    }

    var recorded: [Recorded] { condition.withLock { recording } }

    /// Bytes that the program has written so far.
    var byteCount: Int {
        recorded.reduce(0) { if case .bytes(let bytes) = $1 { $0 + bytes.count } else { $0 } }
    }

    func resize(columns: Int, rows: Int) {
        condition.withLock {
            model.resize(columns: columns, rows: rows)
            recording.append(.resize(columns: columns, rows: rows))
        }
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        kill(process, SIGWINCH)
    }

    /// Waits up to twenty seconds until the screen satisfies `satisfied`.
    func wait(for what: String, until satisfied: (TerminalScreen) -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: Self.patience)
        condition.lock()
        defer { condition.unlock() }
        while !satisfied(model) {
            if exitStatus != nil || !condition.wait(until: deadline) {
                kill(process, SIGKILL)
                throw Timeout(
                    description: "waited for \(what); exit \(String(describing: exitStatus)):\n\(model.text)")
            }
        }
    }

    func wait(for text: String) throws { try wait(for: text) { $0.text.contains(text) } }

    /// Waits until the program is stopped, as a shell does before it continues it.
    func waitUntilStopped() throws {
        let deadline = Date(timeIntervalSinceNow: Self.patience)
        condition.lock()
        defer { condition.unlock() }
        // The state is the letter after the name in parentheses.
        while (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8))?.contains(") T ")
            != true
        {
            guard Date() < deadline, exitStatus == nil else {
                throw Timeout(description: "waited for the stop:\n\(model.text)")
            }
            _ = condition.wait(until: Date(timeIntervalSinceNow: 0.01))
        }
    }

    /// Waits for the program to exit; 128 + n after signal n.
    func waitForExit() throws -> Int32 {
        let deadline = Date(timeIntervalSinceNow: Self.patience)
        condition.lock()
        defer { condition.unlock() }
        while exitStatus == nil {
            if !condition.wait(until: deadline) {
                kill(process, SIGKILL)
                throw Timeout(description: "waited for the end:\n\(model.text)")
            }
        }
        return exitStatus!
    }

    /// The terminal's settings, screen, cursor and modes are as before the program.
    var isRestored: Bool {
        var after = termios()
        tcgetattr(slave, &after)
        var before = before
        let same = withUnsafeBytes(of: &before) { a in withUnsafeBytes(of: &after) { b in a.elementsEqual(b) }
        }
        return condition.withLock {
            same && !model.isAlternate && model.cursorIsVisible && model.modes.isEmpty
        }
    }
}

/// Programs that would keep training without their terminals if the tests end early after a
/// failure.
private enum Survivors {
    private static let lock = NSLock()
    // `lock` guards it; at exit no test is running any more.
    nonisolated(unsafe) private static var processes: Set<pid_t> = []
    private static let atTheEnd: Void = {
        atexit { for process in Survivors.processes { kill(process, SIGKILL) } }
    }()

    static func add(_ process: pid_t) {
        _ = atTheEnd
        lock.withLock { _ = processes.insert(process) }
    }

    static func remove(_ process: pid_t) { lock.withLock { _ = processes.remove(process) } }
}
