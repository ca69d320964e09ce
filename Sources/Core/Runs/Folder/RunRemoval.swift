import Basics
import Foundation

/// The removal of a run's folder, in steps that can be taken back until the last. The caller holds
/// the run's lock.
package struct RunRemoval {
    package let folder: RunFolder
    /// The folder under a name that is no run's.
    private let hidden: String
    /// Paths in `hidden` that have been renamed, in that order.
    private var renamed: [String] = []
    private static let suffix = ".removed"
    private static let prefix = ".removed-"

    /// Renames the folder and all in it. A file that may not be removed may not be renamed either,
    /// so this finds out whether all of it can be removed while nothing is lost yet.
    ///
    /// - Throws: `RunFailure` if something cannot be renamed; then all is as it was.
    package init(_ folder: RunFolder) throws {
        self.folder = folder
        let parent = PathParts.folder(folder.path)
        hidden = "\(parent)/\(Self.prefix)\(folder.id)-\(UUID().uuidString.prefix(8))"
        guard FileCalls.rename(folder.path, to: hidden) == 0 else {
            throw RunFailure.cannotBeDeleted(folder.id, path: folder.path, code: errno)
        }
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: hidden)) ?? []
        // A folder's content comes before the folder itself.
        for path in paths.sorted(by: { $0.utf8.count > $1.utf8.count }) {
            let whole = "\(hidden)/\(path)"
            guard FileCalls.rename(whole, to: whole + Self.suffix) == 0 else {
                let code = errno
                undo()
                throw RunFailure.cannotBeDeleted(folder.id, path: "\(folder.path)/\(path)", code: code)
            }
            renamed.append(whole)
        }
    }

    /// Returns the removals in a home that a process began and did not live to end.
    package static func interrupted(home: String) -> [RunRemoval] {
        let parent = RunFolder.parent(home)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix(prefix), let id = name.dropFirst(prefix.count).split(separator: "-").first,
                let folder = RunFolder(home: home, listed: String(id))
            else { return nil }
            let removal = RunRemoval(folder, left: "\(parent)/\(name)")
            return removal.isUnderWay ? nil : removal
        }
    }

    /// The removal that left a hidden folder behind.
    private init(_ folder: RunFolder, left hidden: String) {
        (self.folder, self.hidden) = (folder, hidden)
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: hidden)) ?? []
        // As they were named when it was their turn: what a folder holds came before the folder.
        renamed = paths.filter { $0.hasSuffix(Self.suffix) }.sorted { $0.utf8.count > $1.utf8.count }
            .map { path in
                let parents = path.split(separator: "/").map {
                    $0.hasSuffix(Self.suffix) ? String($0.dropLast(Self.suffix.count)) : String($0)
                }
                return "\(hidden)/\(parents.joined(separator: "/"))"
            }
    }

    /// Whether a process is still at it: the lock goes with the folder.
    private var isUnderWay: Bool {
        let lock = "\(hidden)/\(PathParts.name(folder.lock))"
        return RunLock.isHeld(lock) || RunLock.isHeld(lock + Self.suffix)
    }

    /// Restores every name.
    package func undo() {
        for path in renamed.reversed() { _ = FileCalls.rename(path + Self.suffix, to: path) }
        _ = FileCalls.rename(hidden, to: folder.path)
    }

    /// Removes everything for good.
    ///
    /// - Throws: `RunFailure` that names what is left.
    package func finish() throws {
        do { try FileManager.default.removeItem(atPath: hidden) } catch {
            throw RunFailure.leftovers(folder.id, folder: hidden, reason: error.localizedDescription)
        }
    }
}
