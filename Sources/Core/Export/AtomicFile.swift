import Foundation

/// Writes a file so that at every moment its name leads to the old content or to the
/// whole new one: temporary file in the same folder, fsync, rename, fsync of the folder.
public struct AtomicFile: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// Replaces the file at `path` by what `body` writes.
    ///
    /// - Throws: a `UserError` when the disk is full or the folder cannot be written, and
    ///   whatever `body` throws; the old file, if any, is then untouched and no temporary
    ///   file is left.
    public static func write(_ path: String, _ body: (borrowing AtomicFile) throws -> Void) throws {
        let folder = (path as NSString).deletingLastPathComponent
        let temporary =
            "\(folder.isEmpty ? "." : folder)/.\((path as NSString).lastPathComponent).\(UUID().uuidString).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path, errno) }
        do {
            let file = AtomicFile(descriptor: descriptor, path: path)
            do {
                try body(file)
                guard fsync(descriptor) == 0 else { throw failure(path, errno) }
            } catch {
                close(descriptor)
                throw error
            }
            guard close(descriptor) == 0 else { throw failure(path, errno) }
            guard rename(temporary, path) == 0 else { throw failure(path, errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        synchronizeFolder(folder.isEmpty ? "." : folder)
    }

    /// Replaces the file at `path` by `data`.
    public static func write(_ data: Data, to path: String) throws {
        try write(path) { file in try data.withUnsafeBytes { try file.append($0) } }
    }

    /// A writer on an open descriptor, which stays the caller's to close.
    init(descriptor: Int32, path: String) { (self.descriptor, self.path) = (descriptor, path) }

    /// Appends all of `bytes`.
    public borrowing func append(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let count = Foundation.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                throw Self.failure(path, count == 0 ? ENOSPC : errno)
            }
        }
    }

    /// Makes a rename in `folder` survive a power cut.
    static func synchronizeFolder(_ folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
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
