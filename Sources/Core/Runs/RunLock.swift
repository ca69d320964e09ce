import Foundation

/// The right to train a run, as an advisory lock on a file of its folder. The kernel takes
/// it back when the process dies in whatever way, so a run whose lock is free is over.
///
/// The file says who holds it. Where the file system has no locks, that is what counts, while that process lives.
public final class RunLock: Sendable {
    private let descriptor: Int32

    init(_ folder: RunFolder) throws {
        descriptor = FileCalls.open(folder.lock, O_RDWR | O_CREAT)
        guard descriptor >= 0 else { throw AtomicFile.failure(folder.lock, errno) }
        let isTaken = flock(descriptor, LOCK_EX | LOCK_NB) != 0
        if isTaken, errno == EWOULDBLOCK || LockHolder(folder.lock)?.isAlive == true {
            close(descriptor)
            throw UserError(
                "Run \(folder.id) is trained by \(folder.holderText): `flowers-tui attach \(folder.id)` shows it, "
                    + "`flowers-tui runs stop \(folder.id)` ends it.")
        }
        // Best effort: without it the lock holds all the same, and messages do not know who.
        if let data = try? JSONEncoder().encode(LockHolder()), ftruncate(descriptor, 0) == 0 {
            _ = data.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        }
    }

    deinit {
        ftruncate(descriptor, 0)
        close(descriptor)
    }

    static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return false }
        return errno == EWOULDBLOCK || LockHolder(path)?.isAlive == true
    }
}

/// Which process holds a run's lock.
struct LockHolder: Codable, Equatable {
    var process: Int
    /// When it started, in ticks since the machine did: numbers of processes are used again.
    var started: Int
    var host: String
    /// Linux' id of the time since the machine started.
    var boot: String

    /// This process.
    init() {
        process = Int(getpid())
        started = Self.start(of: process) ?? 0
        (host, boot) = (ProcessInfo.processInfo.hostName, Self.currentBoot)
    }

    /// What a lock's file says; nil when it says nothing.
    init?(_ path: String) {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: 4096),
            let holder = try? JSONDecoder().decode(LockHolder.self, from: data)
        else { return nil }
        self = holder
    }

    /// Whether that very process still runs on this machine.
    var isAlive: Bool { boot == Self.currentBoot && Self.start(of: process).map { $0 == started } == true }

    private static var currentBoot: String {
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?.trimmingCharacters(
            in: .whitespacesAndNewlines) ?? ""
    }

    /// The 22nd field of a process' `stat`; the second, its name, stands in brackets and may hold anything.
    private static func start(of process: Int) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].split(separator: " ")
        return fields.count > 20 ? Int(fields[20]) : nil
    }
}

extension RunFolder {
    /// Who trains the run, for messages: `process 1234 on lab`.
    var holderText: String {
        LockHolder(lock).map { "process \($0.process) on \($0.host)" } ?? "another process"
    }
}
