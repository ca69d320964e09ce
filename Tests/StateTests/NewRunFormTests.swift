import Keys
import Network
import Photos
import Phrases
import Recipes
import ScreenSupport
import Testing

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
        (.settingSize, "161", "96, 128"), (.fieldFineTuneAt, "155", "0 to 153"),
    ])
    func wrongEntriesAreNamed(_ label: Phrase, _ text: String, _ word: String) throws {
        var form = Form.newRun(Recipe())
        try write(text, label, in: &form)
        let problem = try #require(throws: FormProblem.self) { try form.newRun(Recipe()) }
        let sentence = problem.text(Strings(.english))
        #expect(sentence.contains(word), "\(sentence)")
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
