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

    /// Replaces the file at `path` with what `body` writes.
    ///
    /// - Throws: a `FileFailure` if the disk is full or the folder cannot be written, and whatever
    ///   `body` throws; the old file, if any, is then untouched and no temporary file is left. If
    ///   only the last step fails, the fsync of the folder, the new file is in place, but a power
    ///   cut may still undo that.
    ///
    /// - Parameter like: gives the new file the mode and, if possible, the owner of this one.
    package static func write(
        _ path: String, like: stat? = nil, _ body: (borrowing AtomicFile) throws -> Void
    ) throws {
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
            guard FileCalls.rename(temporary, to: path) == 0 else { throw failure(path, errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        try synchronizeFolder(of: path)
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
