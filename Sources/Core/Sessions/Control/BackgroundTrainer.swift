package import Basics
import Foundation
package import Runs
import Training

/// Continues a saved run in a new process without a terminal: this program again, in a session of
/// its own, which a closing terminal and its keys do not reach.
package final class BackgroundTrainer: @unchecked Sendable {
    // Unchecked: `lock` guards the state; the rest is immutable.

    package enum State: Sendable {
        case starting
        /// The run is being trained and front ends can attach to it.
        case live(process: Int)
        case failed(UserError)
    }

    private let folder: RunFolder
    private let arguments: [String]
    private let lock = NSLock()
    private var current = State.starting

    /// Time to wait until the process is ready to train. After that, one that answers counts as
    /// live and any other is ended.
    private static let patienceSeconds = 60.0

    /// - Parameters:
    ///   - arguments: the command line that resumes the run, the program's name first.
    package init(_ folder: RunFolder, arguments: [String]) {
        (self.folder, self.arguments) = (folder, arguments)
    }

    package var state: State { lock.withLock { current } }

    /// Starts the process and returns at once.
    package func start() {
        let thread = Thread { [self] in
            WorkerThread.leaveSignals()
            let result: State
            do { result = .live(process: try launch()) } catch {
                result = .failed(UserError(error))
            }
            lock.withLock { current = result }
        }
        thread.name = "background"
        thread.start()
    }

    /// Starts the process, waits until it is ready to train, and returns its id.
    private func launch() throws -> Int {
        let process = try spawn()
        let start = ContinuousClock.now
        var session: RemoteSession?
        defer { session?.interrupt() }
        while start.duration(to: .now).seconds < Self.patienceSeconds {
            var status: Int32 = 0
            if waitpid(process, &status, WNOHANG) == process { throw failure() }
            if session == nil, let found = try? RemoteSession(folder), found.process == Int(process) {
                session = found
                found.start()
            }
            for case .ready in session?.drainEvents() ?? [] { return Int(process) }
            usleep(20_000)
        }
        guard session != nil else {
            kill(process, SIGTERM)
            throw BackgroundFailure.notBegun(folder.id, seconds: Int(Self.patienceSeconds))
        }
        return Int(process)
    }

    /// Creates the error from the last line that the process printed.
    private func failure() -> BackgroundFailure {
        let text = FileManager.default.contents(atPath: folder.backgroundLog).map {
            String(decoding: $0.suffix(4096), as: UTF8.self)
        }
        let last = text?.split(separator: "\n").last.map { UserError.message(ofLine: String($0)) }
        return .ended(folder.id, last.map { UserError($0) })
    }

    private func spawn() throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, folder.backgroundLog, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        // All other descriptors close by themselves: everything is opened with O_CLOEXEC.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This thread's signal mask and the screen's signal handlers must not be inherited.
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // 0x80 is POSIX_SPAWN_SETSID, which glibc defines for GNU sources only.
        posix_spawnattr_setflags(&attributes, 0x80 | Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        // This same program, even if its file has been replaced meanwhile. The working folder
        // stays, because the run's paths may be relative to it.
        let named = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let program = access(named, X_OK) == 0 ? named : "/proc/self/exe"
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, &attributes, &argv, &envp)
        guard code == 0 else {
            throw BackgroundFailure.noStart(folder.id, code: code)
        }
        return process
    }
}
