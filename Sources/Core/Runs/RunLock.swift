import Foundation

/// The right to train a run, as an advisory lock on a file of its folder. The kernel takes
/// it back when the process dies in whatever way, so a run whose lock is free is over.
public final class RunLock: Sendable {
    private let descriptor: Int32

    init(_ folder: RunFolder) throws {
        descriptor = FileCalls.open(folder.lock, O_RDWR | O_CREAT)
        guard descriptor >= 0 else { throw AtomicFile.failure(folder.lock, errno) }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(descriptor)
            throw UserError("Run \(folder.id) is being trained by another process: wait for it or stop it first.")
        }
        // A file system without locks lets the run go on; then it is never seen as held.
    }

    deinit { close(descriptor) }

    static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
