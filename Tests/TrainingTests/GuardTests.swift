import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Store
@testable import Training

/// The guards: their rules, and their effect on whole runs.
@Suite(.serialized) struct GuardTests {
    @Test func lossThatJumpsIsFarOnceTheRuleIsWarm() {
        var rule = DivergenceRule()
        for batch in 0..<10 {
            #expect(!rule.isFar(lossSum: 1e6, photos: 32, classes: 5), "batch \(batch)")
            rule.note(loss: 1.6 - 0.1 * Double(batch))
        }
        #expect(abs(rule.mean - 1.15) < 1e-12)
        // Two bounds apply: 4 · 1.15 and 2 ln 5 ≈ 3.22.
        #expect(!rule.isFar(lossSum: 32 * 4.5, photos: 32, classes: 5))
        #expect(rule.isFar(lossSum: 32 * 4.7, photos: 32, classes: 5))
        for _ in 0..<100 { rule.note(loss: 0.05) }
        #expect(!rule.isFar(lossSum: 32 * 3.1, photos: 32, classes: 5))
        #expect(rule.isFar(lossSum: 32 * 3.3, photos: 32, classes: 5))
        // A single badly misclassified photo is not a divergence.
        #expect(!rule.isFar(lossSum: 12, photos: 1, classes: 5))
        #expect(rule.isFar(lossSum: 26, photos: 1, classes: 5))
    }

    @Test func batchThatIsNotAcceptedChangesNothing() {
        for fineTuneAt in [nil, 100] {
            let engine = HashNetwork.engine(batchSize: 4, size: 96)
            engine.unfreeze(from: fineTuneAt)
            let batch = ImageBatch((0..<4).map { HashNetwork.image($0, size: 96) }, labels: [0, 1, 2, 3])
            _ = engine.train(batch, learningRate: 1e-3)
            let (tensors, moments) = (engine.tensors, engine.optimizerTensors)
            let result = engine.train(batch, learningRate: 1e-3, accepts: { _ in false })
            #expect(result.gradientNorm == nil && engine.adamStep == 1)
            // Bools, so that a failure does not print millions of numbers.
            let isUnchanged = engine.tensors == tensors && engine.optimizerTensors == moments
            #expect(isUnchanged)
            #expect(engine.train(batch, learningRate: 1e-3).lossSum == result.lossSum)
            let isChanged = engine.tensors != tensors
            #expect(isChanged)
        }
    }

    private func recipe(_ photos: TinyPhotos, epochs: Int) -> Recipe {
        var result = photos.recipe
        (result.epochs, result.fineTuneEpochs) = (epochs, 0)
        return result
    }

    @Sendable private func raise(_ session: RunSession, _ event: TrainerEvent, to rate: Double) {
        if case .batchEnded(let batch) = event, (batch.epoch, batch.step) == (4, 1) {
            session.send(.setLearningRate(rate))
        }
    }

