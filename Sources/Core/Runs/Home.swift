import Foundation

/// Where this program keeps its files.
public enum Home {
    /// The folder of runs: `option` (`--home`), `$FLOWERS_TUI_HOME`,
    /// `$XDG_DATA_HOME/flowers-tui` or `~/.local/share/flowers-tui`, the first that is given.
    public static func path(
        option: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        resolve([option, environment["FLOWERS_TUI_HOME"]], "XDG_DATA_HOME", ".local/share", environment)
    }

    /// The folder of fetched weights, photos and decoded pixels: `$FLOWERS_TUI_CACHE`,
    /// `$XDG_CACHE_HOME/flowers-tui` or `~/.cache/flowers-tui`, the first that is given.
    public static func cachePath(environment: [String: String] = ProcessInfo.processInfo.environment)
        -> String
    {
        resolve([environment["FLOWERS_TUI_CACHE"]], "XDG_CACHE_HOME", ".cache", environment)
    }

    /// Makes the folder at `path` with those above it.
    ///
    /// - Throws: a `UserError` when it cannot be made or written.
    public static func prepare(_ path: String) throws {
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
            // The XDG specification says to ignore relative paths there.
            path = base + "/flowers-tui"
        } else {
            path = "\(environment["HOME"] ?? NSHomeDirectory())/\(fallback)/flowers-tui"
        }
        let expanded = (path as NSString).expandingTildeInPath
        return URL(fileURLWithPath: expanded).standardizedFileURL.path
    }
}
