import Basics
import Foundation

/// The completion of a path to a photo or a folder, as a shell completes one with Tab.
package struct PhotoPathCompletion: Sendable, Equatable {
    /// The typed text, and what can only follow it; a folder ends in a slash.
    package var text: String
    /// The names that fit, folders with a slash, in byte order.
    package var names: [String]

    /// - Parameter typed: the beginning of a path, perhaps with `~`. Hidden names count only if their
    ///   dot is typed, and files only if they are named like photos.
    package init(_ typed: String) {
        let slash = typed.lastIndex(of: "/")
        let folder = slash.map { String(typed[...$0]) } ?? ""
        let start = slash.map { String(typed[typed.index(after: $0)...]) } ?? typed
        // A person's name is completed by the slash that makes it a folder.
        if folder.isEmpty, start.hasPrefix("~") {
            (text, names) = (typed + "/", [])
            return
        }
        let entries = FileCalls.entries(of: folder.isEmpty ? "." : UserPath.expanded(folder)) ?? []
        let found = entries.filter { entry in
            entry.name.hasPrefix(start) && (start.hasPrefix(".") || !entry.name.hasPrefix("."))
                && (entry.isFolder || ImageFormats.all.lists(PhotoPath(entry.name)))
        }.map { $0.isFolder ? $0.name + "/" : $0.name }
        let common = found.first.map { first in
            found.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
        }
        (text, names) = (folder + (common ?? start), found)
    }
}
