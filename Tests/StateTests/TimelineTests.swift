import Canvas
import Keys
import Phrases
import Plots
import Recipes
import ScreenSupport
import Testing
import Training

@testable import Dashboard

/// The run's timeline in the state, and its marks in words.
@Suite struct TimelineTests {
    private static func send(_ event: TrainerEvent, to state: inout DashboardState) {
        _ = state.reduce(.session(.training(event), clock: ""))
    }

    private static func command(
        _ command: TrainerCommand, rate: Double = 1e-4, _ state: inout DashboardState
    ) {
        send(
            .commandApplied(.init(command: command, epoch: 6, step: 5, learningRate: rate)), to: &state)
    }

    private static func unfreeze(from layer: Int?, _ state: inout DashboardState) {
        send(
            .stageStarted(
                .init(
                    stage: .fineTune, epoch: 6, trainableParameters: 1, learningRate: 1e-5,
                    fineTuneAt: layer)), to: &state)
    }

    @Test func marksAreWordedOnceInTheirOrder() {
        var state = Sample.state()
        #expect(
            state.marks == [
                .init(x: 5, label: "fine-tune", kind: .phase),
                .init(x: 6.5, label: "LR ÷2", glyph: "↓"),
            ])
        Self.command(.multiplyLearningRate(0.5), &state)
        Self.command(.setLearningRate(1e-4), &state)
        Self.command(.pause, &state)
        _ = state.reduce(.session(.statusChanged(.paused), clock: ""))
        _ = state.reduce(.session(.statusChanged(.paused), clock: ""))
        Self.command(.setSchedule(.cosine), &state)
        Self.command(.setDropout(0.3), &state)
        Self.unfreeze(from: 54, &state)
        Self.command(.unfreeze(fromLayer: 54), &state)
        Self.unfreeze(from: nil, &state)
        Self.command(.freeze, &state)
        Self.command(.restoreBest, &state)
        let labels = state.marks.dropFirst(2).map { "\($0.label) \($0.glyph)" }
        #expect(
            labels == [
                "LR 1e-04 ↕", "schedule ∿", "from 54 ◇", "frozen ❄", "best restored ↺",
            ])
        #expect(state.marks.dropFirst().allSatisfy { $0.x == 6.5 })
        #expect(state.marks.last?.kind == .restore)
        // A run that begins again has no marks.
        _ = state.reduce(.session(.ready(Sample.context()), clock: ""))
        #expect(state.marks.isEmpty && state.epochs.isEmpty && state.stage == nil && state.batch == nil)
    }

    /// The keys for the best epoch wait for one whose loss is a number.
    @Test func onlyAFiniteLossMakesABestEpoch() throws {
        let state = Sample.state(events: Sample.divergedEvents)
        #expect(state.run.timeline.bestEpoch?.epoch == 5)
        var young = DashboardState(size: Size(columns: 120, rows: 40))
        for event in Sample.divergedEvents {
            _ = young.reduce(.session(event, clock: ""))
            if case .training(.epochEnded) = event { break }
        }
        #expect(young.epochs.count == 1 && young.run.timeline.bestEpoch == nil)
        _ = young.reduce(.key(.character("b")))
        #expect(young.dialog == nil && young.toast?.text == young.strings[.noBestYet])
    }
}
