import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// Whole runs with options beyond the notebook's recipe.
@Suite(.serialized) struct OptionsTests {
    private func recipe(_ photos: TinyPhotos, _ change: (inout Recipe) -> Void) -> Recipe {
        var result = photos.recipe
        (result.learningRate, result.fineTuneLearningRate) = (1e-2, 1e-3)
        change(&result)
        return result
    }

    /// A run that is interrupted and resumed computes what an unbroken one does, on any number of threads.
    @Test(arguments: ["ema", "rates", "views", "augmentation", "all"]) func resumedRunEqualsAnUnbrokenOne(
        option: String
    ) throws {
        let photos = try TinyPhotos()
        let recipe = recipe(photos) { recipe in
            if ["ema", "all"].contains(option) { recipe.ema = 0.9 }
            if ["rates", "all"].contains(option) { recipe.rateDecay = 0.8 }
            if ["augmentation", "all"].contains(option) {
                recipe.augmentation = AugmentationStrength(
                    rotation: 0.1, zoom: 0, crop: 0.4, color: 0.3, mixup: 0.4)
            }
            if ["views", "all"].contains(option) { recipe.tta = .flip }
        }
        let (_, whole) = try run(photos, recipe: recipe)
        let (reason, first) = try run(photos, threads: 1, recipe: recipe) { session, event in
            guard case .batchEnded(let batch) = event, (batch.epoch, batch.step) == (2, 2) else { return }
            session.interrupt()
        }
        #expect(reason == .interrupted)
        let (end, second) = try run(photos, resuming: "2")
        #expect(end == .finished && whole.warnings.isEmpty, "\(whole.warnings)")
        #expect(first.batchLosses + second.batchLosses == whole.batchLosses)
        #expect((first.epochs + second.epochs).map(\.validationLoss) == whole.epochs.map(\.validationLoss))
        let ends = try ["1", "2"].map { try Checkpoint.load(RunFolder.find(home: photos.home, id: $0).last) }
        #expect(ends[0].tensors == ends[1].tensors)
        #expect(ends.allSatisfy { $0.header.recipe.ema == recipe.ema && $0.header.recipe.tta == recipe.tta })
        #expect(ends[0].header.progress == ends[1].header.progress)
    }

    /// What is validated, kept and used are the averages.
    @Test func averagesAreValidatedAndKept() throws {
        let photos = try TinyPhotos()
        let (_, plain) = try run(photos, recipe: recipe(photos) { _ in })
        let (_, averaged) = try run(photos, recipe: recipe(photos) { $0.ema = 0.9 })
        #expect(
            plain.batchLosses.prefix(6) == averaged.batchLosses.prefix(6), "stage 1 trains the same weights")
        #expect(plain.epochs[0].validationLoss != averaged.epochs[0].validationLoss)
        let checkpoint = try Checkpoint.load(RunFolder.find(home: photos.home, id: "2").last)
        #expect(checkpoint.tensors["optimizer/w/dense/kernel"] != nil)
        let dataset = try Dataset(path: photos.data, cacheDirectory: nil)
        let evaluation = try Classifier(checkpoint, threads: 2).evaluate(dataset, subset: .validation)
        #expect(abs(evaluation.loss - averaged.epochs[3].validationLoss) < 1e-5)
    }

    /// The final evaluation takes the mean of both views, and so does whoever uses the run later.
    @Test func finalEvaluationAveragesTheViews() throws {
        let photos = try TinyPhotos()
        let (_, plain) = try run(photos, recipe: recipe(photos) { _ in })
        let (_, flipped) = try run(photos, recipe: recipe(photos) { $0.tta = .flip })
        #expect(plain.batchLosses == flipped.batchLosses)
        #expect(plain.epochs.map(\.validationLoss) == flipped.epochs.map(\.validationLoss))
        let losses = try ["1", "2"].map {
            try CheckpointHeader.load(RunFolder.find(home: photos.home, id: $0).last).progress
                .lastValidationLoss
        }
        #expect(losses[0] != losses[1])
        let dataset = try Dataset(path: photos.data, cacheDirectory: nil)
        func loss(_ views: TestTimeViews?) throws -> Double {
            let path = try RunFolder.find(home: photos.home, id: "2").last
            let options = ModelOptions(views: views)
            return try Classifier(checkpoint: path, home: photos.home, threads: 2, options: options)
                .evaluate(dataset, subset: .validation).loss
        }
        #expect(abs(try loss(nil) - losses[1]!) < 1e-5)
        #expect(abs(try loss(.plain) - losses[0]!) < 1e-5)
    }
}
