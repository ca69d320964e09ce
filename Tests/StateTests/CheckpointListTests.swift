import Keys
import Plots
import Recipes
import ScreenSupport
import Testing
import Training

@testable import Dashboard

/// The list of checkpoints behind the keys b and B.
@Suite struct CheckpointListTests {
    var state = Sample.state()

    mutating func press(_ keys: Key...) -> [Effect] { keys.flatMap { state.reduce(.key($0)) } }

    mutating func list(_ names: (String, Int, Int)...) {
        let entries = names.map { CheckpointEntry(name: $0.0, place: RunPlace(epoch: $0.1, step: $0.2)) }
        _ = state.reduce(.checkpointsListed(entries, run: "0042"))
    }

    /// Before the files are listed, the best epoch is known already.
    @Test mutating func theBestIsOneKeyAway() {
        #expect(press(.character("b")) == [.listCheckpoints(run: "0042")])
        #expect(state.shownCheckpoints.map(\.name) == ["best"])
        #expect(press(.enter) == [.send(.restoreBest)])
        #expect(press(.character("B"), .enter) == [.listCheckpoints(run: "0042"), .send(.stopKeepingBest)])
        #expect(state.dialog == nil)
    }

    @Test mutating func anyCheckpointCanBeChosen() {
        _ = press(.character("b"))
        list(
            ("0005-0000", 5, 0), ("0006-0000", 6, 0), ("0006-0005", 6, 5), ("before-0004-0000", 4, 0),
            ("best", 6, 0), ("last", 6, 5))
        #expect(state.shownCheckpoints.map(\.name) == ["last", "best", "0005-0000", "before-0004-0000"])
        #expect(state.chosenCheckpoint(nil) == 1)
        #expect(state.score(of: state.shownCheckpoints[1])?.epoch == 5)
        #expect(state.score(of: state.shownCheckpoints[0]) == nil)
        #expect(press(.down, .enter) == [.send(.restoreCheckpoint("0005-0000"))])
        _ = press(.character("B"))
        list(("0005-0000", 5, 0), ("best", 6, 0), ("last", 6, 5))
        #expect(press(.end, .enter) == [.send(.stopKeepingCheckpoint("0005-0000"))])
    }

    /// A checkpoint that is saved meanwhile joins the list, and the choice stays where it was.
    @Test mutating func theListKeepsUpWithTheRun() {
        let saved = DashboardAction.session(
            .training(.checkpointSaved(.init(path: "7", epoch: 7, reason: .epoch))), clock: "12:00")
        #expect(state.reduce(saved) == [])
        _ = press(.character("b"))
        list(("best", 4, 0), ("0005-0000", 5, 0), ("last", 5, 0))
        // The best epoch, the sixth, ended after that list was made.
        #expect(state.lostBests.isEmpty)
        _ = press(.home, .down)
        #expect(state.reduce(saved) == [.listCheckpoints(run: "0042")])
        list(("best", 4, 0), ("0005-0000", 5, 0), ("0007-0000", 7, 0))
        #expect(Set(state.lostBests.map(\.epoch)) == [5])
        #expect(press(.enter) == [.send(.restoreBest)])
    }

    /// Checkpoints of another run come too late, and esc changes nothing.
    @Test mutating func onlyThisRunsCheckpointsCount() {
        _ = press(.character("b"))
        _ = state.reduce(
            .checkpointsListed([.init(name: "last", place: RunPlace(epoch: 9, step: 0))], run: "0007"))
        #expect(!state.hasCheckpoints)
        #expect(press(.escape) == [] && state.dialog == nil)
    }

    @Test mutating func theLogNamesTheCheckpoint() {
        let applied = TrainerEvent.commandApplied(
            .init(
                command: .restoreCheckpoint("0005-0040"), epoch: 6, step: 5, learningRate: 1,
                after: "0005-0040"))
        _ = state.reduce(.session(.training(applied), clock: "12:00"))
        #expect(state.log.entries.last?.text == "checkpoint restored epoch 6, batch 40 · by hand")
        #expect(state.marks.last?.label == "epoch 6, batch 40 restored")
    }
}
