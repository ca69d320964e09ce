import Basics
import Foundation
import Runs

/// The Unix socket `control.sock` in a run's folder. The process that holds the run's lock listens
/// on it.
enum ControlSocket {
    /// Opens a socket that listens in the folder, for this user only. Replaces a socket that a dead
    /// process left behind, so the caller must hold the run's lock.
    ///
    /// - Throws: `ControlFailure`, for example on a file system without sockets.
    static func listen(in folder: RunFolder) throws -> Int32 {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw failure(folder, errno) }
        unlink(folder.control)
        // Linux copies the file's mode from the socket, so at no time can other users connect.
        guard fchmod(descriptor, 0o600) == 0,
            (try? withAddress(of: folder, { bind(descriptor, $0, $1) })) == 0,
            chmod(folder.control, 0o600) == 0,
            Foundation.listen(descriptor, 16) == 0
        else {
            let code = errno
            close(descriptor)
            throw failure(folder, code)
        }
        return descriptor
    }

    private static func failure(_ folder: RunFolder, _ code: Int32) -> ControlFailure {
        .noSocket(folder.id, path: folder.control, code: code)
    }

    /// Connects to the process that trains the run.
    ///
    /// - Returns: a non-blocking socket, which the caller closes; nil if nobody listens.
    /// - Throws: `ControlFailure` if the listener runs as another user.
    static func connect(to folder: RunFolder) throws -> Int32? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        // A local socket connects at once or not at all, unless the listener's queue is full.
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard (try? withAddress(of: folder, { Foundation.connect(descriptor, $0, $1) })) == 0 else {
            close(descriptor)
            return nil
        }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        guard peerIsThisUser(descriptor) else {
            close(descriptor)
            throw ControlFailure.foreignSocket(folder.control)
        }
        return descriptor
    }

    /// Whether the process at the other end runs as the same user as this one.
    static func peerIsThisUser(_ descriptor: Int32) -> Bool { peer(descriptor)?.user == geteuid() }

    /// Returns the process and user at the other end when it connected (`SO_PEERCRED`).
    static func peer(_ descriptor: Int32) -> (process: pid_t, user: uid_t)? {
        // struct ucred: pid, uid, gid.
        var credentials: [UInt32] = [0, .max, .max]
        var length = socklen_t(12)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0, length == 12 else {
            return nil
        }
        return (pid_t(bitPattern: credentials[0]), credentials[1])
    }

    /// Calls `body` with the socket's address. An address holds only 107 bytes of path, and a
    /// folder's path may be longer, so it leads through the open folder.
    private static func withAddress(
        of folder: RunFolder, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        let directory = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw CocoaError(.fileReadUnknown) }
        defer { close(directory) }
        let path = Array("/proc/self/fd/\(directory)/\(RunFolder.controlName)".utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
