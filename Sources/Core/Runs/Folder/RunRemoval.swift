import Basics
import Foundation

/// The removal of a run's folder, in steps that can be taken back until the last. The caller holds
/// the run's lock.
package struct RunRemoval {
    private let folder: RunFolder
    /// The folder under a name that is no run's.
    private let hidden: String
    /// Paths in `hidden` that have been renamed, in that order.
    private var renamed: [String] = []
    private static let suffix = ".removed"

    /// Renames the folder and all in it. A file that may not be removed may not be renamed either,
    /// so this finds out whether all of it can be removed while nothing is lost yet.
    ///
    /// - Throws: `RunFailure` if something cannot be renamed; then all is as it was.
    package init(_ folder: RunFolder) throws {
        self.folder = folder
        let parent = (folder.path as NSString).deletingLastPathComponent
        hidden = "\(parent)/.removed-\(folder.id)-\(UUID().uuidString.prefix(8))"
        guard FileCalls.rename(folder.path, to: hidden) == 0 else {
            throw RunFailure.cannotBeDeleted(folder.id, path: folder.path, code: errno)
        }
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: hidden)) ?? []
        // What a folder holds comes before the folder itself.
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
