import Foundation

/// Keeps a run's folder and the store up to date with its events.
final class RunRecorder: @unchecked Sendable {
    // Unchecked: called on the trainer's thread only.
    private let folder: RunFolder
    private let store: RunStore
    private let log: EventLog
    private let stored: EventStoreWriter
    private let classes: [String]
    private let photos: [Photo]
    private let policy: CheckpointPolicy
    /// What was warned of; each problem is said once.
    private var problems: Set<String> = []
    /// The newest, which an epoch that ends keeps.
    private var predictions: PredictionSet?
    private var layers: [LayerNorms] = []

    /// - Parameter history: the events of the earlier part of the run.
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

    /// Bytes of the event log.
    var logLength: Int { log.length }

    /// - Returns: what to warn of, each problem once, when the event cannot be kept; training goes on.
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
        // What one of them cannot keep is no reason for the others not to.
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

    /// Writes `last.safetensors`, and `best.safetensors` when `reason` says so.
    func save(_ checkpoint: Checkpoint, _ reason: CheckpointReason) throws -> String {
        // The best first: a kill between the two must not leave a last one whose best is missing.
        if reason == .best { try checkpoint.save(to: folder.best) }
        try checkpoint.save(to: folder.last)
        return folder.last
    }

    /// Keeps what was just saved, and removes what the policy does not keep any more.
    ///
    /// - Returns: what to warn of.
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

    /// The checkpoint that was last saved as the best, if any.
    func loadBest() throws -> Checkpoint? {
        FileManager.default.fileExists(atPath: folder.best) ? try Checkpoint.load(folder.best) : nil
    }

    func fail() {
        try? stored.flush()
        try? store.end(folder.id, .failed)
    }
}
