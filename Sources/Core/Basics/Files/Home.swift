import Foundation

/// The program's folders.
package enum Home {
    /// Returns the home folder, which holds the runs: `option` (`--home`), `$FLOWERS_TUI_HOME`,
    /// `$XDG_DATA_HOME/flowers-tui` or `~/.local/share/flowers-tui`, whichever is given first.
    package static func path(
        option: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        resolve([option, environment["FLOWERS_TUI_HOME"]], "XDG_DATA_HOME", ".local/share", environment)
    }

    /// Returns the folder of downloaded weights and photos and of decoded pixels:
    /// `$FLOWERS_TUI_CACHE`, `$XDG_CACHE_HOME/flowers-tui` or `~/.cache/flowers-tui`, whichever is
    /// given first.
    package static func cachePath(environment: [String: String] = ProcessInfo.processInfo.environment)
        -> String
    {
        resolve([environment["FLOWERS_TUI_CACHE"]], "XDG_CACHE_HOME", ".cache", environment)
    }

    /// Creates the folder at `path` and those above it.
    ///
    /// - Throws: `UserError` if it cannot be created or written to.
    package static func prepare(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw UserError("The folder \(path) cannot be made: choose one that can be written with --home.")
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw UserError("The folder \(path) cannot be written: choose another with --home.")
        }
    }

    private static func resolve(
        _ given: [String?], _ variable: String, _ fallback: String, _ environment: [String: String]
    ) -> String {
        let path: String
        if let given = given.compactMap({ $0 }).first(where: { !$0.isEmpty }) {
            path = given
        } else if let base = environment[variable], base.hasPrefix("/") {
            // The XDG specification says to ignore relative paths.
            path = base + "/flowers-tui"
        } else {
            path = "\(environment["HOME"] ?? NSHomeDirectory())/\(fallback)/flowers-tui"
        }
        let expanded = (path as NSString).expandingTildeInPath
        return URL(fileURLWithPath: expanded).standardizedFileURL.path
    }
}
