import Basics
import Foundation

/// Photos to leave out, kept in a text file: one path per line, relative to the photo folder; lines
/// that begin with `#` are comments. Nothing is ever deleted.
///
/// The split is computed before exclusions are applied, so leaving out one photo never moves
/// another between training and validation.
package struct ExclusionList: Sendable, Equatable {
    /// Relative paths, sorted by code points, without duplicates.
    package let files: [String]
    private let set: Set<String>

    /// Longest list in bytes; anything longer is more likely a mistake.
    static let mostBytes = 64 << 20

    /// Beginning of a comment line that this program writes.
    static let commentMark = "# "

    package init(_ files: some Sequence<String> = []) {
        set = Set(files)
        self.files = set.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    }

    /// Reads a list from a file.
    ///
    /// - Throws: `UserError` if it cannot be read, is not UTF-8 text, or has a line that is not a
    ///   relative path.
    package init(path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw UserError(
                "There is no exclusion list \(path); give --exclude a file with one photo's path a line.")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw UserError(
                "The exclusion list \(path) is a folder; give --exclude a file with one photo's path a line.")
        }
        guard let file = FileHandle(forReadingAtPath: path),
            let data = try? file.read(upToCount: Self.mostBytes + 1) ?? Data()
        else {
            throw UserError("The exclusion list \(path) cannot be read; check its permissions.")
        }
        try? file.close()
        guard data.count <= Self.mostBytes else {
            throw UserError(
                "The exclusion list \(path) is longer than \(Self.mostBytes >> 20) MB; it holds one photo's path a line."
            )
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw UserError(
                "The exclusion list \(path) is no text in UTF-8; it holds one photo's path a line.")
        }
        try self.init(text: text, name: path)
    }

    /// - Parameter name: the list's name in errors.
    init(text: String, name: String) throws {
        var files: [String] = []
        // Split by scalars, because Swift treats CR LF as a single character.
        for (number, scalars) in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            var line = String(scalars)
            if line.unicodeScalars.last == "\r" { line.unicodeScalars.removeLast() }
            if line.hasPrefix("#") || line.allSatisfy(\.isWhitespace) { continue }
            let parts = line.split(separator: "/").filter { $0 != "." }
            guard !line.hasPrefix("/"), !parts.contains(".."), !parts.isEmpty else {
                throw UserError(
                    "Line \(number + 1) of the exclusion list \(name) is no path below the photo folder, such as daisy/1.jpg."
                )
            }
            files.append(parts.joined(separator: "/"))
        }
        self.init(files)
    }

    package func contains(_ file: String) -> Bool { set.contains(file) }

    /// Whether some end of a path is listed: `daisy/1.jpg` covers `photos/daisy/1.jpg`.
    package func coversEnd(of path: String) -> Bool {
        let parts = path.split(separator: "/")
        return parts.indices.contains { contains(parts[$0...].joined(separator: "/")) }
    }

    /// Whether a list can hold the name: one with a line break does not fit on a line.
    private static func fits(_ file: String) -> Bool {
        !file.unicodeScalars.contains("\n") && !file.hasSuffix("\r")
    }

    /// Writes the list to a file that a person may have named (`ExportFile`).
    ///
    /// - Parameter comment: lines of the heading, without `#`.
    /// - Returns: the files whose names no list can hold.
    /// - Throws: `UserError` if it cannot be written.
    @discardableResult
    package func write(to path: String, comment: [String] = []) throws -> [String] {
        // A path whose first folder begins with # would read as a comment.
        let lines =
            comment.map { Self.commentMark + $0.replacing("\n", with: " ").replacing("\r", with: " ") }
            + files.filter(Self.fits).map { $0.hasPrefix("#") ? "./\($0)" : $0 }
        try ExportFile.write(Data(lines.map { $0 + "\n" }.joined().utf8), to: path)
        return files.filter { !Self.fits($0) }
    }
}
