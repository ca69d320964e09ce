import Basics
import Foundation

/// The right to train a run: an advisory lock on a file in its folder. The kernel releases it
/// however the process dies, so a run whose lock is free is not being trained.
///
/// The file names the holder. On a file system without locks the named process counts as the holder
/// for as long as it lives.
package final class RunLock: Sendable {
    private let descriptor: Int32

    init(_ folder: RunFolder) throws {
        descriptor = FileCalls.open(folder.lock, O_RDWR | O_CREAT)
        guard descriptor >= 0 else { throw AtomicFile.failure(folder.lock, errno) }
        let isTaken = flock(descriptor, LOCK_EX | LOCK_NB) != 0
        if isTaken, errno == EWOULDBLOCK || LockHolder(folder.lock)?.isAlive == true {
            close(descriptor)
            throw RunFailure.held(folder.id, by: folder.holder)
        }
        // Best effort: the lock holds without it, but messages cannot name the holder.
        if let data = try? JSONEncoder().encode(LockHolder()), ftruncate(descriptor, 0) == 0 {
            _ = data.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        }
    }

    deinit {
        ftruncate(descriptor, 0)
        close(descriptor)
    }

    static func isHeld(_ path: String) -> Bool {
        // A pipe of this name must not block.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return false }
        return errno == EWOULDBLOCK || LockHolder(path)?.isAlive == true
    }
}

/// The process that holds a run's lock.
package struct LockHolder: Codable, Equatable {
    package var process: Int
    /// Its start time in clock ticks since boot, because process ids are reused.
    var started: Int
    var host: String
    /// Linux' id of the current boot.
    var boot: String

    /// Creates the description of this process.
    init() {
        process = Int(getpid())
        started = Self.start(of: process) ?? 0
        (host, boot) = (ProcessInfo.processInfo.hostName, Self.currentBoot)
    }

    /// Reads a lock file; nil if it does not name a holder.
    package init?(_ path: String) {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: 4096),
            let holder = try? JSONDecoder().decode(LockHolder.self, from: data)
        else { return nil }
        self = holder
    }

    /// Whether the same process is still running on this machine.
    package var isAlive: Bool {
        boot == Self.currentBoot && Self.start(of: process).map { $0 == started } == true
    }

    private static var currentBoot: String {
        (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8))?.trimmingCharacters(
            in: .whitespacesAndNewlines) ?? ""
    }

    /// Returns field 22 of the process' `stat`. Field 2, its name, is in parentheses and may
    /// contain anything, so fields are counted from the last parenthesis.
    private static func start(of process: Int) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].split(separator: " ")
        return fields.count > 20 ? Int(fields[20]) : nil
    }
}

extension RunFolder {
    /// The process that trains the run, as far as it says so.
    package var holder: RunHolder? {
        LockHolder(lock).map { RunHolder(process: $0.process, host: $0.host) }
    }
}
