package import Foundation

/// A file that a person names for output (`-o`, `--cam`, `--tensors`, `--write-exclusions`). It may
/// be anything that `cp` writes to: pipes and devices are written to and stay what they are, links
/// are followed, and a file keeps its mode and its owner. `-` is standard output.
package enum ExportFile {
    package enum Kind: Sendable {
        case file
        /// A pipe, a device, or the program's own standard output or error.
        case stream
    }

    /// Writes what `body` appends. A regular file is replaced atomically where its folder allows
    /// that, else overwritten.
    ///
    /// - Throws: `FileFailure` if it cannot be written, and whatever `body` throws.
    @discardableResult
    package static func write(_ path: String, _ body: (borrowing AtomicFile) throws -> Void) throws -> Kind {
        if path == "-" {
            try body(AtomicFile(descriptor: STDOUT_FILENO, path: "standard output"))
            return .stream
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw AtomicFile.failure(path, errno) }
            if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
                throw FileFailure.linkToNowhere(path, target: target)
            }
            try AtomicFile.write(path, body)
            return .file
        }
        if status.st_mode & S_IFMT == S_IFDIR { throw AtomicFile.failure(path, EISDIR) }
        for own in [STDOUT_FILENO, STDERR_FILENO] {
            var open = stat()
            if fstat(own, &open) == 0, open.st_dev == status.st_dev, open.st_ino == status.st_ino {
                // Opened again it would be written from its beginning, over what is there.
                try body(AtomicFile(descriptor: own, path: path))
                return .stream
            }
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            try overwrite(path, O_WRONLY, body)
            return .stream
        }
        // Replacing one of several names would part it from the others.
        if status.st_nlink == 1, let real = realpath(path, nil) {
            defer { free(real) }
            do {
                try AtomicFile.write(String(cString: real), like: status, body)
                return .file
            } catch let error as FileFailure where error.writeCode.map(mayOverwrite) == true {
                // The folder takes no new file; the file itself may still be written.
            }
        }
        try overwrite(path, O_WRONLY | O_TRUNC, body)
        return .file
    }

    /// Writes `data`.
    @discardableResult
    package static func write(_ data: Data, to path: String) throws -> Kind {
        try write(path) { file in try data.withUnsafeBytes { try file.append($0) } }
    }

    /// Writes `data` to a new file of `folder`: `name.type`, or `name-2.type`, `name-3.type` … where
    /// there is one already. Returns its path.
    ///
    /// - Throws: `FileFailure` if it cannot be written; no file is left then.
    package static func writeNew(_ data: Data, named name: String, type: String, in folder: String) throws
        -> String
    {
        var number = 1
        while true {
            let path = "\(folder)/\(name)\(number == 1 ? "" : "-\(number)").\(type)"
            let descriptor = FileCalls.open(path, O_WRONLY | O_CREAT | O_EXCL)
            if descriptor < 0 {
                guard errno == EEXIST else { throw AtomicFile.failure(path, errno) }
                number += 1
                continue
            }
            do {
                let file = AtomicFile(descriptor: descriptor, path: path)
                try data.withUnsafeBytes { try file.append($0) }
            } catch {
                close(descriptor)
                unlink(path)
                throw error
            }
            guard close(descriptor) == 0 else {
                let code = errno
                unlink(path)
                throw AtomicFile.failure(path, code)
            }
            return path
        }
    }

    /// Whether a file that could not be replaced may be overwritten: its folder is read-only, or it
    /// is a mount point of its own.
    private static func mayOverwrite(_ code: Int32) -> Bool {
        [EACCES, EPERM, EROFS, EBUSY, EXDEV].contains(code)
    }

    private static func overwrite(
        _ path: String, _ flags: Int32, _ body: (borrowing AtomicFile) throws -> Void
    ) throws {
        let descriptor = FileCalls.open(path, flags)
        guard descriptor >= 0 else { throw AtomicFile.failure(path, errno) }
        do {
            try body(AtomicFile(descriptor: descriptor, path: path))
        } catch {
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0 else { throw AtomicFile.failure(path, errno) }
    }
}
