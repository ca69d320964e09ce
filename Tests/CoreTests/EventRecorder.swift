import Foundation

@testable import Core

/// Gathers a session's events and may act on them.
final class EventRecorder: @unchecked Sendable {
    // Unchecked: `lock` guards the events.
    private let lock = NSLock()
    private var list: [SessionEvent] = []

    func note(_ event: SessionEvent) { lock.withLock { list.append(event) } }

    var training: [TrainerEvent] {
        lock.withLock {
            list.compactMap {
                if case .training(let event) = $0 { event } else { nil }
            }
        }
    }

    var statuses: [TrainerStatus] {
        lock.withLock {
            list.compactMap {
                if case .statusChanged(let status) = $0 { status } else { nil }
            }
        }
    }

    var epochs: [TrainerEvent.EpochEnded] {
        training.compactMap {
            if case .epochEnded(let epoch) = $0 { epoch } else { nil }
        }
    }

    var batchLosses: [Double] {
        training.compactMap {
            if case .batchEnded(let batch) = $0 { batch.batchLoss } else { nil }
        }
    }
}
