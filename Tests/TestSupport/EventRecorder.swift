import Foundation
package import Network
package import Recipes
package import Runs
package import Training

/// Records a session's events, from any thread.
package final class EventRecorder: @unchecked Sendable {
    // Unchecked: `lock` guards the events.
    private let lock = NSLock()
    private var list: [SessionEvent] = []

    package init() {}

    package func note(_ event: SessionEvent) { lock.withLock { list.append(event) } }

    package var all: [SessionEvent] { pick { $0 } }

    private func pick<T>(_ choose: (SessionEvent) -> T?) -> [T] { lock.withLock { list.compactMap(choose) } }

    package var training: [TrainerEvent] { pick(\.recorded) }

    package var statuses: [TrainerStatus] {
        pick { if case .statusChanged(let status) = $0 { status } else { nil } }
    }

    package var settings: [RecipeState] {
        pick { if case .settings(let settings) = $0 { settings } else { nil } }
    }

    package var predictions: [PredictionSet] {
        pick {
            switch $0 {
            case .predictions(let set): set
            case .epochEnded(let outcome): outcome.predictions
            default: nil
            }
        }
    }

    package var outcomes: [EpochOutcome] {
        pick { if case .epochEnded(let outcome) = $0 { outcome } else { nil } }
    }

    package var layerReports: [LayerReport] {
        pick { if case .layers(let report) = $0 { report } else { nil } }
    }

    package var contexts: [SessionContext] {
        pick { if case .ready(let context) = $0 { context } else { nil } }
    }

    package var sweeps: [LearningRateSweep] { pick { if case .sweep(let sweep) = $0 { sweep } else { nil } } }

    package var stages: [TrainerEvent.StageStarted] {
        training.compactMap { if case .stageStarted(let stage) = $0 { stage } else { nil } }
    }

    package var applied: [TrainerEvent.CommandApplied] {
        training.compactMap { if case .commandApplied(let applied) = $0 { applied } else { nil } }
    }

    package var warnings: [String] {
        training.compactMap { if case .warning(let warning) = $0 { warning.message } else { nil } }
    }

    package var batches: [TrainerEvent.BatchEnded] {
        training.compactMap { if case .batchEnded(let batch) = $0 { batch } else { nil } }
    }

    package var epochs: [TrainerEvent.EpochEnded] {
        training.compactMap { if case .epochEnded(let epoch) = $0 { epoch } else { nil } }
    }

    package var batchLosses: [Double] { batches.map(\.batchLoss) }
}
