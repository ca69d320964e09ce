import Basics
import Foundation

/// Finds the photos that arguments name: files as they are, folders with all that lies below them,
/// and shell patterns that the shell has left alone (`'photos/*.jpg'`).
///
/// Arguments and results are `PathText`. Within a folder, names are in byte order and files precede
/// folders. Hidden names, folders of the system and links to folders are passed over.
package struct PhotoSearch: Sendable {
    /// The photos found, in the order of the arguments.
    package private(set) var files: [String] = []
    /// Other files met in folders, by kind.
    package private(set) var others = OtherFiles()
    /// Folders below the arguments that cannot be read.
    package private(set) var unreadableFolders: [String] = []
    private let formats: ImageFormats

    /// - Parameter formats: decide which files of a folder are photos.
    package init(_ formats: ImageFormats = .keras) { self.formats = formats }

    /// Adds what an argument names.
    ///
    /// - Throws: `PhotoFailure` if there is no such file; `PhotoFolderFailure` if a folder cannot
    ///   be read.
    package mutating func add(_ argument: String) throws {
        if let status = PathText.status(argument) {
            guard status.st_mode & S_IFMT == S_IFDIR else { return files.append(argument) }
            if !walk(argument) {
                throw PhotoFolderFailure.cannotBeRead(argument)
            }
            return
        }
        let failure = errno
        let matches = Self.expand(argument)
        if matches.isEmpty {
            throw failure == ENOENT
                ? PhotoFailure.missing(argument) : .cannotBeOpened(argument, code: failure)
        }
        for match in matches { try add(match) }
    }

    /// Returns the names that a shell pattern matches; none if it has no special characters.
    private static func expand(_ pattern: String) -> [String] {
        guard pattern.contains(where: "*?[".contains) else { return [] }
        var found = glob_t()
        defer { globfree(&found) }
        guard PathText.withCPath(pattern, { glob($0, 0, nil, &found) }) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { index in
            found.gl_pathv[index].map { path in
                PathText.text(
                    UnsafeBufferPointer(start: path, count: strlen(path)).map { UInt8(bitPattern: $0) })
            }
        }
    }

    /// Adds the photos below a folder; false if it cannot be read.
    private mutating func walk(_ folder: String) -> Bool {
        guard let entries = FileCalls.entries(of: folder) else { return false }
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        var folders: [String] = []
        for entry in entries where entry.name.utf8.first != UInt8(ascii: ".") {
            if entry.isFolder {
                if !entry.isLink, !SystemFiles.isFolder(entry.name) { folders.append(entry.name) }
            } else if formats.lists(PhotoPath(entry.name)) {
                files.append(prefix + entry.name)
            } else if !SystemFiles.isFile(entry.name) {
                others.add(FileKind(path: prefix + entry.name), file: PhotoPath(entry.name), class: folder)
            }
        }
        for name in folders where !walk(prefix + name) { unreadableFolders.append(prefix + name) }
        return true
    }
}
