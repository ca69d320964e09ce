import Basics
import Foundation
package import Photos
package import Recipes

/// The folder of one run, `<home>/runs/0042`:
///
/// - `config.json`, and `exclude.txt` if photos are left out
/// - `events.jsonl`
/// - `last.safetensors`, `best.safetensors`, and further checkpoints in `checkpoints`
/// - `system.json`
/// - `epochs` with records of epochs
/// - `features.safetensors`, once requested
/// - `lock`, held by the process that trains the run and listens on `control.sock`
/// - `background.log`, if that process has no terminal
package struct RunFolder: Sendable, Equatable {
    /// The run's id: a number with at least four digits.
    package let id: String
    package let path: String

    package var configuration: String { path + "/config.json" }
    package var exclusions: String { path + "/exclude.txt" }
    package var events: String { path + "/events.jsonl" }
    package var last: String { path + "/last.safetensors" }
    package var best: String { path + "/best.safetensors" }
    var system: String { path + "/system.json" }
    package var features: String { path + "/features.safetensors" }
    package var lock: String { path + "/lock" }
    /// The socket on which the process that trains the run listens (`ControlServer`).
    package var control: String { path + "/" + Self.controlName }
    package static let controlName = "control.sock"
    /// Output of a process that trains the run without a terminal.
    package var backgroundLog: String { path + "/background.log" }

    private init(home: String, id: String) { (self.id, path) = (id, "\(Self.parent(home))/\(id)") }

    /// The folder of the run with an id as `ids` returns it, whether or not it exists; nil if the id is
    /// no number.
    init?(home: String, listed id: String) {
        if Self.number(id) == nil { return nil }
        self.init(home: home, id: id)
    }

    static func parent(_ home: String) -> String { home + "/runs" }

    private static func number(_ name: String) -> Int? {
        guard let number = Int(name), (1..<1_000_000_000).contains(number), name.allSatisfy(\.isNumber)
        else { return nil }
        return number
    }

    /// Creates the folder of a new run under the next free id, which no other process can get.
    ///
    /// - Throws: `FileFailure` if the home folder cannot be written.
    package static func create(
        home: String, _ recipe: Recipe, _ exclusions: ExclusionList = ExclusionList()
    ) throws -> RunFolder {
        try Home.prepare(parent(home))
        // A run whose deletion was cut short may come back under its id.
        let taken = ids(home: home) + RunRemoval.interrupted(home: home).map(\.folder.id)
        var number = (taken.compactMap { Int($0) }.max() ?? 0) + 1
        while true {
            let folder = RunFolder(
                home: home, id: String(repeating: "0", count: max(0, 4 - "\(number)".count)) + "\(number)")
            // mkdir either creates the folder or fails, which makes the id unique.
            if FileCalls.makeFolder(folder.path) == 0 {
                do {
                    if recipe.exclude != nil { try exclusions.write(to: folder.exclusions) }
                    try folder.save(recipe)
                } catch {
                    try? FileManager.default.removeItem(atPath: folder.path)
                    throw error
                }
                return folder
            }
            guard errno == EEXIST else { throw AtomicFile.failure(folder.path, errno) }
            number += 1
        }
    }

    /// Returns the folder of an existing run; `id` may lack leading zeros.
    ///
    /// - Throws: `RunFailure` if there is none.
    package static func find(home: String, id: String) throws -> RunFolder {
        if let number = Int(id), number > 0, let match = ids(home: home).first(where: { Int($0) == number }) {
            return RunFolder(home: home, id: match)
        }
        throw RunFailure.noRun(id, home: home)
    }

    /// Returns the ids of all run folders, in ascending order.
    package static func ids(home: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent(home))) ?? []
        // Each name is read once, not for every comparison: a home may hold thousands.
        let numbered = names.compactMap { name in number(name).map { (number: $0, name: name) } }
        return numbered.sorted { $0.number < $1.number }.map(\.name)
    }

    /// Writes `config.json` atomically.
    package func save(_ recipe: Recipe) throws {
        let encoder = Checkpoint.Header.encoder()
        encoder.outputFormatting.insert(.prettyPrinted)
        try AtomicFile.write(try encoder.encode(recipe) + Data("\n".utf8), to: self.configuration)
    }

    /// Reads `config.json`.
    ///
    /// - Throws: `RunFailure` if it is missing or damaged.
    package func loadRecipe() throws -> Recipe {
        guard let data = try? BoundedFile.read(configuration, limit: 1 << 20),
            let value = try? Checkpoint.Header.decoder().decode(Recipe.self, from: data),
            value.isPlausible
        else { throw RunFailure.damagedConfiguration(configuration, run: id) }
        return value
    }

    /// Reads the list of photos that the run leaves out, as it was when the run began.
    ///
    /// - Throws: `RunFailure` if the run has a list that cannot be read.
    package func loadExclusions(_ recipe: Recipe) throws -> ExclusionList {
        if recipe.exclude == nil { return ExclusionList() }
        guard FileManager.default.fileExists(atPath: exclusions) else {
            throw RunFailure.missingExclusions(exclusions, run: id)
        }
        return try ExclusionList(path: exclusions)
    }

    /// Number of validation photos, as the log tells when the run began; nil without a log.
    package var validationImages: Int? {
        for case .runStarted(let run) in EventLog.read(events) { return run.validationImages }
        return nil
    }

    /// Locks the run for this process until the returned lock is released.
    ///
    /// - Throws: `RunFailure` if another process holds it.
    package func acquire() throws -> RunLock { try RunLock(self) }

    /// Whether some process, possibly this one, is training the run.
    package var isHeld: Bool { RunLock.isHeld(lock) }

    /// Removes everything in the folder that is later than a checkpoint; for nil, everything.
    ///
    /// - Returns: the remaining events, oldest first.
    package func rewind(to checkpoint: CheckpointHeader?) throws -> [LoggedEvent] {
        let progress = checkpoint?.progress
        removeEpochs(after: progress?.epoch ?? 0)
        removeLeftovers()
        removeCheckpoints(after: progress.map { RunPlace($0) })
        guard FileManager.default.fileExists(atPath: events) else { return [] }
        // The log is in order of time, so everything after the first event past the checkpoint is
        // later too.
        let kept = EventLog.entries(events).prefix { entry in
            guard let progress, let stage = checkpoint?.state.stage else { return false }
            return switch entry.event {
            case .batchEnded(let batch): (batch.epoch, batch.step) <= (progress.epoch, progress.step)
            case .epochEnded(let epoch): epoch.epoch < progress.epoch
            case .commandApplied(let applied):
                (applied.epoch, applied.step) <= (progress.epoch, progress.step)
            case .stageStarted(let started):
                (started.epoch, started.stage.order) <= (progress.epoch, stage.order)
            case .checkpointSaved(let saved): saved.epoch <= progress.epoch
            case .runStarted, .warning, .runEnded: true
            }
        }.filter { if case .runEnded = $0.event { false } else { true } }
        try EventLog.replace(events, with: kept)
        return kept
    }
}
