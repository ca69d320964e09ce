import Foundation

/// Paths as people type them, on the command line, in the configuration file and in the dashboard.
package enum UserPath {
    /// Replaces a leading `~` or `~name` by that person's home folder. A shell does so only where a
    /// word begins: not in `--data=~/photos`, in quotes, in a configuration file or under make.
    package static func expanded(
        _ typed: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        guard typed.hasPrefix("~") else { return typed }
        let name = typed.dropFirst().prefix { $0 != "/" }
        let rest = typed.dropFirst(1 + name.count)
        if name.isEmpty { return (environment["HOME"] ?? NSHomeDirectory()) + rest }
        // A file may be called so.
        guard access(typed, F_OK) != 0, let entry = getpwnam(String(name)), let home = entry.pointee.pw_dir
        else { return typed }
        return String(cString: home) + rest
    }

    /// Returns the path from the root, as it is stored: it then means the same from any folder.
    ///
    /// Links stay, so that a folder may move behind its link, except where `..` leads through them.
    package static func absolute(_ typed: String) -> String {
        let path = expanded(typed)
        let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        let parts = whole.split(separator: "/").filter { $0 != "." }
        if parts.contains(".."), let real = realpath(whole, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        return "/" + parts.joined(separator: "/")
    }
}
