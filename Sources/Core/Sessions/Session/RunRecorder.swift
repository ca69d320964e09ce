import Foundation
import Network
import Photos
import Recipes
import Runs
import Training

/// Records a run's events in its folder and in the store.
final class RunRecorder: @unchecked Sendable {
    // Unchecked: called on the trainer's thread only.
    private let folder: RunFolder
    private let store: RunStore
    private let log: EventLog
    private let stored: EventStoreWriter
    private let classes: [String]
    private let photos: [Photo]
    private let policy: CheckpointPolicy
    /// Warnings given so far; each is given once.
    private var problems: Set<String> = []
    /// The newest predictions, which are recorded when their epoch ends.
    private var predictions: PredictionSet?
    private var layers: [LayerNorms] = []

    /// - Parameter history: events of the earlier part of a resumed run.
    init(
        folder: RunFolder, store: RunStore, classes: [String], photos: [Photo], history: [TrainerEvent],
        policy: CheckpointPolicy
    ) throws {
        (self.folder, self.store, self.classes, self.photos, self.policy) = (
            folder, store, classes, photos, policy
        )
        log = try EventLog(path: folder.events)
        stored = EventStoreWriter(store, run: folder.id, next: history.count)
    }

    /// Length of the event log in bytes.
    var logLength: Int { log.length }

    /// Records an event.
    ///
    /// - Returns: new warnings if the event could not be recorded; training continues.
    func record(_ event: SessionEvent) -> [String] {
        switch event {
        case .training(let event): return record(event)
        case .predictions(let set): predictions = set
        case .layers(let report): layers = report.layers
        default: break
        }
        return []
    }

    private func record(_ event: TrainerEvent) -> [String] {
        var found: [String] = []
        // If one of them fails, the others still record the event.
        func attempt(_ keep: () throws -> Void) {
            do { try keep() } catch { found.append("The run's record is incomplete. \(error)") }
        }
        attempt { try log.append(event) }
        attempt { try stored.append(event) }
        if case .epochEnded(let epoch) = event {
            attempt { try store.record(epoch, of: folder.id) }
            if let predictions, predictions.epoch == epoch.epoch + 1 {
                attempt {
                    try folder.save(
                        EpochRecord(predictions, classes: classes, photos: photos, layers: layers))
                }
                folder.thinEpochs()
            }
        }
        if case .runEnded(let end) = event {
            attempt { try stored.flush() }
            attempt { try store.end(folder.id, end.reason) }
        }
        return found.filter { problems.insert($0).inserted }
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
    func keep(_ checkpoint: Checkpoint) -> [String] {
        var found: [String] = []
        for action in policy.afterSaving(RunPlace(checkpoint.header.progress), kept: folder.keptPlaces) {
            switch action {
            case .save: break
            case .keep(let place):
                do { try folder.keepLast(as: place, checkpoint) } catch {
                    found.append("A checkpoint is not kept. \(error)")
                }
            case .remove(let place): folder.removeCheckpoint(place)
            }
        }
        return found.filter { problems.insert($0).inserted }
    }

    /// Returns the checkpoint last saved as the best, if any.
    func loadBest() throws -> Checkpoint? {
        FileManager.default.fileExists(atPath: folder.best) ? try Checkpoint.load(folder.best) : nil
    }

    func fail() {
        try? stored.flush()
        try? store.end(folder.id, .failed)
    }
}
