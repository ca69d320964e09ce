import Recipes
import ScreenSupport
import Sessions
import Testing
import Training

@testable import Basics
@testable import Dashboard

/// News for a person who looks elsewhere.
@Suite struct NoticesTests {
    var state = Sample.state()

    private mutating func news(_ event: SessionEvent) -> [String] {
        state.reduce(.session(event, clock: "")).compactMap {
            if case .notify(let text) = $0 { text } else { nil }
        }
    }

    private static let diverged = SessionEvent.training(
        .warning(.init(.lossJumped(to: 9, from: 1, epoch: 2, batch: 3))))
    private static let guarded = SessionEvent.training(
        .commandApplied(
            .init(
                command: .multiplyLearningRate(0.1), epoch: 6, step: 1, learningRate: 1e-6, by: .guard,
                before: "1e-05", after: "1e-06")))

    @Test mutating func endDivergenceAndPlateauAreTold() {
        #expect(news(Self.diverged) == ["Run 0042 is paused: the loss diverged."])
        #expect(news(Self.guarded) == ["Run 0042: learning rate 1e-05 → 1e-06 · by a guard"])
        let end = TrainerEvent.RunEnded(reason: .finished, validationLoss: 0.3, validationAccuracy: 0.912)
        #expect(news(.training(.runEnded(end))) == ["Run 0042 is finished: validation accuracy 0.912."])
        #expect(news(.failed(UserError("No disk."))) == ["Run 0042 has failed: No disk."])
    }

    @Test mutating func aPlateauIsToldOnce() {
        func epoch(_ number: Int) -> SessionEvent {
            .epochEnded(Sample.outcome(epoch: number))
        }
        // The loss of these epochs is the same.
        let told = (20...25).map { news(epoch($0)).count }
        #expect(told.reduce(0, +) == 1, "\(told)")
    }

    @Test mutating func whatOnesOwnKeysDoIsNotTold() {
        #expect(
            news(.training(.runEnded(.init(reason: .stopped, validationLoss: nil, validationAccuracy: nil))))
                == [])
        #expect(
            news(
                .training(
                    .commandApplied(
                        .init(command: .finishStage, epoch: 6, step: 1, learningRate: 1e-5, by: .key)))) == []
        )
    }

    @Test mutating func aReplayTellsNothing() {
        state.departure.abilities = .replay
        #expect(news(Self.diverged) == [] && news(Self.guarded) == [])
    }

    @Test mutating func theTitleShowsProgress() {
        #expect(state.windowTitle.hasSuffix("% · training · run 0042 · flowers-tui"))
        #expect(state.windowTitle.first?.isNumber == true)
        _ = state.reduce(.session(.statusChanged(.paused), clock: ""))
        #expect(state.windowTitle.contains("paused"))
    }

    @Test mutating func theAlarmStaysUntilTheRunGoesOn() {
        _ = news(Self.diverged)
        _ = news(.statusChanged(.paused))
        #expect(state.run.alarm?.contains("Halve the learning rate") == true)
        _ = news(.statusChanged(.training))
        #expect(state.run.alarm == nil)
    }
}
