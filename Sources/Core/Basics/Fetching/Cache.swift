import Foundation

/// Moves checked files and folders to their places in the cache.
package enum Cache {
    /// Renames a finished file within its folder, after its content has reached the disk.
    package static func move(_ file: String, to path: String) throws {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 {
            fsync(descriptor)
            close(descriptor)
        }
        guard rename(file, path) == 0 else { throw AtomicFile.failure(path, errno) }
        try AtomicFile.synchronizeFolder(of: path)
    }

    /// Renames a finished folder. A folder already at `path`, from another process or incomplete,
    /// is replaced.
    package static func moveFolder(_ folder: String, to path: String) throws {
        if rename(folder, path) != 0 {
            let old = "\(folder).old"
            guard errno == ENOTEMPTY || errno == EEXIST, rename(path, old) == 0 else {
                throw AtomicFile.failure(path, errno)
            }
            guard rename(folder, path) == 0 else { throw AtomicFile.failure(path, errno) }
            try? FileManager.default.removeItem(atPath: old)
        }
        try AtomicFile.synchronizeFolder(of: path)
    }
}
