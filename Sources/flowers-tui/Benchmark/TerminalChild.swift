import Basics
import Foundation

/// This program running in a pseudo-terminal, to measure what a user at a terminal would see.
final class TerminalChild {
    private let master: Int32
    let process: pid_t

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - arguments: the arguments without the program's name.
    ///   - terminal: the value of `TERM`.
    /// - Throws: `UserError` if no pseudo-terminal or process can be created.
    init(_ arguments: [String], columns: Int, rows: Int, terminal: String = "xterm-256color") throws {
        var (master, slave): (Int32, Int32) = (-1, -1)
        var name = [CChar](repeating: 0, count: 128)
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        guard openpty(&master, &slave, &name, nil, &size) == 0 else {
            throw UserError(
                "No pseudo-terminal can be opened (\(String(cString: strerror(errno)))); close some terminals."
            )
        }
        _ = fcntl(master, F_SETFD, FD_CLOEXEC)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in 0...2 as ClosedRange<Int32> {
            posix_spawn_file_actions_adddup2(&actions, slave, descriptor)
        }
        posix_spawn_file_actions_addclose(&actions, slave)
        var environment = ProcessInfo.processInfo.environment
        environment["TERM"] = terminal
        environment["COLORTERM"] = nil
        environment["NO_COLOR"] = nil
        environment["LANG"] = "C.UTF-8"
        environment["LC_ALL"] = nil
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, nil, &argv, &envp)
        close(slave)
        guard code == 0 else {
            close(master)
            throw UserError("The program cannot be started again (\(String(cString: strerror(code)))).")
        }
        (self.master, self.process) = (master, process)
    }

    func send(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = bytes.withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    }

    /// Reads output until `text` appears, for at most `seconds`; nil reads until the end of the
    /// output or of the time. Returns whether `text` appeared.
    func read(until text: String?, seconds: Double) -> Bool {
        let wanted = text.map { Array($0.utf8) } ?? []
        var tail: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let start = ContinuousClock.now
        while true {
            let left = seconds - start.duration(to: .now).seconds
            if left <= 0 { return false }
            var descriptor = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, Int32(left * 1000) + 1) > 0 else { continue }
            let count = Foundation.read(master, &buffer, buffer.count)
            if count <= 0 { return false }
            if text == nil { continue }
            tail += buffer[..<count]
            if Self.contains(tail, wanted) { return true }
            tail.removeFirst(max(0, tail.count - wanted.count))
        }
    }

    private static func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard bytes.count >= wanted.count else { return false }
        return (0...bytes.count - wanted.count).contains {
            bytes[$0..<$0 + wanted.count].elementsEqual(wanted)
        }
    }

    /// CPU time in seconds of the drawing thread, and of the whole process.
    var processorSeconds: (screen: Double, all: Double) {
        func seconds(_ path: String) -> Double {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else { return 0 }
            let fields = text[end...].split(separator: " ")
            guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
                return 0
            }
            return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
        return (seconds("/proc/\(process)/task/\(process)/stat"), seconds("/proc/\(process)/stat"))
    }

    /// Ends the program, by force if necessary.
    func end() {
        kill(process, SIGTERM)
        _ = read(until: nil, seconds: 5)
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        close(master)
    }
}
