import Foundation
import Synchronization

/// Which folder of the program a file belongs to, and so what moves it elsewhere.
package enum Places {
    /// The home folders in use.
    private static let homes = Mutex<Set<String>>([])

    package static func noteHome(_ path: String) {
        homes.withLock { _ = $0.insert(path) }
    }

    /// The folders of the program that a file may belong to.
    package enum Place: Sendable { case home, cache, temporary, other }

    package static func place(
        _ path: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Place {
        func lies(_ path: String, in folder: String) -> Bool {
            path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
        }
        // A person may name files in these folders as well, for which no option of theirs helps.
        let isRun = homes.withLock { homes in
            homes.contains { path == $0 || path == $0 + "/runs.sqlite" || lies(path, in: $0 + "/runs") }
        }
        if isRun { return .home }
        if lies(path, in: Home.cachePath(environment: environment)) { return .cache }
        let name = PathParts.name(path)
        return name.hasPrefix("flowers-tui-") && lies(path, in: Scratch.folder(environment))
            ? .temporary : .other
    }
}
