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
    @Test(arguments: ["ema", "rates", "views", "augmentation", "stronger", "objective", "sampling", "all"])
    func resumedRunEqualsAnUnbrokenOne(
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
            if option == "stronger" {
                recipe.augmentation = AugmentationStrength(
                    mixup: 0.4, cutmix: 1, randAugment: .init(operations: 2, magnitude: 15))
            }
            if ["objective", "all"].contains(option) {
                (recipe.classWeights, recipe.labelSmoothing, recipe.weightDecay) = (.balanced, 0.1, 0.01)
            }
            if ["sampling", "all"].contains(option) {
                (recipe.balancedSampling, recipe.stratify, recipe.testSplit) = (true, true, 0.15)
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
        #expect(end == .finished)
        let expected = recipe.balancesTwice ? ["\(TrainerWarning.balancedTwice)"] : []
        #expect(whole.warnings == expected)
        #expect(first.batchLosses + second.batchLosses == whole.batchLosses)
        #expect((first.epochs + second.epochs).map(\.validationLoss) == whole.epochs.map(\.validationLoss))
        let ends = try ["1", "2"].map { try Checkpoint.load(RunFolder.find(home: photos.home, id: $0).last) }
        #expect(ends[0].tensors == ends[1].tensors)
        #expect(ends.allSatisfy { $0.header.recipe.ema == recipe.ema && $0.header.recipe.tta == recipe.tta })
        #expect(ends[0].header.progress == ends[1].header.progress)
    }

    /// Classes of unequal size are pointed out where nothing makes up for them.
    @Test func balancedRunIsNotAdvisedToBalance() throws {
        let photos = try TinyPhotos(perClass: 12)
        for index in 2..<12 {
            try FileManager.default.removeItem(atPath: "\(photos.data)/roses/\(index).jpg")
        }
        let balanced: [(inout Recipe) -> Void] = [
            { $0.balancedSampling = true }, { $0.classWeights = .balanced },
            { $0.classWeights = .given(["roses": 5]) },
        ]
        func isWarned(_ change: @escaping (inout Recipe) -> Void) throws -> Bool {
            let (_, run) = try run(
                photos,
                recipe: recipe(photos) {
                    ($0.epochs, $0.fineTuneEpochs) = (1, 0)
                    change(&$0)
                })
            return run.warnings.contains { $0.contains("imbalanced") }
        }
        #expect(try isWarned { _ in })
        for change in balanced { #expect(try !isWarned(change)) }
    }

    /// The averages are validated, kept and used.
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

    /// The best weights are evaluated on the test photos at the end, once, and nothing else sees these.
    @Test func testPhotosAreEvaluatedAtTheEnd() throws {
        let photos = try TinyPhotos()
        let recipe = recipe(photos) { ($0.testSplit, $0.stratify, $0.tta) = (0.25, true, .flip) }
        let (_, events) = try run(photos, recipe: recipe)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let test = try #require(try CheckpointHeader.load(folder.last).progress.test)
        guard case .runEnded(let end) = try #require(events.training.last) else {
            Issue.record("no end")
            return
        }
        #expect(end.test == test && test.images == 6)
        guard case .runStarted(let start) = try #require(events.training.first) else {
            Issue.record("no start")
            return
        }
        #expect(start.testImages == 6 && start.trainImages == 14 && start.validationImages == 4)
        let best = try folder.checkpoint(.best(nil))
        #expect(test.epoch == best.header.progress.epoch)
        let dataset = try Dataset(path: photos.data, split: recipe.split, cacheDirectory: nil)
        let evaluation = try Classifier(checkpoint: best.path, home: photos.home, threads: 2)
            .evaluate(dataset, subset: .test)
        #expect(evaluation.images == 6 && abs(evaluation.loss - test.loss) < 1e-5)
        let seen = Set(events.predictions.flatMap(\.predictions).map(\.photo))
        #expect(seen.isSubset(of: Set(dataset.indices(of: .validation))))
    }

    /// An unusable test photo is found before the first epoch, not after the last.
    @Test func unusableTestPhotoIsFoundFirst() throws {
        let photos = try TinyPhotos()
        let recipe = recipe(photos) { ($0.testSplit, $0.fineTuneEpochs) = (0.2, 0) }
        let dataset = try Dataset(path: photos.data, split: recipe.split, cacheDirectory: nil)
        let path = "\(photos.data)/\(dataset.testPhotos[1].file)"
        let (reason, events) = try run(
            photos, recipe: recipe,
            watching: { _, event in
                guard case .ready(let context) = event, context.dataset.photos.count == 20 else { return }
                try? Data("no photo any more".utf8).write(to: URL(fileURLWithPath: path))
            })
        #expect(reason == .finished)
        let test = try CheckpointHeader.load(RunFolder.find(home: photos.home, id: "1").last).progress.test
        #expect(events.contexts.last?.dataset.photos.count == 19 && test?.images == 4)
        let begun = events.training.count {
            if case .warning(let warning) = $0 { warning.kind == .begunAgain } else { false }
        }
        #expect(begun == 1 && events.epochs.count == recipe.epochs)
    }

    /// Folds are ordinary runs that record which part they validate.
    @Test func foldsValidateTheirParts() throws {
        let photos = try TinyPhotos()
        var validated: [Int] = []
        for number in 1...2 {
            let recipe = recipe(photos) {
                ($0.fold, $0.epochs, $0.fineTuneEpochs) = (Fold(number, of: 2), 1, 0)
            }
            let (_, events) = try run(photos, recipe: recipe)
            guard case .runStarted(let start) = events.training.first else { continue }
            validated.append(start.validationImages)
            let folder = try RunFolder.find(home: photos.home, id: "\(number)")
            #expect(try folder.loadRecipe().fold == Fold(number, of: 2))
        }
        #expect(validated == [12, 12])
    }
}
