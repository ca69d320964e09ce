import Foundation

/// Photos to leave out, as a text file lists them: one path a line, relative to the photo folder; `#` begins a comment
/// line. Nothing is ever deleted.
///
/// The split is computed as if nothing were left out, so that a photo never moves between training and validation
/// because another one is left out.
public struct ExclusionList: Sendable, Equatable {
    /// Relative paths, sorted, without repetition.
    public let files: [String]
    private let set: Set<String>

    /// A list that is longer is more likely a mistake.
    static let mostBytes = 64 << 20

    public init(_ files: some Sequence<String> = []) {
        set = Set(files)
        self.files = set.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    }

    /// Reads a list.
    ///
    /// - Throws: `UserError` when it cannot be read, is no text, or a line is no relative path.
    public init(path: String) throws {
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

    /// - Parameter name: what errors call the list.
    init(text: String, name: String) throws {
        var files: [String] = []
        // Scalars, because Swift takes a carriage return and a line feed for one character.
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

    public func contains(_ file: String) -> Bool { set.contains(file) }

    /// Whether a path from anywhere ends in a listed one: `photos/daisy/1.jpg` in `daisy/1.jpg`.
    public func coversEnd(of path: String) -> Bool {
        let parts = path.split(separator: "/")
        return parts.indices.contains { contains(parts[$0...].joined(separator: "/")) }
    }

    /// Those of `files` that a list can hold: a name with a line break cannot stand in a line.
    private static func fits(_ file: String) -> Bool {
        !file.unicodeScalars.contains("\n") && !file.hasSuffix("\r")
    }

    /// Writes the list atomically.
    ///
    /// - Parameter comment: lines for its head, without `#`.
    /// - Returns: files whose names no list can hold.
    /// - Throws: `UserError` when it cannot be written.
    @discardableResult
    public func write(to path: String, comment: [String] = []) throws -> [String] {
        // A first folder that begins with # would read as a comment.
        let lines =
            comment.map { "# \($0.replacing("\n", with: " ").replacing("\r", with: " "))" }
            + files.filter(Self.fits).map { $0.hasPrefix("#") ? "./\($0)" : $0 }
        try AtomicFile.write(Data(lines.map { $0 + "\n" }.joined().utf8), to: path)
        return files.filter { !Self.fits($0) }
    }
}
