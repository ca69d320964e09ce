import Basics
import Keys
import Network
import Phrases
import Recipes
import ScreenSupport
import Sessions
import Testing
import Training

@testable import Dashboard
@testable import Runs

/// The table of all runs, and the steps that follow a run.
@Suite struct RunsScreenTests {
    var state = Sample.state()

    init() {
        state.departure.opensRuns = true
        _ = state.reduce(.key(.character("6")))
        _ = state.reduce(.runsListed(Sample.manyRuns, problem: nil))
        _ = state.reduce(.curvesLoaded(Sample.curves))
    }

    mutating func press(_ keys: Key...) -> [Effect] {
        keys.flatMap { state.reduce(.key($0)) }.filter {
            switch $0 {
            case .remember, .loadCurves: false
            default: true
            }
        }
    }

    var shown: [String] { state.runs.shown.map(\.run) }

    @Test func theScreenAsksForTheRunsAndTheirCurves() {
        var state = Sample.state()
        #expect(state.reduce(.key(.character("6"))).contains(.listRuns))
        let asked = state.reduce(.runsListed(Sample.manyRuns, problem: nil))
        #expect(asked == [.loadCurves(runs: ["0005", "0004", "0003", "0002"])])
        // Each is asked for once.
        #expect(state.reduce(.key(.down)) == [])
    }

    @Test mutating func runsAreSortedByEachColumn() {
        #expect(shown == ["0005", "0004", "0003", "0002", "0001"])
        _ = press(.character("o"))
        #expect(state.runs.order == .status && shown == ["0001", "0002", "0003", "0004", "0005"])
        _ = press(.character("o"))
        #expect(state.runs.order == .accuracy && shown == ["0005", "0004", "0003", "0002", "0001"])
        _ = press(.character("O"))
        #expect(shown == ["0001", "0002", "0003", "0004", "0005"])
    }

    /// The chosen run stays chosen whatever the order, and while more runs come.
    @Test mutating func theChosenRunStaysChosen() {
        _ = press(.down, .down)
        #expect(state.chosenRun?.run == "0003")
        _ = press(.character("O"))
        #expect(state.chosenRun?.run == "0003" && state.runs.cursor == 2)
        _ = state.reduce(.runsListed(Array(Sample.manyRuns.dropFirst()), problem: nil))
        #expect(state.chosenRun?.run == "0003" && state.runs.cursor == 1)
    }

    @Test mutating func filtersLookAtNotesTagsAndStatus() {
        _ = press(.character("/"), .character("#"), .character("p"), .character("a"), .enter)
        #expect(shown == ["0003"])
        _ = press(.escape)
        #expect(shown.count == 5)
        _ = press(.character("/"), .character("树"), .character("叶"), .enter)
        #expect(shown == ["0004"])
    }

    @Test mutating func enterOpensAttachesOrReturns() {
        // Training goes on here, so the run is handed over first.
        #expect(press(.enter) == [.openSession(.show(run: "0005"))])
        #expect(state.departure.isChanging)
        // Nothing is asked for twice.
        #expect(press(.end, .enter) == [])
        state.departure.isChanging = false
        #expect(press(.enter) == [.openSession(.attach(run: "0001"))])
        _ = state.reduce(.sessionRefused(.init("gone")))
        #expect(!state.departure.isChanging && state.toast?.text == "gone")
    }

    @Test mutating func onlyUnfinishedRunsAreResumed() {
        _ = press(.home, .down)
        #expect(state.chosenRun?.status == .interrupted)
        #expect(press(.character("r")) == [.openSession(.resume(run: "0004", moreEpochs: nil))])
        state.departure.isChanging = false
        _ = press(.down, .down)
        #expect(state.chosenRun?.status == .finished && press(.character("r")) == [])
        #expect(state.toast?.text.contains("add epochs") == true)
    }

    @Test mutating func deletionWaitsAndCanBeTakenBack() {
        _ = press(.home, .character("x"), .character("x"))
        #expect(state.runs.deleted == ["0005", "0004"])
        _ = press(.character("U"))
        #expect(state.runs.deleted == ["0005"])
        _ = press(.home, .character("x"))
        #expect(state.runs.deleted.isEmpty)
        _ = press(.character("U"))
        #expect(state.toast?.text == state.strings[.nothingDeleted])
        // A run that is being trained stays.
        _ = press(.end, .character("x"))
        #expect(state.runs.deleted.isEmpty && state.toast?.text == state.strings[.cannotDeleteLive])
        // A mark outlives the session that is shown.
        _ = press(.home, .character("x"))
        #expect(state.forNextSession().runs.deleted == ["0005"])
    }

