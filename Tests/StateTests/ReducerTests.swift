import Basics
import Canvas
import Plots
import Recipes
import ScreenSupport
import Sessions
import Testing
import Training

@testable import Dashboard
@testable import Keys

@Suite struct ReducerTests {
    var state = Sample.state()

    mutating func press(_ keys: Key...) -> [Effect] {
        keys.flatMap { state.reduce(.key($0)) }.filter { if case .remember = $0 { false } else { true } }
    }

    mutating func type(_ text: String) -> [Effect] { text.flatMap { press(.character($0)) } }

    @Test mutating func spacePausesAndResumes() {
        #expect(press(.character(" ")) == [.send(.pause)])
        _ = state.reduce(.session(.statusChanged(.paused), clock: ""))
        #expect(press(.character(" ")) == [.send(.resume)])
        // A pause changes nothing, and so leaves no mark.
        #expect(state.marks.map(\.label) == ["fine-tune", "LR ÷2"])
    }

    @Test mutating func bracketsScaleTheRate() {
        #expect(
            press(.character("["), .character("]")) == [
                .send(.multiplyLearningRate(0.5)), .send(.multiplyLearningRate(2)),
            ])
        #expect(state.run.learningRate == 5e-6)
        #expect(state.marks.contains { $0.label == "LR ÷2" })
    }

    @Test mutating func aRateIsTypedAndChecked() {
        #expect(press(.character("l"), .character("x"), .enter) == [])
        guard case .form(let form) = state.dialog else { return #expect(Bool(false), "the form closed") }
        #expect(form.problem == "A rate is a number above 0 and at most 10, such as 1e-4.")
        #expect(
            press(.backspace, .character("1"), .character("e"), .character("-"), .character("4"), .enter) == [
                .send(.setLearningRate(1e-4))
            ])
        #expect(state.dialog == nil)
        #expect(press(.character("l"), .character("5"), .escape) == [])
        #expect(state.dialog == nil)
        // The field's history recalls what was typed.
        #expect(press(.character("l"), .up, .enter) == [.send(.setLearningRate(1e-4))])
    }

    /// A hundredfold rate, typed or found, asks before it is sent.
    @Test mutating func aMuchHigherRateAsksFirst() {
        #expect(state.run.learningRate == 5e-6)
        _ = press(.character("l"))
        #expect(type("4e-4") == [] && press(.enter) == [.send(.setLearningRate(4e-4))])
        _ = press(.character("l"))
        #expect(type("5e-4") == [] && press(.enter) == [])
        #expect(
            state.dialog == .confirm(.raiseRate(5e-4, then: [.setLearningRate(5e-4)])))
        #expect(press(.escape) == [] && state.dialog == nil)
        _ = press(.character("l"))
        #expect(type("1") == [] && press(.enter) == [] && press(.enter) == [.send(.setLearningRate(1))])
        state.dialog = .sweep(chosen: nil)
        state.run.sweep = Sample.sweep(points: 100)
        #expect(press(.enter) == [])
        #expect(press(.enter) == [.send(.setLearningRate(1e-3))] && state.dialog == nil)
    }

    @Test mutating func unfreezingShowsAndSendsTheChosenLayer() {
        #expect(press(.character("3"), .up, .up, .enter, .character("u")) == [])
        #expect(state.dialog == .unfreeze(layer: 98))
        #expect(press(.enter) == [.send(.unfreeze(fromLayer: 98))])
        #expect(state.trainableParameters(from: 100) == 1_867_845)
    }

    @Test mutating func finishingAndQuittingAskFirst() {
        #expect(press(.character("f"), .escape) == [])
        #expect(press(.character("f"), .enter) == [.send(.finishStage)])
        #expect(press(.character("q"), .character("n")) == [])
        #expect(press(.character("q"), .enter) == [.send(.stop), .quit])
        #expect(state.departure.isQuitting)
    }

    @Test mutating func changesAreTakenBackOneByOne() {
        func applied(_ command: TrainerCommand, _ rate: Double, before: String? = nil) -> DashboardAction {
            .session(
                .training(
                    .commandApplied(
                        .init(command: command, epoch: 6, step: 1, learningRate: rate, before: before))),
                clock: "")
        }
        state.run.forgetChanges()
        _ = state.reduce(applied(.multiplyLearningRate(2), 1e-5))
        _ = state.reduce(applied(.setLearningRate(3e-4), 3e-4))
        #expect(press(.character("U")) == [.send(.setLearningRate(1e-5))])
        // The undo's own event cannot be undone.
        _ = state.reduce(applied(.setLearningRate(1e-5), 1e-5))
        #expect(press(.character("U")) == [.send(.setLearningRate(5e-6))])
        _ = state.reduce(applied(.setLearningRate(5e-6), 5e-6))
        #expect(press(.character("U")) == [])
        #expect(state.toast?.text.contains("Nothing to undo") == true)
        // As the trainer reports them: what a command has changed, then the command.
        func started(_ layer: Int, _ stage: Stage = .fineTune) -> DashboardAction {
            .session(
                .training(
                    .stageStarted(
                        .init(
                            stage: stage, epoch: 5, trainableParameters: 1, learningRate: 5e-6,
                            fineTuneAt: layer))),
                clock: "")
        }
        _ = state.reduce(started(54))
        _ = state.reduce(applied(.unfreeze(fromLayer: 54), 5e-6, before: "100"))
        #expect(press(.character("U")) == [.send(.unfreeze(fromLayer: 100))])
        _ = state.reduce(started(100))
        _ = state.reduce(applied(.unfreeze(fromLayer: 100), 5e-6, before: "54"))
        #expect(press(.character("U")) == [])
        _ = state.reduce(started(54))
        _ = state.reduce(applied(.unfreeze(fromLayer: 54), 5e-6, before: "154"))
        #expect(press(.character("U")) == [.send(.freeze)])
        _ = state.reduce(applied(.freeze, 5e-6, before: "54"))
        #expect(press(.character("U")) == [])
        // A new stage clears the undo list of the one before.
        _ = state.reduce(applied(.multiplyLearningRate(2), 1e-5))
        _ = state.reduce(started(0, .head))
        #expect(press(.character("U")) == [])
        // In the first stage, other layers mean the end of the stage.
        _ = state.reduce(applied(.unfreeze(fromLayer: 54), 5e-6, before: "154"))
        #expect(press(.character("U")) == [])
    }

    @Test mutating func chartsZoomPanAndFollow() {
        #expect(state.shownSpan == 0...10)
        _ = press(.character("+"), .character("+"))
        #expect(state.charts.width == 2.5 && state.shownSpan.upperBound == state.position)
        _ = press(.character("<"))
        #expect(state.charts.end != nil && state.shownSpan.upperBound < state.position)
        _ = press(.character(">"), .character(">"))
        #expect(state.charts.end == nil)
        _ = press(.character("-"), .character("-"))
        #expect(state.shownSpan == 0...10)
        _ = press(.character("+"), .left)
        #expect(state.charts.cursor != nil)
        _ = press(.enter, .down)
        #expect(state.charts.isOpen && state.charts.chosen == .loss)
        // Each Escape leaves one mode.
        _ = press(.escape)
        #expect(state.charts.cursor == nil && state.charts.isOpen)
        _ = press(.escape)
        #expect(!state.charts.isOpen && state.charts.width != nil)
        _ = press(.escape)
        #expect(state.charts.width == nil)
    }

    @Test mutating func smoothingAveragesExponentially() {
        #expect(state.charts.history.smoothing == 0.9)
        _ = press(.character("m"), .character("m"), .character("m"))
        #expect(state.charts.history.smoothing == 0.6)
        let (raw, smooth) = (state.charts.history.loss.values, state.charts.history.smoothLoss.values)
        #expect(raw.count == smooth.count && smooth[0] == raw[0])
        var (sum, weights) = (0.0, 0.0)
        for i in raw.indices {
            (sum, weights) = (sum * 0.6 + raw[i] * 0.4, weights * 0.6 + 0.4)
            #expect(abs(smooth[i] - sum / weights) < 1e-9)
        }
        _ = press(.character("m"), .character("m"), .character("m"))
        #expect(state.charts.history.smoothing == 0 && state.charts.history.smoothLoss.count == 0)
    }

    @Test mutating func thePaletteDoesWhatAKeyDoes() {
        _ = press(.character(":"))
        for letter in "halve" { _ = press(.character(letter)) }
        #expect(press(.enter) == [.send(.multiplyLearningRate(0.5))])
        #expect(state.dialog == nil)
        _ = press(.palette, .character("z"), .character("z"), .character("z"), .enter)
        #expect(state.dialog == nil)
    }

    @Test mutating func interruptNeedsNoQuestion() {
        #expect(press(.interrupt) == [.interrupt, .quit])
    }

    @Test mutating func screensChangeByDigitAndTab() {
        _ = press(.character("6"))
        #expect(state.screen == .runs)
        _ = press(.tab)
        #expect(state.screen == .train)
        _ = press(.backTab, .backTab, .backTab)
        #expect(state.screen == .predictions)
        #expect(press(.character("r")) == [.send(.refreshPredictions)])
        _ = press(.enter)
        #expect(state.dialog == .prediction(0))
        _ = press(.right)
        #expect(state.dialog == .prediction(1))
    }

    @Test mutating func augmentationsAreRedrawnOnTheDataScreen() {
        _ = press(.character("2"), .character("r"))
        #expect(state.data.variant == 1)
        _ = press(.right, .down)
        #expect(state.data.cursor == 5)
    }

    @Test mutating func aPictureIsNamedAfterItsRunAndScreen() {
        #expect(press(.character("S")) == [.saveScreen(named: "run-0042-train")])
        #expect(press(.enter, .character("S")) == [.saveScreen(named: "run-0042-train-accuracy")])
        #expect(
            press(.character("4"), .character("v"), .character("S")).last
                == .saveScreen(named: "run-0042-predictions-confusion"))
        #expect(press(.character("3"), .character("S")) == [.saveScreen(named: "run-0042-model")])
        _ = state.reduce(.screenSaved("/here/run-0042-model.svg"))
        #expect(state.toast?.text == "Saved run-0042-model.svg in /here.")
    }

    @Test mutating func themesGoRound() {
        #expect(press(.character("t"), .character("t")) == [.setTheme("light"), .setTheme("dark")])
        #expect(press(.character("s")) == [.send(.save)])
        #expect(press(.character("n")) == [.send(.step)])
    }

    /// A key that cannot act says why.
    @Test(arguments: KeyTable.standard.flatMap(\.keys)) func everyKeyActsOrExplains(key: Key) {
        for status in TrainerStatus.allCases {
            for screen in Screen.allCases {
                var state =
                    status == .preparing ? DashboardState(size: Size(columns: 80, rows: 24)) : Sample.state()
                state.run.status = status
                state.screen = screen
                let binding = state.keys.binding(for: key, on: screen)!
                let refused = !binding.works(on: screen) || binding.disabled(state) != nil
                let effects = state.reduce(.key(key))
                if refused {
                    #expect(effects.isEmpty)
                    #expect(state.toast != nil)
                }
            }
        }
    }

    @Test mutating func anUnknownKeySaysSo() {
        _ = press(.character("Z"))
        #expect(state.toast?.text.contains("Z does nothing") == true)
        _ = state.reduce(.tick(1000))
        #expect(state.toast == nil)
    }

    /// During the validation after a step that ends an epoch, the pause still holds, so space
    /// resumes.
    @Test func spaceResumesWhatPausedEvenWhileItValidates() {
        var state = Sample.state()
        _ = state.reduce(.session(.statusChanged(.paused), clock: "12:00"))
        _ = state.reduce(.session(.statusChanged(.validating), clock: "12:00"))
        #expect(state.reduce(.key(.character(" "))) == [.send(.resume)])
        _ = state.reduce(.session(.statusChanged(.training), clock: "12:00"))
        #expect(state.reduce(.key(.character(" "))) == [.send(.pause)])
        #expect(state.reduce(.key(.character(" "))) == [.send(.resume)])
    }

    // MARK: Detaching and attaching

    @Test mutating func aRunOfThisProcessIsDetached() {
        #expect(press(.character("d")) == [.detach])
        #expect(state.departure.isDetaching)
        state.departure.isDetaching = false
        #expect(press(.character("q"), .character("d")) == [.detach])
        // A run that ends in the meantime is no longer being detached.
        _ = state.reduce(
            .session(
                .training(.runEnded(.init(reason: .finished, validationLoss: 1, validationAccuracy: 1))),
                clock: ""))
        #expect(!state.departure.isDetaching)
        _ = state.reduce(.session(.statusChanged(.finished), clock: ""))
        #expect(
            press(.character("d")) == []
                && state.toast?.text == "The run is finished; start another one to train on.")
        #expect(press(.character("q"), .character("d"), .escape) == [])
    }

    @Test mutating func anAttachedDashboardLeavesTheRunAlone() {
        state.departure.abilities = .attached
        #expect(press(.character("d")) == [.leave])
        #expect(press(.interrupt) == [.leave])
        #expect(press(.character("q")) == [] && state.dialog == .confirm(.quit))
        #expect(press(.escape) == [] && state.dialog == nil)
        #expect(press(.character("q"), .enter) == [.leave])
        #expect(!state.departure.isQuitting)
        #expect(press(.character("q"), .character("s")) == [.send(.stop), .quit])
        #expect(state.departure.isQuitting)
    }

    @Test mutating func aLostConnectionIsShownAndLeft() {
        state.departure.abilities = .attached
        _ = state.reduce(.session(.failed(UserError("The process is gone.")), clock: ""))
        _ = state.reduce(.session(.statusChanged(.disconnected), clock: ""))
        #expect(
            state.run.failure == "The process is gone."
                && state.log.entries.last?.text == "The process is gone.")
        #expect(
            press(.character("[")) == []
                && state.toast?.text == "The process that trains the run cannot be reached.")
        #expect(press(.character("q"), .character("s"), .enter) == [.leave])
    }

    /// A pause made elsewhere shows here, so that the next space resumes the run.
    @Test mutating func pausingFollowsTheTrainer() {
        _ = state.reduce(.session(.statusChanged(.paused), clock: ""))
        #expect(state.run.isPaused)
        #expect(press(.character(" ")) == [.send(.resume)])
        _ = state.reduce(.session(.statusChanged(.paused), clock: ""))
        _ = state.reduce(.session(.statusChanged(.training), clock: ""))
        #expect(press(.character(" ")) == [.send(.pause)])
    }

    /// A run that is shown again starts with a fresh state and takes its training time from the
    /// context.
    @Test mutating func aRunThatIsSeenAgainBeginsAnew() {
        var context = Sample.context()
        (context.seconds, context.isAgain) = (100, true)
        _ = state.reduce(.session(.failed(UserError("lost")), clock: ""))
        _ = state.reduce(.session(.statusChanged(.disconnected), clock: ""))
        _ = state.reduce(.session(.ready(context), clock: ""))
        _ = state.reduce(.session(.statusChanged(.training), clock: ""))
        #expect(
            state.run.failure == nil && state.log.entries.isEmpty && state.epochs.isEmpty
                && state.run.undos.isEmpty)
        #expect(state.elapsed == 100)
    }
}
