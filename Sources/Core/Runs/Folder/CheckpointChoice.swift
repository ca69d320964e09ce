import Basics
import Recipes

/// Which of a run's checkpoints to use.
package enum CheckpointChoice: Sendable, Equatable {
    case last
    /// The epoch that a measure calls the best.
    case best(Measure)

    package enum Measure: String, Sendable, CaseIterable {
        /// The lowest validation loss; these weights are always kept.
        case loss
        /// The highest validation accuracy and, of equal ones, the lowest loss.
        case accuracy
    }
}

extension RunFolder {
    /// Returns the checkpoint that `choice` means.
    ///
    /// - Throws: `RunFailure` if the run has none, or did not keep the weights of that epoch.
    package func checkpoint(_ choice: CheckpointChoice) throws -> SavedCheckpoint {
        switch choice {
        case .last: return try checkpoint(named: "last")
        case .best(.loss): return try checkpoint(named: "best")
        case .best(.accuracy):
            let epochs = RunTimeline(EventLog.read(events)).epochs
            let ranked = epochs.filter(\.validationLoss.isFinite).max {
                ($0.validationAccuracy, -$0.validationLoss) < ($1.validationAccuracy, -$1.validationLoss)
            }
            guard let top = ranked else { return try checkpoint(named: "best") }
            let kept = checkpoints.filter { $0.header.progress.step == 0 && !$0.name.contains("before") }
            if let match = kept.first(where: { $0.header.progress.epoch == top.epoch + 1 }) { return match }
            let places = Set(kept.map(\.header.progress.epoch)).sorted()
            throw RunFailure.bestNotKept(id, epoch: top.epoch + 1, kept: places)
        }
    }
}