    @Test mutating func runsAreDrawnBehindTheCharts() {
        #expect(press(.character("c")) == [.loadGhost(run: "0005")])
        _ = state.reduce(.ghostLoaded(GhostRun(name: "0005", events: Sample.ghostEvents), problem: nil))
        #expect(state.charts.showsGhost("0005"))
        #expect(press(.character("c")) == [] && !state.charts.showsGhost("0005"))
        // Without an epoch there is no curve.
        #expect(press(.end, .character("c")) == [])
    }

    @Test mutating func noteAndTagsAreEdited() {
        _ = press(.down, .down, .character("i"), .character("!"), .tab)
        for _ in 0..<6 { _ = press(.backspace) }
        #expect(
            press(.enter) == [.annotate(run: "0003", note: "with more dropout!", tags: ["baseline"])])
    }

    @Test func settingsAreShownWhereTheyAreUnusual() throws {
        let common = try #require(state.runs.common)
        let differences = Sample.manyRuns.map { $0.recipe.differences(from: common, state.strings) }
        #expect(differences == [[], ["LR 1e-02"], ["dropout 0.5"], [], []])
    }

    /// Ten thousand runs are arranged once, not for every frame.
    @Test func manyRunsAreArrangedOnce() {
        var runs = RunsState()
        let records = (1...10_000).map { number in
            var run = Sample.manyRuns[1]
            (run.run, run.highestValidationAccuracy) = ("\(number)", Double(number % 97))
            return run
        }
        runs.arrange(records, filter: "")
        #expect(runs.shown.count == 10_000 && runs.shown[0].run == "10000")
        runs.arrange([], filter: "")
        #expect(runs.shown.count == 10_000)
        runs.forgetArrangement()
        runs.arrange([], filter: "")
        #expect(runs.shown.isEmpty && runs.cursor == 0)
    }

    // MARK: Next steps

    @Test func aFinishedRunTrainsOn() {
        var state = Sample.state()
        Sample.finish(&state)
        #expect(state.nextSteps.first?.action == .addEpochs && state.nextSteps.count == 6)
        _ = state.reduce(.key(.character("e")))
        #expect(
            state.reduce(.key(.enter)) == [.openSession(.resume(run: "0042", moreEpochs: 5))])
        #expect(!state.departure.isChanging)
        // A replay and a still picture open nothing.
        state.departure.opensRuns = false
        #expect(state.nextSteps.isEmpty)
        _ = state.reduce(.key(.character("e")))
        #expect(state.dialog == nil)
    }

    @Test func aStoppedRunTrainsOnWithThePauseKey() {
        var state = Sample.state()
        state.departure.opensRuns = true
        _ = state.reduce(.session(.statusChanged(.stopped), clock: ""))
        #expect(
            state.reduce(.key(.character(" "))) == [.openSession(.resume(run: "0042", moreEpochs: nil))])
    }

    @Test func aNewRunIsEditedFirst() throws {
        var state = Sample.state()
        Sample.finish(&state)
        _ = state.reduce(.key(.character("P")))
        guard case .form(var form) = state.dialog else { return #expect(Bool(false), "no form") }
        form.fields[4].value = .text(TextField("x"))
        #expect(state.submit(form) == [])
        guard case .form(let refused) = state.dialog else { return #expect(Bool(false), "the form closed") }
        #expect(refused.problem?.contains("epochs of stage 1") == true)
        form.fields[4].value = .text(TextField("3"))
        form.fields[7].value = .text(TextField("5e-4"))
        form.fields[form.fields.count - 1].value = .choice([.lowestLoss, .highestAccuracy], chosen: 1)
        let effects = state.submit(form)
        guard case .openSession(.new(let recipe)) = try #require(effects.first) else {
            return #expect(Bool(false), "\(effects)")
        }
        #expect(recipe.epochs == 3 && recipe.learningRate == 5e-4 && recipe.bestBy == .accuracy)
        #expect(recipe.isPlausible && state.dialog == nil)
    }

    /// The size of the photos and the layer follow the base, unless they were edited.
    @Test func aNewRunMayHaveAnotherBase() throws {
        var state = Sample.state()
        Sample.finish(&state)
        state.context?.recipe.weights = "/weights.h5"
        _ = state.reduce(.key(.character("P")))
        guard case .form(var form) = state.dialog else { return #expect(Bool(false), "no form") }
        let lite = try #require(Architecture.allCases.firstIndex(of: .efficientNetLite0))
        form.change(2, by: lite)
        #expect(form.model(2) == .efficientNetLite0)
        #expect(form.text(3) == "224" && form.text(6) == "95")
        form.fields[3].value = .text(TextField("200"))
        form.change(2, by: 1)
        #expect(form.model(2) == .efficientNetLite1 && form.text(3) == "200" && form.text(6) == "131")
        guard case .openSession(.new(let recipe)) = try #require(state.submit(form).first) else {
            return #expect(Bool(false), "no run")
        }
        #expect(recipe.architecture == .efficientNetLite1 && recipe.imageSize == 200)
        #expect(recipe.fineTuneAt == 131 && recipe.weights == nil && recipe.isPlausible)

        // MobileNetV2 takes few sizes; going round leads back to it.
        form.change(2, by: -1 - lite)
        #expect(form.model(2) == .mobileNetV2 && form.text(6) == "100")
        #expect(state.submit(form) == [])
        guard case .form(let refused) = state.dialog else { return #expect(Bool(false), "the form closed") }
        #expect(refused.problem?.contains("96, 128, 160, 192, 224") == true)
    }

    @Test func branchesAndFilesNameTheirRun() {
        var state = Sample.state()
        Sample.finish(&state)
        _ = state.reduce(.key(.character("C")))
        let effects = state.reduce(.key(.enter))
        guard case .branch(let run, let choice, let changes) = effects.first else {
            return #expect(Bool(false), "\(effects)")
        }
        #expect(run == "0042" && choice == .last && changes.settings == [.epochs, .fineTuneEpochs])
        #expect(changes.applied(to: Recipe()).fineTuneEpochs == 10)
        #expect(
            state.reduce(.branched("0043", problem: nil)) == [
                .openSession(.resume(run: "0043", moreEpochs: nil))
            ])
        _ = state.reduce(.key(.character("E")))
        guard case .exportWeights("0042", .best(.loss), let path, false) = state.reduce(.key(.enter)).first
        else {
            return #expect(Bool(false), "nothing is exported")
        }
        #expect(path.hasPrefix("/") && path.hasSuffix("/run-0042.safetensors"))
    }

    /// A file that is there is replaced only by a person who was asked.
    @Test func replacingAFileIsAskedFirst() {
        var state = Sample.state()
        Sample.finish(&state)
        let again = Effect.writeReport(run: "0042", path: "/out/run.html", replacing: true)
        let answer = DashboardAction.fileIsThere("/out/run.html", again: again)
        for (key, effects) in [(Key.escape, []), (.character("n"), []), (.enter, [again])] {
            #expect(state.reduce(answer) == [])
            #expect(state.dialog == .confirm(.replaceFile("/out/run.html", by: again)))
            #expect(state.reduce(.key(key)) == effects && state.dialog == nil)
        }
        // Nobody who has gone on to something else is interrupted.
        _ = state.reduce(.key(.character("R")))
        let form = state.dialog
        #expect(state.reduce(answer) == [] && form != nil && state.dialog == form)
        #expect(state.toast?.text == "/out/run.html exists already and was not replaced.")
    }

    @Test(arguments: [("onnx", true), ("weights.h5", true), ("tflite", true), ("pt", false)])
    func theEndOfTheNameChoosesTheFormat(end: String, isKnown: Bool) {
        var state = Sample.state()
        Sample.finish(&state)
        _ = state.reduce(.key(.character("E")))
        _ = state.reduce(.key(.tab))
        for _ in "safetensors" { _ = state.reduce(.key(.backspace)) }
        for letter in end { _ = state.reduce(.key(.character(letter))) }
        if case .exportWeights("0042", _, let path, _) = state.reduce(.key(.enter)).first {
            #expect(isKnown && path.hasSuffix("/run-0042.\(end)"))
        } else {
            guard case .form(let form) = state.dialog else { return #expect(Bool(false), "no form") }
            #expect(!isKnown && form.problem == state.strings[.needsNetworkFile])
        }
    }

    // MARK: Outlook

    @Test func theOutlookCountsValidationsAndLaterEpochs() throws {
        var state = Sample.state()
        var settings = RecipeState(Recipe())
        settings.stage = .fineTune
        _ = state.reduce(.session(.settings(settings), clock: ""))
        let outlook = try #require(state.outlook)
        let last = try #require(state.epochs.last)
        let (half, whole) = (24 / 280.0, 48 / 280.0)
        #expect(abs(outlook.epoch - half - last.validationSeconds) < 1e-9)
        #expect(abs(outlook.run - outlook.epoch - 3 * (whole + last.validationSeconds)) < 1e-9)
        #expect(abs(outlook.done - 0.65) < 1e-9)
        // While an epoch validates, its time is not 0.
        _ = state.reduce(.session(.statusChanged(.validating), clock: ""))
        #expect(try #require(state.outlook).epoch >= 1)
        _ = state.reduce(.session(.statusChanged(.finished), clock: ""))
        #expect(state.outlook == nil)
    }

    @Test func theSummaryNamesBothBestEpochs() throws {
        let state = Sample.state()
        #expect(try #require(state.words(bestBy: .accuracy)).hasPrefix("best acc 0."))
        #expect(try #require(state.words(bestBy: .loss)).contains("epoch 6, newest"))
        #expect(state.changedByHand == "by hand: learning rate")
        #expect(DashboardState.words(seconds: 0.2) == "1s")
        #expect(DashboardState.words(seconds: 125) == "2m05s")
        #expect(DashboardState.words(seconds: 3700) == "1h01m")
    }
}