    /// A batch whose loss jumps is not applied; it is repeated after the user lowers the rate.
    @Test func jumpPausesBeforeTheBatchIsApplied() throws {
        let photos = try TinyPhotos()
        let (reason, events) = try run(
            photos, recipe: recipe(photos, epochs: 6), isInteractive: true,
            steering: { raise($0, $1, to: 100) },
            watching: { session, event in
                if case .statusChanged(.paused) = event {
                    [.setLearningRate(1e-3), .resume].forEach(session.send)
                }
            })
        #expect(reason == .finished && events.batches.count == 18)
        #expect(events.statuses.count { $0 == .paused } == 1)
        #expect(
            events.warnings.count == 1 && events.warnings[0].contains("jumped")
                && events.warnings[0].contains("not applied"))
        // The repeated batch is applied at the lowered rate.
        let (raised, again) = (events.batches[13], events.batches[14])
        #expect(
            raised.learningRate == 100 && again.learningRate == 1e-3 && again.batchLoss > 4 * raised.batchLoss
        )
    }

    @Test func lossThatIsNotANumberPausesUntilTheWeightsAreSound() throws {
        let photos = try TinyPhotos()
        let (reason, events) = try run(
            photos, recipe: recipe(photos, epochs: 6), isInteractive: true,
            steering: { raise($0, $1, to: 3e38) },
            watching: { session, event in
                if case .statusChanged(.paused) = event {
                    [.restoreBest, .setLearningRate(1e-3), .resume].forEach(session.send)
                }
            })
        #expect(reason == .finished && events.batches.count == 18)
        #expect(events.warnings.count == 1 && events.warnings[0].contains("not a number"))
        #expect(events.batches.allSatisfy { $0.batchLoss.isFinite && $0.gradientNorm?.isFinite == true })
    }

    @Test(arguments: [(100, "jumped"), (3e38, "not a number")]) func withNobodyToActTheRunFails(
        rate: Double, word: String
    ) throws {
        let photos = try TinyPhotos()
        let error = try #require(throws: UserError.self) {
            try run(photos, recipe: recipe(photos, epochs: 6)) { raise($0, $1, to: rate) }
        }
        #expect(error.message.contains(word) && error.message.contains("--learning-rate"))
        #expect(error.message.contains("epoch 5, batch 3"))
        #expect(try RunStore(home: photos.home).show("1").run.status == .failed)
    }

    @Test func withoutTheGuardTheRunGoesOn() throws {
        let photos = try TinyPhotos()
        var recipe = recipe(photos, epochs: 6)
        recipe.divergenceGuard = false
        let (reason, events) = try run(photos, recipe: recipe) { raise($0, $1, to: 100) }
        #expect(reason == .finished && events.warnings.isEmpty && events.batches.count == 18)
        // A batch with a NaN loss is never applied; the warning comes once per epoch.
        let (_, notNumbers) = try run(photos, recipe: recipe) { raise($0, $1, to: 3e38) }
        #expect(notNumbers.warnings.count == 2 && notNumbers.batches.count { $0.batchLoss.isNaN } == 4)
        let logged = EventLog.read(try RunFolder.find(home: photos.home, id: "2").events)
        #expect(logged.count { $0.name == "batch_ended" } == 18)
    }

    /// The rate falls exactly where Keras' ReduceLROnPlateau, applied to the recorded losses,
    /// lowers it.
    @Test func rateFallsOnAPlateau() throws {
        let photos = try TinyPhotos()
        var recipe = recipe(photos, epochs: 12)
        (recipe.learningRate, recipe.reduceOnPlateau) = (3e-2, 2)
        let (_, events) = try run(photos, recipe: recipe)
        var (best, wait, rate) = (Double.infinity, 0, 3e-2)
        var falls: [Int] = []
        for epoch in events.epochs {
            let rates = Set(events.batches.filter { $0.epoch == epoch.epoch }.map(\.learningRate))
            #expect(rates.count == 1 && abs(rates.first! / rate - 1) < 1e-12, "epoch \(epoch.epoch)")
            if epoch.validationLoss < best - 1e-4 {
                (best, wait) = (epoch.validationLoss, 0)
            } else {
                wait += 1
                if wait >= 2, epoch.epoch < 11 {
                    (rate, wait, falls) = (rate * 0.1, 0, falls + [epoch.epoch + 1])
                }
            }
        }
        #expect(!falls.isEmpty)
        #expect(events.applied.map(\.epoch) == falls)
        #expect(events.applied.allSatisfy { $0.by == .guard && $0.command == .multiplyLearningRate(0.1) })
        #expect(events.applied.first?.before == "3e-02" && events.applied.first?.after == "3e-03")
    }

    @Test func guardThatIsSwitchedOnCountsFromThenOn() throws {
        let photos = try TinyPhotos()
        var recipe = recipe(photos, epochs: 12)
        // Too small a rate to change the loss by 1e-4 in an epoch.
        recipe.learningRate = 1e-9
        let (_, events) = try run(photos, recipe: recipe) { session, event in
            if case .epochEnded(let epoch) = event, epoch.epoch == 4 {
                session.send(.setGuards(.init(reduceOnPlateau: 3)))
            }
        }
        #expect(events.applied.filter { $0.by == .guard }.map(\.epoch) == [8, 11])
    }
}
