package import Foundation

/// Safe reading of files whose size cannot be trusted. Pipes and devices, which may block or never
/// end, are refused. Paths are `PathText`s.
package enum BoundedFile {
    package enum Failure: Error {
        case missing, unreadable
        /// A folder, pipe, socket or device.
        case notAFile
        case tooLarge
    }

    /// Reads the whole file at `path`.
    ///
    /// - Parameter limit: in bytes; at most one byte more is ever taken into memory.
    package static func read(_ path: String, limit: Int) throws(Failure) -> Data {
        let (descriptor, size) = try openRegular(path)
        defer { close(descriptor) }
        guard size <= limit else { throw .tooLarge }
        // The file may grow while it is being read.
        var data = Data(count: size + 1)
        var done = 0
        while true {
            let count = data.withUnsafeMutableBytes {
                Foundation.read(descriptor, $0.baseAddress! + done, $0.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable }
            done += count
            if count == 0 { return data.prefix(done) }
            guard done <= limit else { throw .tooLarge }
            if done == data.count { data.count = min(limit + 1, 2 * done) }
        }
    }

    /// Whether a library may open `path`: it is a regular file, or does not exist yet.
    package static func isFileOrMissing(_ path: String) -> Bool {
        PathText.status(path).map { $0.st_mode & S_IFMT == S_IFREG } ?? (errno == ENOENT)
    }

    /// Whether there is anything at `path`.
    package static func exists(_ path: String) -> Bool { PathText.status(path) != nil }

    /// Opens a regular file for reading; returns nil for anything else.
    package static func open(_ path: String) -> FileHandle? {
        guard let (descriptor, _) = try? openRegular(path) else { return nil }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func openRegular(_ path: String) throws(Failure) -> (descriptor: Int32, size: Int) {
        // Opening a pipe would wait for its writer.
        let descriptor = PathText.withCPath(path) {
            Foundation.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        }
        guard descriptor >= 0 else { throw errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notAFile
        }
        return (descriptor, Int(status.st_size))
    }
}
