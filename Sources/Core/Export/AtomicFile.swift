import Foundation

/// Writes a file so that at every moment its name leads to the old content or to the
/// whole new one: temporary file in the same folder, fsync, rename, fsync of the folder.
public struct AtomicFile: ~Copyable {
    private let descriptor: Int32
    private let path: String
    /// What is still to be written; nil writes at once.
    private let buffer: Buffer?

    /// Small pieces are gathered, so that a checkpoint of hundreds of tensors takes a few writes.
    private final class Buffer {
        static let limit = 1 << 20
        var bytes: [UInt8] = []
    }

    /// Replaces the file at `path` by what `body` writes.
    ///
    /// - Throws: a `UserError` when the disk is full or the folder cannot be written, and
    ///   whatever `body` throws; the old file, if any, is then untouched and no temporary
    ///   file is left. When only the last step fails, the folder's fsync, the new file is in its place, but a power cut may
    ///   still undo that.
    public static func write(_ path: String, _ body: (borrowing AtomicFile) throws -> Void) throws {
        let temporary = temporaryName(path)
        let descriptor = FileCalls.open(temporary, O_WRONLY | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { throw failure(path, errno) }
        do {
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

    /// Replaces the file at `path` by `data`.
    public static func write(_ data: Data, to path: String) throws {
        try write(path) { file in try data.withUnsafeBytes { try file.append($0) } }
    }

    /// Gives the file at `existing` a second name, in place of what has it now; the two share their bytes.
    ///
    /// - Throws: a `UserError`, also where the file system knows no hard links.
    static func link(_ existing: String, as path: String) throws {
        let temporary = temporaryName(path)
        guard FileCalls.link(existing, to: temporary) == 0 else { throw failure(path, errno) }
        // A name that leads to the same file already stays, and so does the temporary one.
        defer { unlink(temporary) }
        guard FileCalls.rename(temporary, to: path) == 0 else { throw failure(path, errno) }
        try synchronizeFolder(of: path)
    }

    private static func temporaryName(_ path: String) -> String {
        "\(folder(of: path))/.\((path as NSString).lastPathComponent).\(UUID().uuidString).tmp"
    }

    private static func folder(_ path: String) -> String { path.isEmpty ? "." : path }
    private static func folder(of path: String) -> String {
        folder((path as NSString).deletingLastPathComponent)
    }

    /// A writer on an open descriptor, which stays the caller's to close.
    init(descriptor: Int32, path: String) { self.init(descriptor: descriptor, path: path, buffer: nil) }

    private init(descriptor: Int32, path: String, buffer: Buffer?) {
        (self.descriptor, self.path, self.buffer) = (descriptor, path, buffer)
    }

    /// Appends all of `bytes`.
    public borrowing func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard let buffer else { return try write(bytes) }
        if buffer.bytes.count + bytes.count > Buffer.limit { try flush() }
        if bytes.count > Buffer.limit { try write(bytes) } else { buffer.bytes.append(contentsOf: bytes) }
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
    /// - Throws: a `UserError` when the disk does not confirm it. File systems that cannot do it for folders are taken as
    ///   they are.
    static func synchronizeFolder(of path: String) throws {
        let descriptor = FileCalls.open(folder(of: path), O_RDONLY | O_DIRECTORY)
        // A folder that may be written but not read has no descriptor to ask with.
        if descriptor < 0, errno == EACCES { return }
        guard descriptor >= 0 else { throw unconfirmed(path, errno) }
        defer { close(descriptor) }
        if FileCalls.sync(descriptor) != 0, ![EINVAL, ENOTSUP, ENOSYS].contains(errno) {
            throw unconfirmed(path, errno)
        }
    }

    private static func unconfirmed(_ path: String, _ code: Int32) -> UserError {
        UserError(
            "\(path) was written, but the disk has not confirmed it: \(String(cString: strerror(code))).")
    }

    /// The sentence for a failed write of `path`.
    static func failure(_ path: String, _ code: Int32) -> UserError {
        switch code {
        case ENOSPC, EDQUOT:
            UserError("\(path) cannot be written: no space is left on the disk; free some and try again.")
        case EACCES, EPERM, EROFS:
            UserError("\(path) cannot be written: no permission there; choose another folder with --home.")
        default:
            UserError("\(path) cannot be written: \(String(cString: strerror(code))).")
        }
    }
}
