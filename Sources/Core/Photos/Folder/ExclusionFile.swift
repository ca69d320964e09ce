import Basics
import Foundation

/// The file in which a person keeps an exclusion list. An existing list can be extended, or
/// replaced if this program wrote it; no other file is ever overwritten.
package enum ExclusionFile {
    private static let (headingStart, headingEnd) = ("Photos of ", " to leave out: --exclude.")

    /// Returns the first line of a list that this program writes, without `#`.
    package static func heading(_ data: String) -> String { headingStart + data + headingEnd }

    /// Whether a file's first line, with `#`, is such a heading.
    static func isHeading(_ line: String) -> Bool {
        line.hasPrefix(ExclusionList.commentMark + headingStart) && line.hasSuffix(headingEnd)
    }

    /// Writes `list` to the file at `path`.
    ///
    /// - Parameters:
    ///   - data: the photo folder, named in the heading.
    ///   - adds: keeps the entries that the file has already.
    ///   - comment: a second line of the heading.
    /// - Returns: the number of photos that the file now lists, and the files whose names no list
    ///   can hold.
    /// - Throws: `ExclusionListFailure` if the file exists and is not such a list; `FileFailure`
    ///   if it cannot be written.
    package static func write(
        _ list: ExclusionList, of data: String, to path: String, adds: Bool, comment: String
    ) throws -> (listed: Int, lost: [PhotoPath]) {
        var all = list
        if isFile(path) {
            if adds {
                all = ExclusionList(try ExclusionList(path: path).files + list.files)
            } else if !isOurs(path) {
                throw ExclusionListFailure.otherFile(path)
            }
        }
        let lost = try all.write(to: path, comment: [heading(data), comment])
        return (all.files.count - lost.count, lost)
    }

    /// Whether there is a file with something in it; pipes and devices have nothing to lose.
    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size > 0
    }

    /// Whether the file begins with this program's heading.
    private static func isOurs(_ path: String) -> Bool {
        guard let file = BoundedFile.open(path) else { return false }
        defer { try? file.close() }
        guard let head = try? file.read(upToCount: 64 << 10) else { return false }
        return isHeading(String(decoding: head.prefix { $0 != 0x0a }, as: UTF8.self))
    }
}
