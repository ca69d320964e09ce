import Keys
import Network
import Photos
import Phrases
import Recipes
import Runs
import ScreenSupport
import Testing
import Training

@testable import Dashboard

/// The form for a new run: what it shows of a recipe, and the recipe that it asks for.
@Suite struct NewRunFormTests {
    private func field(_ label: Phrase, of form: Form) throws -> Int {
        try #require(form.fields.firstIndex { $0.label == label })
    }

    private func write(_ text: String, _ label: Phrase, in form: inout Form) throws {
        form.fields[try field(label, of: form)].value = .text(TextField(text, limit: 64))
    }

    @Test func whatIsNotEditedStays() throws {
        var recipe = Recipe()
        recipe.data = "/photos"
        (recipe.epochs, recipe.fineTuneEpochs, recipe.fineTuneAt) = (3, 9, 77)
        (recipe.learningRate, recipe.fineTuneLearningRate) = (2e-3, 3e-5)
        (recipe.schedule, recipe.batchSize, recipe.dropout) = (.step(epochs: 2, factor: 0.5), 16, 0.35)
        recipe.augmentation = AugmentationStrength(
            flips: false, rotation: 0, zoom: 0.1, crop: 0.4, mixup: 0.3)
        (recipe.labelSmoothing, recipe.weightDecay, recipe.rateDecay) = (0.1, 0.01, 0.9)
        (recipe.ema, recipe.tta, recipe.testSplit) = (0.999, .flip, 0.15)
        (recipe.stratify, recipe.balancedSampling) = (true, true)
        (recipe.seed, recipe.bestBy, recipe.classWeights) = (7, .accuracy, .balanced)
        #expect(try Form.newRun(recipe).newRun(recipe) == recipe)
        // An older run has less in its file, and a new one like it still begins.
        var plain = Recipe()
        plain.data = "/photos"
        plain.bestBy = .loss
        #expect(try Form.newRun(plain).newRun(plain) == plain)
    }

    /// The recipe's own settings follow the choice of the recipe and of the base; edited ones stay.
    @Test func settingsFollowTheRecipe() throws {
        var form = Form.newRun(Recipe())
        try write("12", .fieldHeadEpochs, in: &form)
        form.change(try field(.fieldRecipe, of: form), by: 1)
        var made = try form.newRun(Recipe())
        let best = RecipePreset.best.recipe(for: .mobileNetV2)
        #expect(made.preset == .best && made.epochs == 12)
        #expect(made.fineTuneEpochs == best.fineTuneEpochs && made.fineTuneAt == best.fineTuneAt)
        #expect(made.schedule == best.schedule && made.tta == best.tta)
        #expect(made.fineTuneLearningRate == best.fineTuneLearningRate)

        let lite = try #require(Architecture.allCases.firstIndex(of: .efficientNetLite0))
        form.change(try field(.settingModel, of: form), by: lite)
        made = try form.newRun(Recipe())
        let bestLite = RecipePreset.best.recipe(for: .efficientNetLite0)
        #expect(made.architecture == .efficientNetLite0 && made.epochs == 12)
        #expect(made.imageSize == bestLite.imageSize && made.fineTuneAt == bestLite.fineTuneAt)
        form.change(try field(.settingModel, of: form), by: -lite)
        form.change(try field(.fieldRecipe, of: form), by: 1)
        made = try form.newRun(Recipe())
        var expected = Recipe()
        (expected.epochs, expected.bestBy) = (12, .loss)
        expected.schedule = made.schedule
        #expect(made == expected && made.schedule ?? .constant == .constant)
    }

    @Test(arguments: [
        (Phrase.fieldSchedule, "sometimes", "schedule"),
        (.settingAugmentation, "flips,crop:7", "Augmentation"),
        (.settingSmoothing, "1", "label smoothing"), (.settingTestSplit, "0.9", "test split"),
        (.fieldSaveEvery, "often", "200"), (.settingEarlyStop, "0", "early stop"),
        (.settingSize, "161", "96, 128"), (.fieldFineTuneAt, "155", "0 to 153"),
    ])
    func wrongEntriesAreNamed(_ label: Phrase, _ text: String, _ word: String) throws {
        var form = Form.newRun(Recipe())
        try write(text, label, in: &form)
        let problem = try #require(throws: FormProblem.self) { try form.newRun(Recipe()) }
        let sentence = problem.text(Strings(.english))
        #expect(sentence.contains(word), "\(sentence)")
    }

    /// A recipe in which every setting of a branch differs from the standard.
    private var other: Recipe {
        var recipe = Recipe()
        (recipe.epochs, recipe.fineTuneEpochs, recipe.fineTuneAt) = (3, 9, 77)
        (recipe.learningRate, recipe.fineTuneLearningRate) = (2e-3, 3e-5)
        (recipe.schedule, recipe.batchSize, recipe.dropout) = (.step(epochs: 2, factor: 0.5), 16, 0.35)
        recipe.augmentation = AugmentationStrength(flips: false, crop: 0.4)
        (recipe.labelSmoothing, recipe.weightDecay, recipe.rateDecay) = (0.1, 0.01, 0.9)
        (recipe.ema, recipe.tta, recipe.balancedSampling) = (0.999, .flip, true)
        (recipe.seed, recipe.bestBy, recipe.classWeights) = (7, .accuracy, .balanced)
        (recipe.divergenceGuard, recipe.earlyStop, recipe.reduceOnPlateau) = (false, 3, 2)
        (recipe.saveEvery, recipe.keepCheckpoints, recipe.basePrecision) = (.seconds(60), 5, .bfloat16)
        return recipe
    }

