import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Recipes
@testable import Runs
@testable import Sessions

/// Restoring the best epoch's weights.
@Suite(.serialized) struct BestWeightsTests {
    /// Stops only after the save, because a stop overtakes queued commands.
    @Sendable private func stopOnceSaved(_ session: RunSession, _ event: TrainerEvent) {
        if case .checkpointSaved(let saved) = event, saved.reason == .requested { session.send(.stop) }
    }

    /// The base's and the head's tensors, without the optimizer's moments.
    private func weights(_ checkpoint: Checkpoint) -> NamedTensors {
        checkpoint.tensors.filter { !$0.key.hasPrefix(Checkpoint.momentsPrefix) }
    }

    /// Trains and sends `commands` after the first epoch of `stage` that is worse than the best.
    private func runWorseOnce(_ photos: TinyPhotos, stage: Stage, _ commands: [TrainerCommand]) throws
        -> EventRecorder
    {
        var recipe = photos.recipe
        (recipe.epochs, recipe.fineTuneEpochs) = (8, 8)
        (recipe.learningRate, recipe.fineTuneLearningRate) = (0.1, 3e-3)
        let losses = Losses()
        return try run(photos, recipe: recipe) { session, event in
            if case .epochEnded(let epoch) = event, losses.isFirstWorse(epoch, in: stage) {
                commands.forEach(session.send)
            }
            stopOnceSaved(session, event)
        }.events
    }

    private final class Losses: @unchecked Sendable {
        // Unchecked: used on the trainer's thread only.
        private var lowest = Double.infinity
        private var isFound = false

        func isFirstWorse(_ epoch: TrainerEvent.EpochEnded, in stage: Stage) -> Bool {
            defer { lowest = min(lowest, epoch.validationLoss) }
            if isFound || epoch.stage != stage || epoch.validationLoss <= lowest { return false }
            isFound = true
            return true
        }
    }

    @Test func restoringTakesBackWeightsAndOptimizer() throws {
        let photos = try TinyPhotos()
        let events = try runWorseOnce(photos, stage: .head, [.restoreBest, .save])
        #expect(events.warnings.isEmpty, "\(events.warnings)")
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let (last, best) = (try Checkpoint.load(folder.last), try Checkpoint.load(folder.best))
        // A Bool, so that a failure does not print millions of numbers.
        let areSame = last.tensors == best.tensors
        #expect(areSame)
        #expect(last.header.progress.adamStep == best.header.progress.adamStep)
        #expect(last.header.progress.epoch > best.header.progress.epoch)
        #expect(events.applied.first?.after == best.header.progress.bestEpoch.map(String.init))
    }

    /// Restoring a best epoch from stage 1 while other layers train takes its weights and resets
    /// the optimizer.
    @Test func restoringAcrossAnotherBoundaryBeginsAFreshOptimizer() throws {
        let photos = try TinyPhotos()
        var recipe = photos.recipe
        (recipe.epochs, recipe.fineTuneLearningRate) = (1, 1e-3)
        let (_, events) = try run(photos, recipe: recipe) { session, event in
            if case .batchEnded(let batch) = event, (batch.epoch, batch.step) == (1, 2) {
                [.restoreBest, .save].forEach(session.send)
            }
            stopOnceSaved(session, event)
        }
        #expect(events.applied.first?.after == "0")
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let (last, best) = (try Checkpoint.load(folder.last), try Checkpoint.load(folder.best))
        let areSame = weights(last) == weights(best)
        #expect(areSame)
        #expect(last.header.progress.adamStep == 0 && last.header.state.fineTuneAt == 100)
        #expect(last.moments.count > best.moments.count)
        let areFresh = last.moments.values.allSatisfy { $0.values.allSatisfy { $0 == 0 } }
        #expect(areFresh)
    }

    @Test func stoppingKeepsTheBest() throws {
        let photos = try TinyPhotos()
        let events = try runWorseOnce(photos, stage: .fineTune, [.pause, .stopKeepingBest])
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let (last, best) = (try Checkpoint.load(folder.last), try Checkpoint.load(folder.best))
        let areSame = weights(last) == weights(best)
        #expect(areSame)
        #expect(last.header.progress.finished)
        let lowest = try #require(events.epochs.map(\.validationLoss).min())
        #expect(last.header.progress.lastValidationLoss == lowest)
        if case .runEnded(let end) = try #require(events.training.last) {
            #expect(end.reason == .finished && end.validationLoss == lowest)
        } else {
            Issue.record("the last event is not run_ended")
        }
        #expect(events.epochs.last!.validationLoss > lowest)
    }

    /// By accuracy, the weights of the most accurate epoch are the best, and those with the lowest loss
    /// are kept besides.
    @Test func theMeasureIsTheRecipes() throws {
        let photos = try TinyPhotos()
        var recipe = photos.recipe
        (recipe.bestBy, recipe.keepCheckpoints) = (.accuracy, 1)
        (recipe.epochs, recipe.fineTuneEpochs, recipe.learningRate) = (8, 0, 0.1)
        let (_, events) = try run(photos, recipe: recipe)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let timeline = RunTimeline(events.training)
        for measure in BestMeasure.allCases {
            let best = try #require(timeline.best(by: measure))
            let found = try folder.checkpoint(.best(measure))
            #expect(found.header.progress.epoch == best.epoch + 1 && found.header.progress.step == 0)
        }
        let own = try folder.checkpoint(.best(nil))
        #expect(own.name == "best")
        #expect(own.header.progress.epoch - 1 == timeline.best(by: .accuracy)?.epoch)
        #expect(own.header.progress.bestByAccuracy == timeline.best(by: .accuracy)?.score)
    }

    /// Any checkpoint can be restored by its name, also in the middle of an epoch.
    @Test func aCheckpointIsRestoredByName() throws {
        let photos = try TinyPhotos()
        var recipe = photos.recipe
        (recipe.saveEvery, recipe.keepCheckpoints) = (.batches(2), 9)
        let (_, events) = try run(photos, recipe: recipe) { session, event in
            if case .batchEnded(let batch) = event, (batch.epoch, batch.step) == (1, 2) {
                [.restoreCheckpoint("nowhere"), .restoreCheckpoint("0000-0002"), .save].forEach(session.send)
            }
            stopOnceSaved(session, event)
        }
        #expect(events.warnings.count == 1 && events.warnings[0].contains("no checkpoint nowhere"))
        #expect(events.applied.first?.after == "0000-0002")
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let last = try Checkpoint.load(folder.last)
        let early = try Checkpoint.load(folder.checkpoint(named: "0000-0002").path)
        let areSame = last.tensors == early.tensors
        #expect(areSame && last.header.progress.epoch == 1)
    }
}
