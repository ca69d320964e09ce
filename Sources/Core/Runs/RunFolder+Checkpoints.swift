import Foundation

/// The checkpoints of a run: `last.safetensors`, `best.safetensors`, and in `checkpoints` those that its policy keeps, by
/// the place in the run: `0005-0040.safetensors` is batch 40 after 5 epochs.
extension RunFolder {
    /// A checkpoint by its name.
    public struct SavedCheckpoint: Sendable {
        /// `last`, `best`, a place, `0005-0040`, or with `before-`, `best-before-`: what was
        /// the last and the best one before the run was taken back.
        public let name: String
        public let path: String
        public let header: Checkpoint.Header
    }

    var keptCheckpoints: String { path + "/checkpoints" }

    func keptCheckpoint(_ place: RunPlace) -> String { "\(keptCheckpoints)/\(place).safetensors" }

    /// The places of the checkpoints that the policy keeps, ascending.
    var keptPlaces: [RunPlace] { keptNames.compactMap { RunPlace($0) }.sorted() }

    /// Names of the files in `checkpoints`, without their suffix.
    private var keptNames: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: keptCheckpoints)) ?? []
        return names.filter { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }.map {
            String($0.dropLast(12))
        }.sorted()
    }

    /// All checkpoints whose headers can be read: the kept ones by their names, then `best` and `last`.
    public var checkpoints: [SavedCheckpoint] {
        let named =
            keptNames.map { (name: $0, path: "\(keptCheckpoints)/\($0).safetensors") } + [
                ("best", best), ("last", last),
            ]
        return named.compactMap { name, path in
            guard access(path, F_OK) == 0, let header = try? Checkpoint.Header.load(path) else { return nil }
            return SavedCheckpoint(name: name, path: path, header: header)
        }
    }

    /// The checkpoint of a name that `checkpoints` gives.
    ///
    /// - Throws: a `UserError` when there is none, or its header cannot be read.
    public func checkpoint(named name: String) throws -> SavedCheckpoint {
        let file: String? =
            switch name {
            case "last": last
            case "best": best
            // Only what is there by that name, so that no name leads elsewhere.
            default: keptNames.contains(name) ? "\(keptCheckpoints)/\(name).safetensors" : nil
            }
        guard let file, access(file, F_OK) == 0 else {
            let names = checkpoints.map(\.name)
            throw UserError(
                "Run \(id) has no checkpoint \(name)"
                    + (names.isEmpty ? "; it was never saved." : ": it has \(names.joined(separator: ", ")).")
            )
        }
        return SavedCheckpoint(name: name, path: file, header: try Checkpoint.Header.load(file))
    }

    /// Keeps the last checkpoint under `place`, as a second name of the same file where the file system has such.
    ///
    /// - Throws: a `UserError` when it cannot be kept.
    func keepLast(as place: RunPlace, _ checkpoint: Checkpoint) throws {
        try Home.prepare(keptCheckpoints)
        do { try AtomicFile.link(last, as: keptCheckpoint(place)) } catch {
            try checkpoint.save(to: keptCheckpoint(place))
        }
    }

    func removeCheckpoint(_ place: RunPlace) { unlink(keptCheckpoint(place)) }

    /// Takes away what a process that was killed left half written; for who holds the run's lock.
    func removeLeftovers() {
        for folder in [path, epochs, keptCheckpoints] {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            where name.hasPrefix(".") && name.hasSuffix(".tmp") { unlink("\(folder)/\(name)") }
        }
    }

    /// Takes away what was kept of a course that the run no longer takes.
    func removeCheckpoints(after place: RunPlace?) {
        for later in keptPlaces where place.map({ later > $0 }) ?? true { removeCheckpoint(later) }
    }
}
