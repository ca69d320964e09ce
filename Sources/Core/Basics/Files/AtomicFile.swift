package import Foundation

/// Atomic writing of files: at every moment a file's name leads either to the old content or to the
/// whole new one. Temporary file in the same folder, fsync, rename, fsync of the folder.
package struct AtomicFile: ~Copyable {
    private let descriptor: Int32
    private let path: String
    /// Bytes not yet written; nil writes at once.
    private let buffer: Buffer?

    /// Gathers small pieces, so that a checkpoint of hundreds of tensors takes few writes.
    private final class Buffer {
        static let limit = 1 << 20
        var bytes: [UInt8] = []
    }

    /// Writes a file at `path` with what `body` appends, in place of the one there.
    ///
    /// - Throws: a `FileFailure` if the disk is full or the folder cannot be written, and whatever
    ///   `body` throws; the old file, if any, is then untouched and no temporary file is left. If
    ///   only the last step fails, the fsync of the folder, the new file is in place, but a power
    ///   cut may still undo that.
    ///
    /// - Parameters:
    ///   - like: gives the new file the mode and, if possible, the owner of this one.
    ///   - replacing: false leaves a file that is there by the end alone (`FileFailure.alreadyThere`).
    package static func write(
        _ path: String, like: stat? = nil, replacing: Bool = true,
        _ body: (borrowing AtomicFile) throws -> Void
    ) throws {
        let temporary = try stage(path, like, body)
        do { try move(temporary, to: path, replacing) } catch {
            unlink(temporary)
            throw error
        }
        try synchronizeFolder(of: path)
    }

    /// A file to be written together with others.
    package struct Entry {
        package let path: String
        package let data: Data
        /// As in `write`.
        package let like: stat?

        package init(path: String, data: Data, like: stat? = nil) {
            (self.path, self.data, self.like) = (path, data, like)
        }
    }

    /// Writes several files. None gets its name before all are on the disk, so that a disk that is
    /// full leaves nothing new.
    ///
    /// - Throws: as `write` does. Files that had got their names by then are removed unless they
    ///   replaced one.
    package static func write(_ entries: [Entry], replacing: Bool = true) throws {
        var staged: [String] = []
        var placed = 0
        do {
            for entry in entries {
                staged.append(
                    try stage(entry.path, entry.like) { file in
                        try entry.data.withUnsafeBytes { try file.append($0) }
                    })
            }
            for (temporary, entry) in zip(staged, entries) {
                try move(temporary, to: entry.path, replacing)
                placed += 1
            }
        } catch {
            for temporary in staged[placed...] { unlink(temporary) }
            if !replacing { for entry in entries[..<placed] { unlink(entry.path) } }
            throw error
        }
        for folder in Set(entries.map { PathParts.folder($0.path) }).sorted() {
            try synchronizeFolder(of: folder + "/.")
        }
    }

    /// Writes a file beside `path` and returns its name.
    ///
    /// - Throws: as `write` does; no file is left then.
    private static func stage(
        _ path: String, _ like: stat?, _ body: (borrowing AtomicFile) throws -> Void
    ) throws -> String {
        let temporary = temporaryName(path)
        let descriptor = FileCalls.open(temporary, O_WRONLY | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { throw failure(path, errno) }
        do {
            if let like {
                // Only root may give a file away; the owner goes first, because it resets mode bits.
                _ = fchown(descriptor, like.st_uid, like.st_gid)
                _ = fchmod(descriptor, like.st_mode & 0o7777)
            }
            let file = AtomicFile(descriptor: descriptor, path: path, buffer: Buffer())
            do {
                try body(file)
                try file.flush()
                guard FileCalls.sync(descriptor) == 0 else { throw failure(path, errno) }
            } catch {
                close(descriptor)
                throw error
            }
            guard close(descriptor) == 0 else { throw failure(path, errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        return temporary
    }

    private static func move(_ temporary: String, to path: String, _ replacing: Bool) throws {
        if replacing {
            guard FileCalls.rename(temporary, to: path) == 0 else { throw failure(path, errno) }
        } else {
            guard FileCalls.rename(temporary, toUnused: path) == 0 else {
                throw errno == EEXIST ? FileFailure.alreadyThere(path) : failure(path, errno)
            }
        }
    }

    /// Replaces the file at `path` with `data`.
    package static func write(_ data: Data, to path: String) throws {
        try write(path) { file in try data.withUnsafeBytes { try file.append($0) } }
    }

    /// Gives the file at `existing` a second name by a hard link, in place of any file of that
    /// name.
    ///
    /// - Throws: a `FileFailure`, also if the file system has no hard links.
    package static func link(_ existing: String, as path: String) throws {
        let temporary = temporaryName(path)
        guard FileCalls.link(existing, to: temporary) == 0 else { throw failure(path, errno) }
        // If both names already lead to the same file, rename does nothing and leaves the temporary
        // one.
        defer { unlink(temporary) }
        guard FileCalls.rename(temporary, to: path) == 0 else { throw failure(path, errno) }
        try synchronizeFolder(of: path)
    }

    private static func temporaryName(_ path: String) -> String {
        "\(PathParts.folder(path))/.\(PathParts.name(path)).\(UUID().uuidString).tmp"
    }

    /// Creates a writer on an open descriptor, which the caller closes.
    package init(descriptor: Int32, path: String) {
        self.init(descriptor: descriptor, path: path, buffer: nil)
    }

    private init(descriptor: Int32, path: String, buffer: Buffer?) {
        (self.descriptor, self.path, self.buffer) = (descriptor, path, buffer)
    }

    /// Appends all of `bytes`.
    package borrowing func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard let buffer else { return try write(bytes) }
        if buffer.bytes.count + bytes.count > Buffer.limit { try flush() }
        if bytes.count > Buffer.limit { try write(bytes) } else { buffer.bytes.append(contentsOf: bytes) }
    }

    /// Appends a line of text.
    package borrowing func append(line: String) throws {
        var text = line + "\n"
        try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
    }

    private borrowing func flush() throws {
        guard let buffer, !buffer.bytes.isEmpty else { return }
        try buffer.bytes.withUnsafeBytes { try write($0) }
        buffer.bytes.removeAll(keepingCapacity: true)
    }

    private borrowing func write(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let count = FileCalls.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                throw Self.failure(path, count == 0 ? ENOSPC : errno)
            }
        }
    }

    /// Makes a rename to `path` survive a power cut.
    ///
    /// - Throws: a `FileFailure` if the disk does not confirm it. File systems that cannot sync
    ///   folders are accepted.
    static func synchronizeFolder(of path: String) throws {
        let descriptor = FileCalls.open(PathParts.folder(path), O_RDONLY | O_DIRECTORY)
        // A folder that may be written but not read gives no descriptor to sync.
        if descriptor < 0, errno == EACCES { return }
        guard descriptor >= 0 else { throw unconfirmed(path, errno) }
        defer { close(descriptor) }
        if FileCalls.sync(descriptor) != 0, ![EINVAL, ENOTSUP, ENOSYS].contains(errno) {
            throw unconfirmed(path, errno)
        }
    }

    private static func unconfirmed(_ path: String, _ code: Int32) -> FileFailure {
        .unconfirmed(path, code: code)
    }

    /// Returns the error for a failed write of `path`.
    package static func failure(_ path: String, _ code: Int32) -> FileFailure {
        .cannotBeWritten(path, code: code)
    }
}
