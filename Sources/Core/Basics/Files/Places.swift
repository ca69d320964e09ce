import Foundation
import Synchronization

/// Which folder of the program a file belongs to, and so which option moves it elsewhere.
package enum Places {
    /// The home folders in use; `--home` names them.
    private static let homes = Mutex<Set<String>>([])

    package static func noteHome(_ path: String) {
        homes.withLock { _ = $0.insert(path) }
    }

    /// The folders of the program that a file may belong to.
    private enum Place { case home, cache, temporary, other }

    private static func place(_ path: String, _ environment: [String: String]) -> Place {
        func lies(_ path: String, in folder: String) -> Bool {
            path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
        }
        // A person may name files in these folders as well, for which no option of theirs helps.
        let isRun = homes.withLock { homes in
            homes.contains { path == $0 || path == $0 + "/runs.sqlite" || lies(path, in: $0 + "/runs") }
        }
        if isRun { return .home }
        if lies(path, in: Home.cachePath(environment: environment)) { return .cache }
        let name = (path as NSString).lastPathComponent
        return name.hasPrefix("flowers-tui-") && lies(path, in: Scratch.folder(environment))
            ? .temporary : .other
    }

    /// Advice for a file that cannot be written where it is, as the end of a sentence.
    static func advice(
        _ path: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        switch place(path, environment) {
        case .home: "choose another folder with --home"
        case .cache: "choose another cache with $FLOWERS_TUI_CACHE"
        case .temporary: "choose another folder for temporary files with $TMPDIR"
        case .other: "choose another place"
        }
    }

    /// Returns why a file cannot be written and what to do, as the end of a sentence without its
    /// full stop.
    static func reason(_ path: String, _ code: Int32) -> String {
        switch code {
        case ENOSPC:
            "no space is left on the disk; free some and try again"
                + (place(path, ProcessInfo.processInfo.environment) == .cache
                    ? " (flowers-tui cache clear removes what is cached)" : "")
        case EDQUOT: "your quota of this disk is used up; free some space and try again"
        case EACCES, EPERM: "no permission there; \(advice(path))"
        case EROFS: "its file system is read-only; \(advice(path))"
        case EMFILE: "too many files are open in this program; raise the limit with ulimit -n"
        case ENFILE: "too many files are open on this machine; close some programs"
        case EFBIG: "it is larger than the limit for files; raise that with ulimit -f"
        case ENOENT, ENOTDIR: "its folder is not there; \(advice(path))"
        case EISDIR: "it is a folder; name a file"
        default: String(cString: strerror(code))
        }
    }
}
