import Basics
import Foundation

/// Photos to leave out, kept in a text file: one path per line, relative to the photo folder; lines
/// that begin with `#` are comments. Nothing is ever deleted.
///
/// The split is computed before exclusions are applied, so leaving out one photo never moves
/// another between training and validation.
package struct ExclusionList: Sendable, Equatable {
    /// Relative paths, sorted, without duplicates.
    package let files: [PhotoPath]
    private let set: Set<PhotoPath>

    /// Longest list in bytes; anything longer is more likely a mistake.
    static let mostBytes = 64 << 20

    /// Beginning of a comment line that this program writes.
    static let commentMark = "# "

    package init(_ files: some Sequence<PhotoPath> = []) {
        set = Set(files)
        self.files = set.sorted()
    }

    /// Reads a list from a file.
    ///
    /// Lines hold the text of paths (`PathText`) or their bytes.
    ///
    /// - Throws: `ExclusionListFailure` if it cannot be read, is not text, or has a line that
    ///   is not a relative path.
    package init(path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ExclusionListFailure.missing(path)
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw ExclusionListFailure.isFolder(path)
        }
        guard let file = FileHandle(forReadingAtPath: path),
            let data = try? file.read(upToCount: Self.mostBytes + 1) ?? Data()
        else {
            throw ExclusionListFailure.cannotBeRead(path)
        }
        try? file.close()
        guard data.count <= Self.mostBytes else {
            throw ExclusionListFailure.longer(path, thanMB: Self.mostBytes >> 20)
        }
        guard !data.contains(0) else {
            throw ExclusionListFailure.noText(path)
        }
        try self.init(bytes: data, name: path)
    }

    /// - Parameter name: the list's name in errors.
    init(text: String, name: String) throws { try self.init(bytes: text.utf8, name: name) }

    private init(bytes: some Collection<UInt8>, name: String) throws {
        var files: [PhotoPath] = []
        let (lineBreak, hash, slash) = (UInt8(ascii: "\n"), UInt8(ascii: "#"), UInt8(ascii: "/"))
        for (number, line) in bytes.split(separator: lineBreak, omittingEmptySubsequences: false).enumerated()
        {
            var line = Array(line)
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            // Editors of Windows put a byte order mark before the first line.
            if number == 0, line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
            // A line in UTF-8 is a text, which may have escapes; any other is a path.
            let text = String(validating: line, as: UTF8.self) ?? PathText.text(line)
            if line.first == hash || text.allSatisfy(\.isWhitespace) { continue }
            let parts = text.utf8.split(separator: slash).map { String(Substring($0)) }.filter { $0 != "." }
            guard line.first != slash, !parts.contains(".."), !parts.isEmpty else {
                throw ExclusionListFailure.noPath(name, line: number + 1)
            }
            files.append(PhotoPath(parts.joined(separator: "/")))
        }
        self.init(files)
    }

    package func contains(_ file: PhotoPath) -> Bool { set.contains(file) }

    /// Whether some end of a path is listed: `daisy/1.jpg` covers `photos/daisy/1.jpg`.
    package func coversEnd(of path: String) -> Bool {
        let parts = path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        return parts.indices.contains { contains(PhotoPath(parts[$0...].joined(separator: "/"))) }
    }

    /// Whether a list can hold the name: one with a line break does not fit on a line.
    private static func fits(_ file: PhotoPath) -> Bool {
        !file.text.utf8.contains(UInt8(ascii: "\n")) && file.text.utf8.last != UInt8(ascii: "\r")
    }

    /// Writes the list to a file that a person may have named (`ExportFile`).
    ///
    /// - Parameter comment: lines of the heading, without `#`.
    /// - Returns: the files whose names no list can hold.
    /// - Throws: `FileFailure` if it cannot be written.
    @discardableResult
    package func write(to path: String, comment: [String] = []) throws -> [PhotoPath] {
        // A path whose first folder begins with # would read as a comment.
        let lines =
            comment.map { Self.commentMark + $0.replacing("\n", with: " ").replacing("\r", with: " ") }
            + files.filter(Self.fits).map { $0.text.utf8.first == UInt8(ascii: "#") ? "./\($0)" : $0.text }
        try ExportFile.write(Data(lines.map { $0 + "\n" }.joined().utf8), to: path, replacing: true)
        return files.filter { !Self.fits($0) }
    }
}
