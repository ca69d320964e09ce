import Basics
import Foundation
package import Recipes

/// A run's checkpoints: `last.safetensors`, `best.safetensors`, and in `checkpoints` those kept by
/// its policy, named after their place in the run: `0005-0040.safetensors` is batch 40 after 5
/// epochs.
extension RunFolder {
    /// A checkpoint with its name.
    package struct SavedCheckpoint: Sendable {
        /// `last`, `best`, a place such as `0005-0040`, or a place with `before-` or
        /// `best-before-`: the last or best checkpoint before an earlier one was restored.
        package let name: String
        package let path: String
        package let header: Checkpoint.Header
    }

    package var keptCheckpoints: String { path + "/checkpoints" }

    func keptCheckpoint(_ place: RunPlace) -> String { "\(keptCheckpoints)/\(place).safetensors" }

    /// Places of the checkpoints that the policy keeps, in ascending order.
    package var keptPlaces: [RunPlace] { keptNames.compactMap { RunPlace($0) }.sorted() }

    /// Names of the files in `checkpoints` without their extension.
    private var keptNames: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: keptCheckpoints)) ?? []
        return names.filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }.map {
            String($0.dropLast(12))
        }.sorted()
    }

    /// All checkpoints with a readable header: the kept ones by name, then `best` and `last`.
    package var checkpoints: [SavedCheckpoint] {
        let named =
            keptNames.map { (name: $0, path: "\(keptCheckpoints)/\($0).safetensors") } + [
                ("best", best), ("last", last),
            ]
        return named.compactMap { name, path in
            guard access(path, F_OK) == 0, let header = try? Checkpoint.Header.load(path) else { return nil }
            return SavedCheckpoint(name: name, path: path, header: header)
        }
    }

    /// Whether the run has any checkpoint, readable or not. Without one it begins again.
    package var wasSaved: Bool {
        access(last, F_OK) == 0 || access(best, F_OK) == 0 || !keptNames.isEmpty
    }

    /// Returns the checkpoint with a name from `checkpoints`.
    ///
    /// - Throws: `RunFailure` if there is none, `CheckpointFailure` if its header cannot be read.
    package func checkpoint(named name: String) throws -> SavedCheckpoint {
        let file: String? =
            switch name {
            case "last": last
            case "best": best
            // Only names that exist there, so that none leads to another folder.
            default: keptNames.contains(name) ? "\(keptCheckpoints)/\(name).safetensors" : nil
            }
        guard let file, access(file, F_OK) == 0 else {
            throw RunFailure.noCheckpoint(id, name: name, others: checkpoints.map(\.name))
        }
        return SavedCheckpoint(name: name, path: file, header: try Checkpoint.Header.load(file))
    }

    /// Keeps the last checkpoint under `place`: as a hard link if the file system has them, else as
    /// a copy.
    ///
    /// - Throws: `FileFailure` if that fails.
    package func keepLast(as place: RunPlace, _ checkpoint: Checkpoint) throws {
        try Home.prepare(keptCheckpoints)
        do { try AtomicFile.link(last, as: keptCheckpoint(place)) } catch {
            try checkpoint.save(to: keptCheckpoint(place))
        }
    }

    package func removeCheckpoint(_ place: RunPlace) { unlink(keptCheckpoint(place)) }

    /// Removes temporary files of a process that was killed. The caller must hold the run's lock.
    func removeLeftovers() {
        for folder in [path, epochs, keptCheckpoints] {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            where name.hasPrefix(".") && name.hasSuffix(".tmp") { unlink("\(folder)/\(name)") }
        }
    }

    /// Removes the kept checkpoints after `place`, or all of them for nil.
    func removeCheckpoints(after place: RunPlace?) {
        for later in keptPlaces where place.map({ later > $0 }) ?? true { removeCheckpoint(later) }
    }
}
