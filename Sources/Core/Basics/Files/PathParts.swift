/// The last name of a path and the folder that holds it, as `basename` and `dirname` give them.
///
/// Foundation's `deletingLastPathComponent` ends the process on a path of one character.
package enum PathParts {
    private static let slash = UInt8(ascii: "/")

    /// The last name, without the slashes after it; `/` for the root, and for nothing, nothing.
    package static func name(_ path: String) -> String {
        let whole = trimmed(path.utf8[...])
        guard let last = whole.lastIndex(of: slash), whole.count > 1 else { return text(whole) }
        return text(whole[whole.index(after: last)...])
    }

    /// The folder that holds the last name: `.` if the path names none, `/` if it is the root or in it.
    package static func folder(_ path: String) -> String {
        let whole = trimmed(path.utf8[...])
        guard let last = whole.lastIndex(of: slash) else { return "." }
        return text(trimmed(whole[...last]))
    }

    /// Without the slashes at the end, except one that is all there is.
    private static func trimmed(_ path: Substring.UTF8View) -> Substring.UTF8View {
        guard let last = path.lastIndex(where: { $0 != slash }) else { return path.prefix(1) }
        return path[...last]
    }

    private static func text(_ bytes: Substring.UTF8View) -> String { String(Substring(bytes)) }
}
