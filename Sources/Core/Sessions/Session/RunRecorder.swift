import Basics
import Foundation
import Photos
import Recipes
import Runs
import Training

/// Records a run in its folder, which the trainer waits for, and in the index of runs, which it does not.
final class RunRecorder: @unchecked Sendable {
    // Unchecked: called on the trainer's thread only.
    private let folder: RunFolder
    private let log: EventLog
    private let index: (any RunIndexWriter)?
    private let classes: [String]
    private let photos: [Photo]
    private let policy: CheckpointPolicy
    /// Warnings given so far; each is given once.
    private var problems: [SessionFailure] = []

    /// - Parameter index: a writer that has begun.
    init(
        folder: RunFolder, index: (any RunIndexWriter)?, classes: [String], photos: [Photo],
        policy: CheckpointPolicy
    ) throws {
        (self.folder, self.index, self.classes, self.photos, self.policy) = (
            folder, index, classes, photos, policy
        )
        log = try EventLog(path: folder.events)
    }

    /// Length of the event log in bytes.
    var logLength: Int { log.length }

    /// Records an event, if it is one to record.
    ///
    /// - Returns: new warnings if the event could not be recorded; training continues.
    func record(_ event: SessionEvent) -> [SessionFailure] {
        guard let recorded = event.recorded else { return [] }
        var found: [SessionFailure] = []
        // If one of them fails, the others still record the event.
        func attempt(_ keep: () throws -> Void) {
            do { try keep() } catch { found.append(.incompleteRecord(UserError(error))) }
        }
        attempt { try log.append(recorded) }
        attempt { try index?.append(recorded) }
        if case .epochEnded(let outcome) = event {
            attempt { try folder.save(EpochRecord(outcome, classes: classes, photos: photos)) }
            folder.thinEpochs()
        }
        if case .runEnded(let end) = recorded { attempt { try index?.end(end.reason) } }
        return found.filter(isNew)
    }

    /// Writes `last.safetensors` and, if `reason` is `.best`, `best.safetensors`; returns the
    /// former's path.
    func save(_ checkpoint: Checkpoint, _ reason: CheckpointReason) throws -> String {
        // Best first: if the process is killed in between, no last checkpoint refers to a best one
        // that is missing.
        if reason == .best { try checkpoint.save(to: folder.best) }
        try checkpoint.save(to: folder.last)
        return folder.last
    }

    /// Keeps the checkpoint just saved and removes those that the policy no longer keeps.
    ///
    /// - Returns: new warnings.
    func keep(_ checkpoint: Checkpoint) -> [SessionFailure] {
        var found: [SessionFailure] = []
        let progress = checkpoint.header.progress
        let others = BestMeasure.allCases.compactMap { measure in
            measure == checkpoint.header.recipe.bestMeasure
                ? nil : progress[best: measure].map { RunPlace(epoch: $0.epoch + 1, step: 0) }
        }
        for action in policy.afterSaving(RunPlace(progress), kept: folder.keptPlaces, others: others) {
            switch action {
            case .save: break
            case .keep(let place):
                do { try folder.keepLast(as: place, checkpoint) } catch {
                    found.append(.checkpointNotKept(UserError(error)))
                }
            case .remove(let place): folder.removeCheckpoint(place)
            }
        }
        return found.filter(isNew)
    }

    /// Remembers a warning; returns whether it is the first of its kind.
    private func isNew(_ problem: SessionFailure) -> Bool {
        if problems.contains(problem) { return false }
        problems.append(problem)
        return true
    }

    /// Returns a saved checkpoint by its name; nil if there is no best one yet.
    func load(_ name: String) throws -> Checkpoint? {
        if name == "best", !FileManager.default.fileExists(atPath: folder.best) { return nil }
        return try Checkpoint.load(folder.checkpoint(named: name).path)
    }

    func fail() { try? index?.end(.failed) }
}
