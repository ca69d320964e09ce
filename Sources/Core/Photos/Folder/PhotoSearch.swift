import Basics
import Foundation

/// Finds the photos that arguments name: files as they are, folders with all that lies below them,
/// and shell patterns that the shell has left alone (`'photos/*.jpg'`).
///
/// Within a folder, names are in byte order and files precede folders. Links to folders and hidden
/// names are passed over, as Keras passes over them.
package struct PhotoSearch: Sendable {
    /// The photos found, in the order of the arguments.
    package private(set) var files: [String] = []
    /// Numbers of other files met in folders, by their suffix in lower case; "" for none.
    package private(set) var others: [String: Int] = [:]
    /// Folders below the arguments that cannot be read.
    package private(set) var unreadableFolders: [String] = []

    package init() {}

    /// Adds what an argument names.
    ///
    /// - Throws: `UserError` if there is no such file, or a folder cannot be read.
    package mutating func add(_ argument: String) throws {
        var status = stat()
        if stat(argument, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { return files.append(argument) }
            if !walk(argument) {
                throw UserError("The folder \(argument) cannot be read; check its permissions.")
            }
            return
        }
        let failure = errno
        let matches = Self.expand(argument)
        if matches.isEmpty {
            throw UserError(
                failure == ENOENT
                    ? "There is no file \(argument)."
                    : "\(argument) cannot be opened: \(String(cString: strerror(failure))).")
        }
        for match in matches { try add(match) }
    }

    /// Returns the names that a shell pattern matches; none if it has no special characters.
    private static func expand(_ pattern: String) -> [String] {
        guard pattern.contains(where: "*?[".contains) else { return [] }
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    /// Adds the photos below a folder; false if it cannot be read.
    private mutating func walk(_ folder: String) -> Bool {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return false }
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        var folders: [String] = []
        for name in names.sorted(by: ImageFolder.precedes) where !name.hasPrefix(".") {
            var status = stat()
            guard lstat(prefix + name, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                folders.append(name)
            } else if ImageFolder.suffixes.contains(where: name.lowercased().hasSuffix) {
                files.append(prefix + name)
            } else {
                others[Self.suffix(name), default: 0] += 1
            }
        }
        for name in folders where !walk(prefix + name) { unreadableFolders.append(prefix + name) }
        return true
    }

    private static func suffix(_ name: String) -> String {
        name.lastIndex(of: ".").map { name[$0...].dropFirst().lowercased() } ?? ""
    }
}
