import TestSupport
import Testing

@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// The order that `TrainerEvent` documents.
@Suite struct EventOrderTests {
    private func name(_ event: SessionEvent) -> String {
        if let recorded = event.recorded { return recorded.name }
        return switch event {
        case .preparing: "preparing"
        case .ready: "ready"
        case .predictions: "predictions"
        case .layers: "layers"
        case .ranks: "ranks"
        case .settings: "settings"
        case .sweep: "sweep"
        case .statusChanged(let status): status.rawValue
        case .failed: "failed"
        case .training, .epochEnded: "recorded"
        }
    }

    @Test func eventsThatBelongTogetherFollowEachOther() throws {
        let photos = try TinyPhotos()
        let commands: [RunPlace: TrainerCommand] = [
            RunPlace(epoch: 0, step: 1): .setLearningRate(5e-4), RunPlace(epoch: 0, step: 2): .save,
            RunPlace(epoch: 2, step: 1): .unfreeze(fromLayer: 120),
            RunPlace(epoch: 2, step: 2): .refreshPredictions,
            RunPlace(epoch: 3, step: 1): .unfreeze(fromLayer: 120),
        ]
        let (reason, recorder) = try run(photos) { session, event in
            guard case .batchEnded(let batch) = event else { return }
            commands[RunPlace(epoch: batch.epoch, step: batch.step)].map(session.send)
        }
        #expect(reason == .finished)
        // The names of the events after each batch, up to the next one.
        var after: [RunPlace: [String]] = [:]
        var start: [String] = []
        var place: RunPlace?
        for event in recorder.all {
            if case .batchEnded(let batch)? = event.recorded {
                place = RunPlace(epoch: batch.epoch, step: batch.step)
            } else if let place {
                after[place, default: []].append(name(event))
            } else {
                start.append(name(event))
            }
        }
        #expect(start.suffix(4) == ["run_started", "settings", "stage_started", "training"])
        func expect(_ epoch: Int, _ step: Int, _ names: [String]) {
            #expect(after[RunPlace(epoch: epoch, step: step)] == names, "\(epoch), \(step)")
        }
        let end = ["layers", "validating", "epoch_ended", "checkpoint_saved"]
        expect(0, 1, ["layers", "command_applied", "settings"])
        expect(0, 2, ["layers", "checkpoint_saved", "command_applied"])
        expect(0, 3, end + ["training"])
        expect(1, 3, end + ["stage_started", "settings", "training"])
        expect(2, 1, ["layers", "stage_started", "command_applied", "settings"])
        expect(2, 2, ["layers", "validating", "predictions", "training", "command_applied"])
        expect(3, 1, ["layers", "warning"])
        expect(3, 3, end + ["predictions", "checkpoint_saved", "run_ended", "finished"])
    }
}
