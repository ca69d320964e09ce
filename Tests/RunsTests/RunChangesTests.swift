import Foundation
import Network
import Photos
import Testing

@testable import Basics
@testable import Recipes
@testable import Runs

/// The settings that a branch may have otherwise than its run.
@Suite struct RunChangesTests {
    /// Fields of a recipe that a branch keeps: they say which photos are seen, by which network, and how the
    /// sums of the run are divided.
    private static let kept: Set<String> = [
        "model", "preset", "chunks", "groups", "own_tail", "validation_split", "test_split", "stratify",
        "fold",
        "given_split", "image_size", "data", "image_formats", "exif_orientation", "exclude", "weights",
        "continue_from", "fresh_optimizer", "demo",
    ]

    /// No field has its standard value, and none is missing.
    private var other: Recipe {
        var recipe = Recipe()
        (recipe.model, recipe.preset, recipe.imageSize) = (.efficientNetLite0, .best, 96)
        (recipe.epochs, recipe.fineTuneEpochs, recipe.fineTuneAt) = (3, 9, 77)
        (recipe.learningRate, recipe.fineTuneLearningRate) = (2e-3, 3e-5)
        (recipe.schedule, recipe.batchSize, recipe.dropout) = (.cosine, 16, 0.35)
        (recipe.chunks, recipe.groups, recipe.ownTail) = (4, 2, false)
        (recipe.validationSplit, recipe.testSplit, recipe.stratify) = (0.3, 0.1, true)
        recipe.fold = Fold(1, of: 5)
        (recipe.givenSplit, recipe.balancedSampling, recipe.classWeights) = (true, true, .balanced)
        recipe.augmentation = AugmentationStrength(flips: false, crop: 0.4)
        (recipe.labelSmoothing, recipe.weightDecay, recipe.rateDecay) = (0.1, 0.01, 0.9)
        (recipe.ema, recipe.tta, recipe.seed, recipe.bestBy) = (0.999, .flip, 7, .accuracy)
        (recipe.divergenceGuard, recipe.earlyStop, recipe.reduceOnPlateau) = (false, 3, 2)
        (recipe.saveEvery, recipe.keepCheckpoints, recipe.precision) = (.batches(3), 5, .bfloat16)
        (recipe.data, recipe.exclude, recipe.weights, recipe.continueFrom) = ("a", "b", "c", "d")
        (recipe.imageFormats, recipe.exifOrientation) = (.all, .apply)
        (recipe.freshOptimizer, recipe.demo) = (true, true)
        return recipe
    }