    /// The form of a branch offers every setting that a branch may have otherwise.
    @Test func aBranchOffersAllThatItHonours() throws {
        #expect(Set(NewRunSetting.branching.compactMap(\.branch)) == Set(BranchSetting.allCases))
        var form = Form.branch(of: "0042", Recipe(), more: (0, 0))
        #expect(try form.branchChanges(of: Recipe()).settings == [.epochs, .fineTuneEpochs])
        for (index, setting) in NewRunSetting.branching.enumerated() {
            form.fields[index + 1].value = setting.value(other)
        }
        let changes = try form.branchChanges(of: Recipe())
        #expect(changes.settings == Set(BranchSetting.allCases))
        #expect(changes.applied(to: Recipe()) == other)
        // And back.
        form = Form.branch(of: "0042", other, more: (0, 0))
        for (index, setting) in NewRunSetting.branching.enumerated() {
            form.fields[index + 1].value = setting.value(Recipe())
        }
        var back = try form.branchChanges(of: other).applied(to: other)
        (back.divergenceGuard, back.schedule, back.bestBy, back.keepCheckpoints) = (nil, nil, nil, nil)
        back.augmentation = nil
        #expect(back == Recipe())
    }

    /// A branch begins with the settings that a person has steered; they are no change.
    @Test func aBranchBeginsWithTheSettingsInForce() throws {
        var state = Sample.state()
        Sample.finish(&state)
        var settings = RecipeState(try #require(state.context?.recipe))
        (settings.augmentation.mixup, settings.guards.earlyStop) = (0.3, 4)
        state.run.settings = settings
        _ = state.reduce(.key(.character("C")))
        guard case .form(var form) = state.dialog else { return #expect(Bool(false), "no form") }
        #expect(form.text(try field(.settingAugmentation, of: form)).contains("mixup:0.3"))
        #expect(form.text(try field(.settingEarlyStop, of: form)) == "4")
        try write("0.1", .settingSmoothing, in: &form)
        guard case .branch(_, _, let changes)? = state.submit(form).first else {
            return #expect(Bool(false), "no branch")
        }
        #expect(changes.settings == [.epochs, .fineTuneEpochs, .labelSmoothing])
        #expect(changes.applied(to: Recipe()).labelSmoothing == 0.1)
    }

    /// Balancing twice is said where it is chosen, and nowhere else.
    @Test func balancingTwiceIsSaid() throws {
        var form = Form.newRun(Recipe())
        #expect(form.caution == nil)
        form.change(try field(.settingBalanced, of: form), by: 1)
        #expect(form.caution == nil)
        let weights = try field(.settingClassWeights, of: form)
        form.change(weights, by: 1)
        #expect(form.caution == .warningBalancedTwice)
        #expect(try form.newRun(Recipe()).balancesTwice)
        form.change(weights, by: 1)
        #expect(form.caution == nil)
        var recipe = Recipe()
        recipe.balancedSampling = true
        var branch = Form.branch(of: "0042", recipe, more: (0, 0))
        branch.change(try field(.settingClassWeights, of: branch), by: 1)
        #expect(branch.caution == .warningBalancedTwice)
        // Weights from a file may be for something else than the sizes of the classes.
        recipe.classWeights = .given(["daisy": 2])
        #expect(Form.newRun(recipe).caution == nil)
    }

    @Test func weightsOfAFileStay() throws {
        var recipe = Recipe()
        recipe.classWeights = .given(["daisy": 2])
        var form = Form.newRun(recipe)
        #expect(try form.newRun(recipe).classWeights == recipe.classWeights)
        form.change(try field(.settingClassWeights, of: form), by: 1)
        #expect(try form.newRun(recipe).classWeights == nil)
    }

    /// The dialog of dropout and augmentation reaches every part of the augmentation.
    @Test func cropsColoursAndMixupAreSteered() throws {
        var state = Sample.state()
        _ = state.reduce(.key(.character("a")))
        for _ in 0..<4 { _ = state.reduce(.key(.tab)) }
        for _ in 0..<10 { _ = state.reduce(.key(.right)) }
        _ = state.reduce(.key(.tab))
        for _ in 0..<4 { _ = state.reduce(.key(.right)) }
        _ = state.reduce(.key(.tab))
        _ = state.reduce(.key(.right))
        guard case .send(.setAugmentation(let strength))? = state.reduce(.key(.enter)).first else {
            Issue.record("no augmentation was sent")
            return
        }
        #expect(abs((strength.crop ?? 1) - 0.5) < 1e-9 && abs((strength.color ?? 0) - 0.2) < 1e-9)
        #expect(abs((strength.mixup ?? 0) - 0.05) < 1e-9 && strength.flips && strength.rotation == 0.2)
    }
}
