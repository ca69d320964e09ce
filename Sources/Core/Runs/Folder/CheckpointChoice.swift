import Basics
package import Recipes

/// Which of a run's checkpoints to use.
package enum CheckpointChoice: Sendable, Equatable {
    case last
    /// The best epoch by a measure; nil stands for the run's own, whose best weights are always kept.
    case best(BestMeasure?)
}

extension RunFolder {
    /// Returns the checkpoint that `choice` means.
    ///
    /// - Throws: `RunFailure` if the run has none, or did not keep the weights of that epoch.
    package func checkpoint(_ choice: CheckpointChoice) throws -> SavedCheckpoint {
        switch choice {
        case .last: return try checkpoint(named: "last")
        case .best(let measure):
            let best = try? checkpoint(named: "best")
            guard let measure, measure != best?.header.recipe.bestMeasure,
                let top = RunTimeline(EventLog.read(events)).best(by: measure)
            else { return try checkpoint(named: "best") }
            let kept = checkpoints.filter { $0.header.progress.step == 0 && !$0.name.contains("before") }
            if let match = kept.first(where: { $0.header.progress.epoch == top.epoch + 1 }) { return match }
            let places = Set(kept.map(\.header.progress.epoch)).sorted()
            throw RunFailure.bestNotKept(id, by: measure, epoch: top.epoch + 1, kept: places)
        }
    }
}
