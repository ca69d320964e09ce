import Basics
import Foundation
import GRDB
import Runs

/// The database of a home's run store, opened as the home allows.
struct StoreFile {
    enum Kind {
        /// `runs.sqlite` itself.
        case kept
        /// A copy of it as it is now, for a home that may only be read.
        case copy
        /// Nothing but the runs' folders, gathered anew in memory.
        case folders
    }

    let database: any DatabaseWriter
    let kind: Kind
    /// The part that is missing without the file itself; nil if nothing is.
    var warning: RunStoreFailure?

    private let file: String

    /// - Throws: `DatabaseError`, or an error of copying.
    init(home: String, _ access: RunStore.Access) throws {
        file = home + "/runs.sqlite"
        if access == .reading, !Self.mayWrite(home, file) {
            if !isAccessible(file, F_OK) {
                (database, kind) = (try Self.empty(), .folders)
                return
            }
            if let copy = try? Self.copy(of: file) {
                (database, kind) = (copy, .copy)
            } else {
                (database, kind) = (try Self.empty(), .folders)
                warning = .cannotBeRead(file)
            }
            return
        }
        if Self.hasLocks(home) {
            do {
                database = try Self.isOnNetwork(home) ? Self.withJournal(file) : Self.withLog(file)
                kind = .kept
                return
            } catch let error as DatabaseError where Self.isAboutSharing(error) {
                // Such a file system may still do without shared memory.
                if let database = try? Self.withJournal(file) {
                    (self.database, kind) = (database, .kept)
                    return
                }
            }
        }
        (database, kind) = (try Self.empty(), .folders)
        warning = .noLocks(file, home: home)
    }

    // MARK: Ways to open it

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.label = "runs"
        configuration.prepareDatabase(RunStore.restrict)
        return configuration
    }

    /// With a write-ahead log, whose index all processes share in memory.
    private static func withLog(_ path: String) throws -> any DatabaseWriter {
        try DatabasePool(path: path, configuration: configuration)
    }

    /// With a rollback journal, which needs no shared memory.
    static func withJournal(_ path: String) throws -> any DatabaseWriter {
        var configuration = configuration
        configuration.prepareDatabase { db in
            // In the exclusive mode SQLite reads a log that is left without shared memory.
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = DELETE")
            try db.execute(sql: "PRAGMA locking_mode = NORMAL")
            // The lock is given up with the next use of the file.
            _ = try Int.fetchOne(db, sql: "PRAGMA user_version")
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private static func empty() throws -> any DatabaseWriter {
        try DatabaseQueue(configuration: configuration)
    }

    /// Opens a private copy of the file and of its log, whose names are gone once it is open.
    static func copy(of path: String) throws -> any DatabaseWriter {
        try Scratch.withFile { folder in
            let copy = folder + "/runs.sqlite"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            guard mkdir(folder, 0o700) == 0 else { throw AtomicFile.failure(folder, errno) }
            for suffix in ["", "-wal"] where isAccessible(path + suffix, F_OK) {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
                chmod(copy + suffix, 0o600)
            }
            var configuration = configuration
            configuration.prepareDatabase { db in
                try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF")
                _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = MEMORY")
            }
            return try DatabaseQueue(path: copy, configuration: configuration)
        }
    }

    // MARK: What the home allows

    private static func mayWrite(_ home: String, _ path: String) -> Bool {
        isAccessible(home, W_OK | X_OK)
            && ["", "-wal", "-shm"].allSatisfy {
                !isAccessible(path + $0, F_OK) || isAccessible(path + $0, R_OK | W_OK)
            }
    }

    /// Whether files in the home can be locked, tried on one of their own: closing a file gives up
    /// all locks that the process has on it.
    private static func hasLocks(_ home: String) -> Bool {
        let path = "\(home)/.runs.sqlite-\(UUID().uuidString)"
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        // Another problem than locks, which the opening reports.
        guard descriptor >= 0 else { return true }
        defer {
            close(descriptor)
            unlink(path)
        }
        var lock = flock()
        (lock.l_type, lock.l_whence) = (Int16(F_WRLCK), Int16(SEEK_SET))
        if fcntl(descriptor, F_SETLK, &lock) == 0 { return true }
        return ![ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL].contains(errno)
    }

    /// Types of file systems that several machines share, on which shared memory would not be shared.
    private static let networks: Set<Substring> = [
        "nfs", "nfs4", "9p", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "gpfs", "beegfs", "ocfs2",
        "gfs2", "fuse.sshfs", "fuse.glusterfs", "glusterfs",
    ]

    private static func isOnNetwork(_ home: String) -> Bool {
        let mounts = (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? ""
        return fileSystem(of: home, mounts: mounts).map(networks.contains) == true
    }

    /// Returns the type of the file system that a folder is on.
    ///
    /// - Parameter mounts: the text of `/proc/self/mountinfo`.
    static func fileSystem(of folder: String, mounts: String) -> Substring? {
        guard let real = realpath(folder, nil) else { return nil }
        defer { free(real) }
        let path = String(cString: real)
        var found: (length: Int, type: Substring)?
        for line in mounts.split(separator: "\n") {
            // Identifiers, root, mount point, options, optional fields, a dash, type, source, options.
            let words = line.split(separator: " ")
            guard words.count > 6, let dash = words.firstIndex(of: "-"), words.indices.contains(dash + 1)
            else {
                continue
            }
            let point = words[4].replacing("\\040", with: " ")
            let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
            // The last of several mounts at one place is seen.
            if isAbove, point.utf8.count >= found?.length ?? 0 { found = (point.utf8.count, words[dash + 1]) }
        }
        return found?.type
    }

    /// Whether SQLite failed for want of shared memory or locks.
    private static func isAboutSharing(_ error: DatabaseError) -> Bool {
        [
            .SQLITE_IOERR_SHMMAP, .SQLITE_IOERR_SHMOPEN, .SQLITE_IOERR_SHMLOCK, .SQLITE_IOERR_SHMSIZE,
            .SQLITE_IOERR_LOCK, .SQLITE_IOERR_RDLOCK, .SQLITE_IOERR_UNLOCK,
            .SQLITE_IOERR_CHECKRESERVEDLOCK,
        ].contains(error.extendedResultCode) || [.SQLITE_PROTOCOL, .SQLITE_NOLFS].contains(error.resultCode)
    }
}

private func isAccessible(_ path: String, _ mode: Int32) -> Bool { access(path, mode) == 0 }
