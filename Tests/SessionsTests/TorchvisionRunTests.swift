import Basics
import Foundation
import Photos
import TestSupport
import Testing

@testable import Network
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Training

/// A run on torchvision's MobileNetV2, from its state dict to predictions.
@Suite(.serialized) struct TorchvisionRunTests {
    private static func recipe(_ photos: TinyPhotos) -> Recipe {
        var result = photos.recipe
        result.weights = Fixture.path("torch/mobilenet_v2.pt")
        (result.model, result.imageSize, result.fineTuneAt) = (.mobileNetV2Torchvision, 64, 101)
        (result.epochs, result.fineTuneEpochs) = (1, 1)
        return result
    }

    @Test func trainsResumesAndAnswers() throws {
        let photos = try TinyPhotos(perClass: 4)
        let (_, whole) = try run(photos, recipe: Self.recipe(photos))
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let checkpoint = try Checkpoint.load(folder.last)
        #expect(checkpoint.header.recipe.architecture == .mobileNetV2Torchvision)
        #expect(checkpoint.header.weights == "mobilenet_v2.pt (PyTorch state dict)")
        // Stopped after the first epoch and resumed: the same bits.
        let (_, first) = try run(
            photos, recipe: Self.recipe(photos),
            steering: { session, event in if case .epochEnded = event { session.interrupt() } })
        #expect(first.outcomes.count == 1)
        let (_, second) = try run(photos, resuming: "2")
        #expect(
            (first.outcomes + second.outcomes).map(\.metrics.validationLoss)
                == whole.outcomes.map(\.metrics.validationLoss))
        // Both ways to the network's input agree.
        let classifier = try Classifier(checkpoint: "1", home: photos.home, threads: 2)
        let dataset = try Dataset(
            path: photos.data, imageSize: 64, inputScale: .imageNet, cacheDirectory: nil)
        let evaluation = try classifier.evaluate(dataset, subset: .validation)
        let last = try #require(whole.outcomes.last)
        #expect(abs(evaluation.loss - last.metrics.validationLoss) < 1e-4)
        let plain = try Dataset(path: photos.data, imageSize: 64, cacheDirectory: nil)
        #expect(abs(try classifier.evaluate(plain, subset: .validation).loss - evaluation.loss) < 1e-4)
        #expect(try classifier.predict(file: "\(photos.data)/roses/1.jpg").count == 2)
    }

    @Test func weightsOfARunArePassedOnToTheSameModelOnly() throws {
        let photos = try TinyPhotos(perClass: 4)
        var recipe = Self.recipe(photos)
        recipe.fineTuneEpochs = 0
        _ = try run(photos, recipe: recipe)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        recipe.weights = folder.last
        _ = try run(photos, recipe: recipe)
        (recipe.model, recipe.fineTuneAt) = (nil, 100)
        #expect { try run(photos, recipe: recipe) } throws: {
            "\($0)".contains("is a checkpoint of torchvision's MobileNetV2")
        }
        recipe.weights = Fixture.path("torch/mobilenet_v2.pt")
        #expect { try run(photos, recipe: recipe) } throws: {
            "\($0)".contains("--model mobilenet-v2-torchvision")
        }
    }
}
