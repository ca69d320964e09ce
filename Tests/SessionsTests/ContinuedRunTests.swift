import Basics
import Foundation
import TestSupport
import Testing

@testable import Network
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// Runs that go on with a model from Keras (`Tests/Fixtures/continued.py`).
@Suite(.serialized) struct ContinuedRunTests {
    private static let classes = ["a", "b", "c", "d", "e"]

    private static func recipe(_ photos: TinyPhotos, _ name: String) -> Recipe {
        var result = photos.recipe
        (result.weights, result.continueFrom) = (nil, Fixture.path("continued/" + name))
        (result.model, result.imageSize, result.epochs, result.fineTuneEpochs) = (.mobileNetV2At035, 96, 1, 0)
        return result
    }

    /// Three steps were taken in Keras; each epoch here takes two.
    @Test func theStepAndTheHeadGoOn() throws {
        let photos = try TinyPhotos(classes: Self.classes, perClass: 4)
        var recipe = Self.recipe(photos, "head.keras")
        recipe.learningRate = 1e-12
        let (_, events) = try run(photos, recipe: recipe)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let checkpoint = try Checkpoint.load(folder.last)
        #expect(checkpoint.header.progress.adamStep == 5)
        let model = try WeightsFile.read(try #require(recipe.continueFrom), into: recipe.network)
        guard case .standard(let kernel, _) = try model.head.get().form else {
            return #expect(Bool(false), "no standard head")
        }
        // Such a rate moves nothing.
        let saved = try #require(checkpoint.tensors["dense/kernel"])
        #expect(zip(saved.values, kernel.values).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(
            events.warnings.contains {
                $0.contains("was last trained with the rate 0.001; this run goes on with 1e-12")
            })
        #expect(checkpoint.header.weights == "head.keras (Keras 3 .keras model)")
        #expect(checkpoint.header.recipe.continueFrom == recipe.continueFrom)
    }

    @Test func stage2GoesOnFromItsLayer() throws {
        let photos = try TinyPhotos(classes: Self.classes, perClass: 4)
        var recipe = Self.recipe(photos, "tail.keras")
        #expect(throws: UserError.self) { try run(photos, recipe: recipe) }
        (recipe.epochs, recipe.fineTuneEpochs, recipe.fineTuneAt, recipe.fineTuneLearningRate) = (
            0, 1, 149, 1e-3
        )
        _ = try run(photos, recipe: recipe)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        #expect(try Checkpoint.load(folder.last).header.progress.adamStep == 5)
        // A fresh Adam may begin anywhere.
        (recipe.epochs, recipe.fineTuneEpochs, recipe.freshOptimizer) = (1, 0, true)
        _ = try run(photos, recipe: recipe)
        let fresh = try RunFolder.find(home: photos.home, id: "2")
        #expect(try Checkpoint.load(fresh.last).header.progress.adamStep == 2)
    }

    @Test func whatDoesNotFitLeavesNoRun() throws {
        let photos = try TinyPhotos(perClass: 4)
        let two = Self.recipe(photos, "head.keras")
        #expect { try run(photos, recipe: two) } throws: {
            "\($0)".contains("tells 5 classes apart, and the photos have 2")
        }
        var larger = two
        larger.imageSize = 128
        #expect { try run(photos, recipe: larger) } throws: { "\($0)".contains("give --image-size 96") }
        #expect { try run(photos, recipe: Self.recipe(photos, "sgd.keras")) } throws: {
            "\($0)".contains("was trained with SGD") && "\($0)".contains("--fresh-optimizer")
        }
        var weights = two
        weights.continueFrom = photos.weights
        weights.model = nil
        #expect { try run(photos, recipe: weights) } throws: { "\($0)".contains("without the model") }
        #expect(throws: (any Error).self) { try RunFolder.find(home: photos.home, id: "1") }
    }
}
