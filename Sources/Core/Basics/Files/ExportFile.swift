package import Foundation

/// A file that a person names for output (`-o`, `--cam`, `--tensors`, `--write-exclusions`). It may
/// be anything that `cp` writes to: pipes and devices are written to and stay what they are, links
/// are followed, and a file that is replaced keeps its mode and its owner. `-` is standard output.
package enum ExportFile {
    package enum Kind: Sendable {
        case file
        /// A pipe, a device, or the program's own standard output or error.
        case stream
    }

    /// Where a path leads.
    private enum Target {
        case standardOutput
        /// A file that the program has open as its output or its errors.
        case open(Int32)
        case stream
        case file(stat)
        case nothing
    }

    /// - Throws: `FileFailure` for a folder, a link to nowhere, and a file that is not to be replaced.
    private static func target(_ path: String, replacing: Bool) throws -> Target {
        if path == "-" { return .standardOutput }
        var status = stat()
        guard stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw AtomicFile.failure(path, errno) }
            if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
                throw FileFailure.linkToNowhere(path, target: target)
            }
            return .nothing
        }
        if status.st_mode & S_IFMT == S_IFDIR { throw AtomicFile.failure(path, EISDIR) }
        for own in [STDOUT_FILENO, STDERR_FILENO] {
            var open = stat()
            if fstat(own, &open) == 0, open.st_dev == status.st_dev, open.st_ino == status.st_ino {
                return .open(own)
            }
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return .stream }
        guard replacing else { throw FileFailure.alreadyThere(path) }
        return .file(status)
    }

    /// Refuses what `write` would, as far as that is known before there is anything to write.
    package static func check(_ path: String, replacing: Bool) throws {
        if case .nothing = try target(path, replacing: replacing),
            access(PathParts.folder(path), W_OK | X_OK) != 0
        {
            throw AtomicFile.failure(path, errno)
        }
    }

    /// Writes what `body` appends. A regular file is replaced atomically where its folder allows
    /// that, else overwritten.
    ///
    /// - Parameter replacing: false refuses a regular file that is there, also one that another
    ///   program makes meanwhile.
    /// - Throws: `FileFailure` if it cannot be written, and whatever `body` throws.
    @discardableResult
    package static func write(
        _ path: String, replacing: Bool, _ body: (borrowing AtomicFile) throws -> Void
    ) throws -> Kind {
        switch try target(path, replacing: replacing) {
        case .standardOutput:
            try body(AtomicFile(descriptor: STDOUT_FILENO, path: "standard output"))
            return .stream
        case .open(let own):
            // Opened again it would be written from its beginning, over what is there.
            try body(AtomicFile(descriptor: own, path: path))
            return .stream
        case .stream:
            try overwrite(path, O_WRONLY, body)
            return .stream
        case .nothing: try AtomicFile.write(path, replacing: replacing, body)
        case .file(let status):
            guard let real = replaceable(path, status) else {
                try overwrite(path, O_WRONLY | O_TRUNC, body)
                break
            }
            do {
                try AtomicFile.write(real, like: status, body)
            } catch let error as FileFailure where error.writeCode.map(mayOverwrite) == true {
                // The folder takes no new file; the file itself may still be written.
                try overwrite(path, O_WRONLY | O_TRUNC, body)
            }
        }
        return .file
    }

    /// The file behind the links at `path`; nil for one of several names, which a new file would part
    /// from the others.
    private static func replaceable(_ path: String, _ status: stat) -> String? {
        guard status.st_nlink == 1, let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// Writes `data`.
    @discardableResult
    package static func write(_ data: Data, to path: String, replacing: Bool) throws -> Kind {
        try write(path, replacing: replacing) { file in
            try data.withUnsafeBytes { try file.append($0) }
        }
    }

    /// Writes several files into a folder, which is made if it is not there: all of them or none.
    ///
    /// - Throws: as `write` does, before the first is written if one of them is refused.
    package static func write(
        _ files: [(name: String, data: Data)], in folder: String, replacing: Bool
    ) throws {
        let made = try Home.prepare(folder)
        do {
            var entries: [AtomicFile.Entry] = []
            var others: [(path: String, data: Data)] = []
            for (name, data) in files {
                let path = "\(folder)/\(name)"
                switch try target(path, replacing: replacing) {
                case .nothing: entries.append(.init(path: path, data: data))
                case .file(let status):
                    if let real = replaceable(path, status) {
                        entries.append(.init(path: real, data: data, like: status))
                    } else {
                        others.append((path, data))
                    }
                case .standardOutput, .open, .stream: others.append((path, data))
                }
            }
            try AtomicFile.write(entries, replacing: replacing)
            for (path, data) in others { try write(data, to: path, replacing: replacing) }
        } catch {
            Home.removeEmpty(made)
            throw error
        }
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
