import Foundation

/// Keeps a run's folder and the store up to date with its events.
final class RunRecorder: @unchecked Sendable {
    // Unchecked: called on the trainer's thread only.
    private let folder: RunFolder
    private let store: RunStore
    private let log: EventLog
    private let classes: [String]
    private let photos: [Photo]
    private var hasWarned = false
    /// The newest, which an epoch that ends keeps.
    private var predictions: PredictionSet?
    private var layers: [LayerNorms] = []

    init(folder: RunFolder, store: RunStore, classes: [String], photos: [Photo]) throws {
        (self.folder, self.store, self.classes, self.photos) = (folder, store, classes, photos)
        log = try EventLog(path: folder.events)
    }

    /// Bytes of the event log.
    var logLength: Int { log.length }

    /// - Returns: what to warn of, once, when the event cannot be kept; training goes on.
    func record(_ event: SessionEvent) -> String? {
        switch event {
        case .training(let event): return record(event)
        case .predictions(let set): predictions = set
        case .layers(let report): layers = report.layers
        default: break
        }
        return nil
    }

    private func record(_ event: TrainerEvent) -> String? {
        do {
            try log.append(event)
            if case .epochEnded(let epoch) = event {
                try store.record(epoch, of: folder.id)
                if let predictions, predictions.epoch == epoch.epoch + 1 {
                    try folder.save(EpochRecord(predictions, classes: classes, photos: photos, layers: layers))
                }
            }
            if case .runEnded(let end) = event { try store.end(folder.id, end.reason) }
            return nil
        } catch {
            defer { hasWarned = true }
            return hasWarned ? nil : "The run's record is incomplete. \(error)"
        }
    }

    /// Writes `last.safetensors`, and `best.safetensors` when `reason` says so.
    func save(_ checkpoint: Checkpoint, _ reason: CheckpointReason) throws -> String {
        // The best first: a kill between the two must not leave a last one whose best is missing.
        if reason == .best { try checkpoint.save(to: folder.best) }
        try checkpoint.save(to: folder.last)
        return folder.last
    }

    /// The checkpoint that was last saved as the best, if any.
    func loadBest() throws -> Checkpoint? {
        FileManager.default.fileExists(atPath: folder.best) ? try Checkpoint.load(folder.best) : nil
    }

    func fail() { try? store.end(folder.id, .failed) }
}
