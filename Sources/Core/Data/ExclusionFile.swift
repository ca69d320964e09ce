import Foundation

/// The file that a person keeps a list of photos to leave out in. What is there already is added to, or written anew
/// where it is such a list; nothing else is ever written over.
public enum ExclusionFile {
    /// The first line of a list that this program writes, without `#`.
    public static func heading(_ data: String) -> String { "Photos of \(data) to leave out: --exclude." }

    /// - Parameters:
    ///   - data: the photo folder, for the heading.
    ///   - adds: keeps what the file lists already.
    ///   - comment: a second line for the heading.
    /// - Returns: photos that the file now lists, and those whose names no list can hold.
    /// - Throws: `UserError` when the file is there and no list, or cannot be written.
    public static func write(
        _ list: ExclusionList, of data: String, to path: String, adds: Bool, comment: String
    ) throws -> (listed: Int, lost: [String]) {
        var all = list
        if FileManager.default.fileExists(atPath: path) {
            if adds {
                all = ExclusionList(try ExclusionList(path: path).files + list.files)
            } else if !isOurs(path) {
                throw UserError(
                    "\(path) is there already and is no list of this program's: choose another name, or add to it."
                )
            }
        }
        let lost = try all.write(to: path, comment: [heading(data), comment])
        return (all.files.count - lost.count, lost)
    }

    /// Whether a file begins with the heading.
    private static func isOurs(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        guard let head = try? file.read(upToCount: 64 << 10) else { return false }
        let line = String(decoding: head.prefix { $0 != 0x0a }, as: UTF8.self)
        return line.hasPrefix("# Photos of ") && line.hasSuffix(" to leave out: --exclude.")
    }
}
