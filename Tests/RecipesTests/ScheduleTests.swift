import Foundation
import Testing

@testable import Photos
@testable import Recipes

/// Learning-rate schedules, and the text forms of steerable settings.
@Suite struct ScheduleTests {
    @Test func factorsAreThoseOfKeras() {
        // CosineDecay(1, 10), ExponentialDecay(1, 6, 0.5, staircase=True), linear warm-up.
        let cosine = (0...11).map {
            LearningRateSchedule.cosine.factor(batch: $0, of: 10, batchesPerEpoch: 3)
        }
        #expect(
            cosine[0] == 1 && abs(cosine[5] - 0.5) < 1e-15 && abs(cosine[10]) < 1e-15
                && cosine[11] == cosine[10])
        #expect(abs(cosine[2] - 0.9045084971874737) < 1e-15)
        let step = (0..<13).map {
            LearningRateSchedule.step(epochs: 2, factor: 0.5).factor(batch: $0, of: 99, batchesPerEpoch: 3)
        }
        #expect(step == [Double](repeating: 1, count: 6) + [Double](repeating: 0.5, count: 6) + [0.25])
        let warmUp = (0..<5).map {
            LearningRateSchedule.warmUp(batches: 4).factor(batch: $0, of: 9, batchesPerEpoch: 3)
        }
        #expect(warmUp == [0.25, 0.5, 0.75, 1, 1])
        // Both, one after the other: the cosine takes what the warm-up leaves of the stage.
        let both = (0...14).map {
            LearningRateSchedule.warmUpCosine(batches: 4).factor(batch: $0, of: 14, batchesPerEpoch: 3)
        }
        #expect(both.prefix(4) == warmUp.prefix(4) && both.suffix(11) == cosine.prefix(11))
    }

    @Test func textsAreReadAndWritten() {
        for schedule in [
            LearningRateSchedule.constant, .cosine, .step(epochs: 2, factor: 0.1), .warmUp(batches: 50),
            .warmUpCosine(batches: 7),
        ] {
            #expect(LearningRateSchedule(schedule.description) == schedule)
        }
        #expect(LearningRateSchedule("step:2:0.1") == .step(epochs: 2, factor: 0.1))
        for wrong in [
            "", "linear", "cosine:1", "step", "step:0:0.1", "step:2:0", "step:2:1.5", "step:2:nan",
            "step:2:0.1:3", "warm-up:0", "warm-up:", "warm-up:x",
            "warm-up-cosine:0", "warm-up-cosine",
        ] {
            #expect(LearningRateSchedule(wrong) == nil, "\(wrong)")
        }
        #expect(
            [1e-3, 2.5e-4, 1.25e-4, 1, 3e38].map(\.learningRateText) == [
                "1e-03", "2.5e-04", "1.25e-04", "1e+00", "3e+38",
            ])
        #expect("\(Guards(divergence: false))" == "none")
    }

    /// Every command survives a round trip through the log's JSON.
    @Test(
        arguments: [
            .pause, .stepEpoch, .setLearningRate(1e-3), .multiplyLearningRate(0.5), .unfreeze(fromLayer: 100),
            .freeze,
            .setSchedule(.step(epochs: 2, factor: 0.1)), .setDropout(0.3),
            .setAugmentation(.init(flips: false, rotation: 0.1, zoom: 0)),
            .setGuards(.init(divergence: false, earlyStop: 3)), .addEpochs(-2), .restoreBest,
            .stopKeepingBest,
            .sweepLearningRate, .cancelSweep,
        ] as [TrainerCommand])
    func commandsSurviveTheLog(command: TrainerCommand) throws {
        let event = TrainerEvent.commandApplied(
            .init(
                command: command, epoch: 1, step: 2, learningRate: 1e-3, by: .guard, before: "a", after: "b"))
        #expect(try TrainerEvent(jsonLine: event.jsonLine()) == event)
    }

    @Test func commandsAreNamedInSnakeCase() throws {
        func line(_ command: TrainerCommand) throws -> String {
            try TrainerEvent.commandApplied(.init(command: command, epoch: 0, step: 0, learningRate: 1))
                .jsonLine()
        }
        #expect(try line(.setSchedule(.cosine)).contains("{\"set_schedule\":\"cosine\"}"))
        #expect(try line(.setLearningRate(0.5)).contains("{\"set_learning_rate\":0.5}"))
        #expect(try line(.stopKeepingBest).contains("\"command\":\"stop_keeping_best\""))
    }
}
