import Basics
import Canvas
import Keys
import Photos
import Phrases
import Recipes
import Runs
import Sessions
import Testing
import Training
import Wording

@testable import Dashboard

/// What the log says of the trainer's events, and when.
@Suite struct WordingTests {
    /// Nothing that a warning speaks of is lost, and what to press is named as the person's keys have it.
    @Test(arguments: Language.allCases, TrainerEvent.Warning.Kind.allCases)
    func everyKindOfWarningIsSaid(language: Language, kind: TrainerEvent.Warning.Kind) {
        var state = DashboardState(size: Size(columns: 80, rows: 24), language: language)
        let counts: [TrainerEvent.Warning.Kind: Int] = [
            .lossJumped: 4, .lossNotANumber: 2, .batchesNotApplied: 2, .trainsAlready: 1, .photoSkipped: 2,
            .classOfOne: 1,
            .classOnlyInValidation: 2, .exclusionsMissing: 3, .photosChanged: 1, .engineChanged: 2,
            .classesWithoutValidation: 1, .systemFiles: 1, .emptyClasses: 1, .otherFiles: 2,
            .filesOfKerasOnly: 2, .loosePhotos: 1, .hiddenFolders: 1, .classesAlike: 1, .imbalance: 4,
            .turnedPhotos: 2,
        ]
        let values = (0..<counts[kind, default: 0]).map { "⟨\($0)⟩" }
        _ = state.reduce(
            .session(.training(.warning(.init(kind, "English", values: values))), clock: "12:00"))
        let text = state.log.entries.last?.text ?? ""
        #expect(
            values.allSatisfy(text.contains) && !text.contains("{") && text != "English" && !text.isEmpty,
            "\(text)")
        if [.lossJumped, .lossNotANumber].contains(kind) {
            #expect(
                ["[", "space"].allSatisfy(text.contains) || text.contains(state.keys.label(.togglePause)),
                "\(text)")
        }
    }

    @Test func changesAreSaidInWords() {
        func log(_ command: TrainerCommand, _ before: String?, _ after: String?, _ by: CommandOrigin)
            -> String
        {
            var state = DashboardState(size: Size(columns: 80, rows: 24))
            _ = state.reduce(
                .session(
                    .training(
                        .commandApplied(
                            .init(
                                command: command, epoch: 0, step: 1, learningRate: 1e-3, by: by,
                                before: before, after: after))), clock: ""))
            return state.log.entries.last?.text ?? ""
        }
        #expect(log(.finishStage, "10", "1", .guard) == "stage ends after 1 epoch instead of 10 · by a guard")
        #expect(log(.addEpochs(2), "5", "7", .key) == "the stage has 7 epochs instead of 5 · by hand")
        #expect(
            log(
                .setAugmentation(.init(flips: true, rotation: 0.1, zoom: 0.2)), "rotation:0.2 zoom:0.2",
                "rotation:0.1 zoom:0.2", .key)
                == "augmentation: flip ✓  turn ±36°  zoom ±20% · by hand")
        #expect(log(.unfreeze(fromLayer: 90), "100", "90", .key) == "trains from layer 90 · by hand")
        #expect(
            log(.setLearningRate(1e-3), "1e-04", "1e-03", .key) == "learning rate 1e-04 → 1e-03 · by hand")
    }

    /// The command line shows the English words, which are also the names in messages.
    @Test(arguments: Preparation.Phase.allCases) func everyPhaseIsSaid(phase: Preparation.Phase) {
        #expect(Strings(.english).preparing(phase) == phase.rawValue)
        #expect(Strings(.simplifiedChinese).preparing(phase) != phase.rawValue)
    }

    @Test func aWarningOfNoKindIsSaidAsItIs() {
        var state = DashboardState(size: Size(columns: 80, rows: 24), language: .simplifiedChinese)
        _ = state.reduce(.session(.training(.warning(.init(message: "The disk is full."))), clock: "12:00"))
        #expect(state.log.entries.last?.text == "The disk is full.")
    }

    /// A failure is said in the person's language where it happened, by its sentence from afar.
    @Test func failuresAreSaidInTheLanguage() {
        var state = DashboardState(size: Size(columns: 80, rows: 24), language: .simplifiedChinese)
        let failure = RunFailure.noRun("0007", home: "/h")
        _ = state.reduce(.session(.training(.warning(.init(failure))), clock: "12:00"))
        #expect(state.log.entries.last?.text == state.strings(failure))
        _ = state.reduce(.session(.failed(UserError(failure)), clock: "12:00"))
        #expect(state.run.failure == state.strings(failure))
        let error = UserError(failure)
        let actions: [DashboardAction] = [
            .errandFailed(error), .runsListed([], problem: error), .ghostLoaded(nil, problem: error),
            .themesChanged([], problem: error), .data(.listFailed(error)), .data(.doctorFailed(error)),
            .inspectorAnswered(.failed(.filters, error)),
        ]
        for action in actions {
            state.toast = nil
            _ = state.reduce(action)
            #expect(state.toast?.text == state.strings(failure), "\(action)")
        }
        #expect(state.strings(failure).contains("没有运行 0007"))
    }

    /// A command has the time at which it was applied, if somebody can write that for the state;
    /// otherwise the time at which its event arrived.
    @Test func commandsAreLoggedWithTheirOwnTime() {
        var state = DashboardState(size: Size(columns: 80, rows: 24))
        func pause(at time: Double?) {
            let applied = TrainerEvent.CommandApplied(
                command: .pause, epoch: 0, step: 1, learningRate: 1e-3, time: time)
            _ = state.reduce(.session(.training(.commandApplied(applied)), clock: "12:00"))
        }
        pause(at: 60)
        state.timeOfDay = { seconds in "at \(seconds)" }
        pause(at: 60)
        pause(at: nil)
        #expect(state.log.entries.map { $0.clock } == ["12:00", "at 60.0", "12:00"])
    }
}
