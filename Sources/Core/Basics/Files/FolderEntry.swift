import Foundation

/// An entry of a folder.
package struct FolderEntry: Sendable, Equatable {
    /// The name's `PathText`.
    package var name: String
    /// Whether it is a folder, or a link to one.
    package var isFolder: Bool
    package var isLink: Bool
}

extension FileCalls {
    /// Returns a folder's entries without `.` and `..`, sorted by the bytes of their names; nil with
    /// `errno` set if it cannot be read.
    package static func entries(of path: String) -> [FolderEntry]? {
        guard !fails(.open, path), let folder = PathText.withCPath(path, { opendir($0) }) else { return nil }
        defer { closedir(folder) }
        var result: [(bytes: [UInt8], entry: FolderEntry)] = []
        errno = 0
        while let next = readdir(folder) {
            let bytes = withUnsafeBytes(of: &next.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if bytes != [0x2e], bytes != [0x2e, 0x2e] {
                result.append((bytes, entry(bytes, Int(next.pointee.d_type), in: dirfd(folder))))
            }
            errno = 0
        }
        guard errno == 0 else { return nil }
        return result.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map(\.entry)
    }

    private static func entry(_ name: [UInt8], _ type: Int, in folder: Int32) -> FolderEntry {
        var (isFolder, isLink) = (type == Int(DT_DIR), type == Int(DT_LNK))
        // File systems may leave the type open.
        if isLink || type == Int(DT_UNKNOWN) {
            (name + [0]).withUnsafeBytes { name in
                let path = name.bindMemory(to: CChar.self).baseAddress!
                var status = stat()
                isLink =
                    fstatat(folder, path, &status, AT_SYMLINK_NOFOLLOW) == 0
                    && status.st_mode & S_IFMT == S_IFLNK
                isFolder = fstatat(folder, path, &status, 0) == 0 && status.st_mode & S_IFMT == S_IFDIR
            }
        }
        return FolderEntry(name: PathText.text(name), isFolder: isFolder, isLink: isLink)
    }
}