    private func fields(_ recipe: Recipe) throws -> [String: String] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let object = try JSONSerialization.jsonObject(with: encoder.encode(recipe))
        return try #require(object as? [String: Any]).mapValues { "\($0)" }
    }

    /// Each setting is one field of the recipe, and every field is either a setting or kept on purpose.
    @Test func everyFieldIsASettingOrKept() throws {
        let (standard, changed) = (try fields(Recipe()), try fields(other))
        #expect(changed.keys.filter { changed[$0] == standard[$0] }.isEmpty)
        #expect(changed.count == Mirror(reflecting: other).children.count, "a field is missing above")
        var found: Set<String> = []
        for setting in BranchSetting.allCases {
            var changes = RunChanges()
            changes.take(setting, from: other)
            let result = try fields(changes.applied(to: Recipe()))
            let different = result.keys.filter { result[$0] != standard[$0] }
            #expect(different.count == 1, "\(setting): \(different)")
            found.formUnion(different)
        }
        #expect(found.isDisjoint(with: Self.kept) && found.count == BranchSetting.allCases.count)
        #expect(found.union(Self.kept) == Set(changed.keys))
    }

    private func checkpoint(_ recipe: Recipe, epoch: Int) -> Checkpoint {
        var state = RecipeState(recipe)
        state.beginFineTuning(from: 100, epoch: 2, recipe)
        var progress = RunProgress()
        (progress.epoch, progress.step, progress.epochExamples) = (epoch, 3, 24)
        _ = progress.note(EpochScore(epoch: 0, loss: 0.5, accuracy: 0.9))
        _ = progress.note(EpochScore(epoch: 1, loss: 0.4, accuracy: 0.8))
        progress.test = TestScore(loss: 1, accuracy: 0.5, images: 10, epoch: 1)
        var names = ["dense/kernel", "optimizer/m/dense/kernel", "optimizer/v/dense/kernel"]
        if recipe.ema != nil { names.append("optimizer/w/dense/kernel") }
        let tensors = Dictionary(uniqueKeysWithValues: names.map { ($0, Tensor(shape: [1], values: [1])) })
        return Checkpoint(
            header: .init(
                run: "0001", recipe: recipe, classes: ["a", "b"], data: "photos", weights: "random",
                state: state, progress: progress, photos: "1"),
            tensors: tensors)
    }

    private func recipe(_ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
        var recipe = Recipe()
        (recipe.epochs, recipe.fineTuneEpochs) = (2, 8)
        change(&recipe)
        return recipe
    }

    @Test func withoutChangesACheckpointIsTheSame() throws {
        var source = checkpoint(recipe { $0.earlyStop = 2 }, epoch: 7)
        source.header.progress.test = nil
        #expect(try RunChanges().applied(to: source) == source)
    }

    /// Another order of the photos starts the epoch over; other settings go on with it.
    @Test func anEpochStartsOverWithAnotherOrder() throws {
        for setting in BranchSetting.allCases {
            var changes = RunChanges()
            changes.take(setting, from: other)
            changes.take(.fineTuneEpochs, from: other)
            let result = try changes.applied(to: checkpoint(recipe(), epoch: 7)).header.progress
            let isOrder = [.seed, .batchSize, .balancedSampling].contains(setting)
            #expect(result.step == (isOrder ? 0 : 3), "\(setting)")
            #expect(result.test == nil && !result.finished)
        }
    }

    /// A guard that a branch brings counts from its checkpoint on, not from the best epoch of its run.
    @Test func guardsCountFromTheBranch() throws {
        let changes = RunChanges(.earlyStop, .reduceOnPlateau, .divergenceGuard) {
            ($0.earlyStop, $0.reduceOnPlateau, $0.divergenceGuard) = (2, 1, false)
        }
        let header = try changes.applied(to: checkpoint(recipe(), epoch: 7)).header
        #expect(header.progress.patienceFrom == 7)
        #expect(header.state.guards == Guards(divergence: false, earlyStop: 2, reduceOnPlateau: 1))
        let off = RunChanges(.earlyStop) { $0.earlyStop = nil }
        let source = checkpoint(recipe { $0.earlyStop = 2 }, epoch: 7)
        #expect(try off.applied(to: source).header.state.guards.earlyStop == nil)
    }

    /// Without an average of the weights, the average itself trains on; its moments stay.
    @Test func averagesBecomeTheWeights() throws {
        let source = checkpoint(recipe { $0.ema = 0.99 }, epoch: 7)
        let kept = try RunChanges().applied(to: source)
        #expect(kept.tensors.keys == source.tensors.keys)
        let off = try RunChanges(.ema) { $0.ema = nil }.applied(to: source)
        #expect(Set(off.tensors.keys) == Set(source.tensors.keys).subtracting(["optimizer/w/dense/kernel"]))
        #expect(off.header.recipe.ema == nil)
    }

    /// The best checkpoint is one by the run's measure; by another it would be a different epoch.
    @Test func anotherMeasureHasNoBestEpochYet() throws {
        let changes = RunChanges(.bestBy) { $0.bestBy = .accuracy }
        let progress = try changes.applied(to: checkpoint(recipe(), epoch: 7)).header.progress
        #expect(progress[best: .accuracy] == nil && progress[best: .loss]?.epoch == 1)
    }
}
