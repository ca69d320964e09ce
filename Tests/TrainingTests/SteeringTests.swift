import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// Whole runs that are steered: 20 training photos in batches of 8, three batches an epoch.
@Suite(.serialized) struct SteeringTests {
    /// A recipe with high rates, so that losses go up and down.
    private func restless(_ photos: TinyPhotos, epochs: Int, fineTuneEpochs: Int = 0) -> Recipe {
        var result = photos.recipe
        (result.epochs, result.fineTuneEpochs) = (epochs, fineTuneEpochs)
        (result.learningRate, result.fineTuneLearningRate) = (3e-2, 1e-3)
        return result
    }

    /// A paused run handles every command, and each change records who made it, the old value
    /// and the new one.
    @Test func everyChangeSaysWhatItChanged() throws {
        let photos = try TinyPhotos()
        let strength = AugmentationStrength(flips: false, rotation: 0.1, zoom: 0)
        let guards = Guards(divergence: false, earlyStop: 9, reduceOnPlateau: 8)
        let (reason, events) = try run(photos) { session, event in
            guard case .batchEnded(let batch) = event else { return }
            let commands: [TrainerCommand] =
                switch (batch.epoch, batch.step) {
                case (0, 1):
                    [
                        .pause, .setDropout(0.4), .setAugmentation(strength),
                        .setSchedule(.warmUp(batches: 2)),
                        .setGuards(guards), .addEpochs(1), .multiplyLearningRate(0.25),
                        .setLearningRate(3e-4), .freeze,
                        .addEpochs(-9), .addEpochs(-1), .restoreBest, .stopKeepingBest, .cancelSweep,
                        .setDropout(1),
                        .addEpochs(2), .resume,
                    ]
                case (3, 1):
                    [
                        .freeze, .freeze, .unfreeze(fromLayer: 143), .unfreeze(fromLayer: 143),
                        .unfreeze(fromLayer: 154), .addEpochs(-5),
                    ]
                default: []
                }
            commands.forEach(session.send)
        }
        #expect(reason == .finished)
        let changes = events.applied.filter { $0.by == .key }
        let expected: [(TrainerCommand, String?, String?)] = [
            (.pause, nil, nil), (.setDropout(0.4), "0.2", "0.4"),
            (.setAugmentation(strength), "flips rotation:0.2 zoom:0.2", "rotation:0.1 zoom:0.0"),
            (.setSchedule(.warmUp(batches: 2)), "constant", "warm-up:2"),
            (.setGuards(guards), "divergence", "early-stop:9 reduce-on-plateau:8"), (.addEpochs(1), "2", "3"),
            (.multiplyLearningRate(0.25), "1e-03", "2.5e-04"), (.setLearningRate(3e-4), "2.5e-04", "3e-04"),
            (.addEpochs(-9), "3", "1"), (.addEpochs(2), "1", "3"), (.resume, nil, nil),
            (.freeze, "100", "154"),
            (.unfreeze(fromLayer: 143), "154", "143"), (.addEpochs(-5), "2", "1"),
        ]
        #expect(changes.map(\.command) == expected.map(\.0))
        #expect(changes.map(\.before) == expected.map(\.1))
        #expect(changes.map(\.after) == expected.map(\.2))
        // Eight commands cannot be carried out: frozen already (twice), unfrozen already, too
        // short, no best epoch (twice), dropout, layer.
        #expect(events.warnings.count == 8, "\(events.warnings)")
        #expect(events.stages.map(\.stage) == [.head, .fineTune, .fineTune, .fineTune])
        #expect(events.stages.map(\.fineTuneAt) == [nil, 100, nil, 143])
        #expect(events.stages[2].trainableParameters == 2562)
        // Two batches of warm-up from half the rate, then the full rate; the next stage warms up
        // again.
        #expect(events.batches.map(\.learningRate).prefix(4) == [1e-3, 1.5e-4, 3e-4, 3e-4])
        #expect(events.batches.filter { $0.epoch == 3 }.map(\.learningRate) == [5e-6, 1e-5, 1e-5])
        #expect(events.epochs.count == 4)
        let last = try #require(events.settings.last)
        #expect(last.dropout == 0.4 && last.augmentation == strength && last.guards == guards)
        #expect(last.schedule == .warmUp(batches: 2) && last.headEpochs == 3 && last.totalEpochs == 4)
        #expect(last.stage == .fineTune && last.baseLearningRate == 1e-5)
        #expect(events.settings.first == RecipeState(photos.recipe))
        // The log records every change.
        let logged = EventLog.read(try RunFolder.find(home: photos.home, id: "1").events)
        #expect(
            logged.filter { $0.name == "command_applied" } == events.applied.map(TrainerEvent.commandApplied))
    }

    struct Script: CustomTestStringConvertible, Sendable {
        var commands: [TrainerCommand]
        /// The batches after which the commands are sent and the run is interrupted.
        var at: (epoch: Int, step: Int)
        var end: (epoch: Int, step: Int)
        var testDescription: String { "\(commands) after \(at), interrupted after \(end)" }

        init(_ commands: [TrainerCommand], at: (Int, Int), end: (Int, Int)) {
            (self.commands, self.at, self.end) = (commands, at, end)
        }
    }

    /// A run interrupted after a command and resumed computes the same as an uninterrupted one.
    @Test(arguments: [
        Script([.setSchedule(.cosine)], at: (0, 2), end: (1, 1)),
        Script([.setSchedule(.step(epochs: 1, factor: 0.5))], at: (0, 1), end: (2, 2)),
        Script([.setSchedule(.warmUp(batches: 4))], at: (2, 1), end: (2, 3)),
        Script(
            [.setDropout(0.6), .setAugmentation(.init(flips: true, rotation: 0, zoom: 0.5))], at: (0, 1),
            end: (0, 2)),
        Script([.setGuards(.init(reduceOnPlateau: 1)), .addEpochs(2)], at: (0, 1), end: (3, 1)),
        Script([.setGuards(.init(earlyStop: 1)), .addEpochs(3)], at: (0, 1), end: (2, 2)),
        Script([.addEpochs(-1)], at: (0, 1), end: (0, 2)), Script([.addEpochs(2)], at: (2, 2), end: (4, 1)),
        Script([.restoreBest], at: (2, 1), end: (2, 2)), Script([.restoreBest], at: (3, 1), end: (3, 2)),
        Script([.freeze], at: (2, 1), end: (3, 1)),
        Script([.freeze, .setSchedule(.cosine), .unfreeze(fromLayer: 120)], at: (2, 1), end: (2, 2)),
        Script([.unfreeze(fromLayer: 143)], at: (0, 2), end: (1, 1)),
    ])
    func resumedRunEqualsAnUnbrokenOneAfterEveryCommand(script: Script) throws {
        let photos = try TinyPhotos()
        let recipe = restless(photos, epochs: 2, fineTuneEpochs: 2)
        @Sendable func steer(_ session: RunSession, _ event: TrainerEvent, ends: Bool) {
            guard case .batchEnded(let batch) = event else { return }
            if (batch.epoch, batch.step) == script.at { script.commands.forEach(session.send) }
            if ends, (batch.epoch, batch.step) == script.end { session.interrupt() }
        }
        let (_, whole) = try run(photos, recipe: recipe) { steer($0, $1, ends: false) }
        let (reason, first) = try run(photos, recipe: recipe) { steer($0, $1, ends: true) }
        #expect(reason == .interrupted)
        let (end, second) = try run(photos, resuming: "2")
        #expect(end == .finished && whole.warnings.isEmpty, "\(whole.warnings)")
        func both<T>(_ value: (EventRecorder) -> [T]) -> [T] { value(first) + value(second) }
        #expect(both(\.batchLosses) == whole.batchLosses)
        #expect(both(\.batches).map(\.learningRate) == whole.batches.map(\.learningRate))
        #expect(both(\.batches).map(\.gradientNorm) == whole.batches.map(\.gradientNorm))
        #expect(both(\.epochs).map(\.validationLoss) == whole.epochs.map(\.validationLoss))
        // The two runs applied the commands at different times.
        func timeless(_ changes: [TrainerEvent.CommandApplied]) -> [TrainerEvent.CommandApplied] {
            changes.map { change in
                var change = change
                change.time = nil
                return change
            }
        }
        #expect(timeless(both(\.applied)) == timeless(whole.applied))
        #expect(second.settings.last == whole.settings.last)
    }

    /// A stage that was told to end is validated and ended even when the run is interrupted first.
    @Test func finishedStageStaysFinishedWhenInterrupted() throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, (batch.epoch, batch.step) == (0, 1) {
                session.send(.finishStage)
            }
        }
        let (reason, first) = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, (batch.epoch, batch.step) == (0, 1) {
                session.send(.finishStage)
            }
            if case .commandApplied = event { session.interrupt() }
        }
        #expect(reason == .interrupted && first.epochs.isEmpty)
        let (_, second) = try run(photos, resuming: "2")
        #expect(first.batchLosses + second.batchLosses == whole.batchLosses)
        #expect(second.epochs.map(\.validationLoss) == whole.epochs.map(\.validationLoss))
    }

    @Test func oldCheckpointsResumeWithTheRecipe() throws {
        let photos = try TinyPhotos()
        let (_, whole) = try run(photos)
        _ = try run(photos) { session, event in
            if case .batchEnded(let batch) = event, (batch.epoch, batch.step) == (2, 1) {
                session.interrupt()
            }
        }
        let folder = try RunFolder.find(home: photos.home, id: "2")
        var checkpoint = try Checkpoint.load(folder.last)
        (checkpoint.header.recipe.schedule, checkpoint.header.recipe.divergenceGuard) = (
            nil, nil
        )
        // Files of those versions hold nothing of what has since become changeable.
        let text = try Checkpoint.Header.encoder().encode(checkpoint.header)
        var header = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        var progress = try #require(header["progress"] as? [String: Any])
        #expect(progress.removeValue(forKey: "steering") != nil)
        header["progress"] = progress
        try Safetensors.write(
            checkpoint.tensors,
            metadata: [
                CheckpointHeader.metadataKey: String(
                    decoding: try JSONSerialization.data(withJSONObject: header), as: UTF8.self)
            ], to: folder.last)
        let (_, rest) = try run(photos, resuming: "2")
        #expect(rest.batchLosses == Array(whole.batchLosses.dropFirst(7)))
    }

    @Test func cosineFallsToTheEndOfEachStage() throws {
        let photos = try TinyPhotos()
        var recipe = photos.recipe
        recipe.schedule = .cosine
        let (_, events) = try run(photos, recipe: recipe)
        for (stage, base) in [(0, 1e-3), (2, 1e-5)] {
            let rates = events.batches.filter { $0.epoch / 2 == stage / 2 }.map(\.learningRate)
            #expect(rates.count == 6 && rates[0] == base)
            for (batch, rate) in rates.enumerated() {
                #expect(abs(rate - base / 2 * (1 + cos(.pi * Double(batch) / 6))) < 1e-12 * base)
            }
        }
        #expect(events.applied.isEmpty)
        #expect(events.settings.first?.schedule == .cosine)
    }

    @Test func decaysAndTheEndOfAWarmUpAreReported() throws {
        let photos = try TinyPhotos()
        var recipe = photos.recipe
        (recipe.epochs, recipe.fineTuneEpochs) = (3, 0)
        recipe.schedule = .step(epochs: 1, factor: 0.1)
        let (_, steps) = try run(photos, recipe: recipe)
        #expect(steps.applied.map(\.by) == [.schedule, .schedule])
        #expect(
            steps.applied.map(\.before) == ["1e-03", "1e-04"]
                && steps.applied.map(\.after) == ["1e-04", "1e-05"])
        #expect(steps.applied.map(\.step) == [3, 3] && steps.applied.map(\.epoch) == [0, 1])
        let rates = steps.batches.map(\.learningRate)
        for (batch, rate) in rates.enumerated() {
            #expect(abs(rate - 1e-3 * pow(0.1, Double(batch / 3))) < 1e-15)
        }
        recipe.schedule = .warmUp(batches: 4)
        let (_, warmUp) = try run(photos, recipe: recipe)
        #expect(warmUp.applied.map(\.before) == ["2.5e-04"] && warmUp.applied.map(\.after) == ["1e-03"])
        #expect(
            warmUp.batches.map(\.learningRate) == [2.5e-4, 5e-4, 7.5e-4] + [Double](repeating: 1e-3, count: 6)
        )
    }

    @Test func stepOfAnEpochPausesAfterItsValidation() throws {
        let photos = try TinyPhotos()
        let (reason, events) = try run(
            photos,
            watching: { session, event in
                switch event {
                case .training(.batchEnded(let batch)) where (batch.epoch, batch.step) == (0, 1):
                    session.send(.pause)
                // Also after the last epoch of a stage and of the run.
                case .statusChanged(.paused): session.send(.stepEpoch)
                default: break
                }
            })
        #expect(reason == .finished && events.epochs.count == 4)
        #expect(events.statuses.count { $0 == .paused } == 5)
        #expect(events.applied.map(\.command) == [.pause] + [TrainerCommand](repeating: .stepEpoch, count: 5))
    }
}
