import Foundation

/// The program's folders.
package enum Home {
    /// Returns the home folder, which holds the runs: `option` (`--home`), `$FLOWERS_TUI_HOME`,
    /// `$XDG_DATA_HOME/flowers-tui` or `~/.local/share/flowers-tui`, whichever is given first.
    package static func path(
        option: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        let path = resolve(
            [option, environment["FLOWERS_TUI_HOME"]], "XDG_DATA_HOME", ".local/share", environment)
        Places.noteHome(path)
        return path
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
    /// - Returns: the folders that were not there before, the outermost first (`removeEmpty`).
    /// - Throws: `FileFailure` if it cannot be created or written to; no new folder is left then.
    @discardableResult
    package static func prepare(_ path: String) throws -> [String] {
        var made: [String] = []
        do {
            if let code = makeFolders(path, &made) {
                throw FileFailure.folderCannotBeMade(path, code: code)
            }
            guard access(path, W_OK | X_OK) == 0 else {
                throw FileFailure.folderCannotBeWritten(path, code: errno)
            }
            return made
        } catch {
            removeEmpty(made)
            throw error
        }
    }

    /// Removes folders that `prepare` made, but for those that hold something by now.
    package static func removeEmpty(_ made: [String]) {
        for folder in made.reversed() { rmdir(folder) }
    }

    /// Makes the folder and those above it; returns the error number if that fails.
    private static func makeFolders(_ path: String, _ made: inout [String]) -> Int32? {
        var status = stat()
        if stat(path, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR ? nil : ENOTDIR }
        guard errno == ENOENT else { return errno }
        let parent = PathParts.folder(path)
        if parent != path, let code = makeFolders(parent, &made) { return code }
        if mkdir(path, 0o777) == 0 {
            made.append(path)
            return nil
        }
        // Another process may have made it meanwhile.
        return errno == EEXIST ? nil : errno
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
        return URL(fileURLWithPath: UserPath.expanded(path, environment: environment)).standardizedFileURL
            .path
    }
}
