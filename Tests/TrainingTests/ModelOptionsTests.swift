import Foundation
import Network
import TestSupport
import Testing

@testable import Basics
@testable import Photos
@testable import Training

/// Predictions of models from elsewhere (`Tests/Fixtures/models.py`).
@Suite("Models from elsewhere") struct ModelOptionsTests {
    private static let fixtures = URL(fileURLWithPath: ReaderFixtures.path(""))
        .deletingLastPathComponent().path
    private static let photo = fixtures + "/photos/large.jpg"

    private func classifier(_ name: String, _ options: ModelOptions = ModelOptions()) throws -> Classifier {
        try Classifier(
            checkpoint: Self.fixtures + "/models/" + name, home: NSTemporaryDirectory(), threads: 1,
            options: options)
    }

    @Test("several labels have names of their own and are not evaluated as one class") func labels() throws {
        let names = ["red", "tall", "wild", "blooming"]
        let labels = try classifier("labels.keras", ModelOptions(classes: names))
        #expect(labels.classes == names && labels.answer == .labels(4))
        #expect(try labels.predict(file: Self.photo).count == 4)
        let photos = try TinyPhotos(classes: names, perClass: 5)
        let dataset = try Dataset(path: photos.data, imageSize: labels.imageSize, cacheDirectory: nil)
        #expect(
            userErrorMessage { _ = try labels.evaluate(dataset, subset: nil) }.contains(
                "any number of labels"))
        #expect(
            userErrorMessage { _ = try labels.explain(.file(Self.photo)) }.contains(
                "no exact class activation map"))
    }

    @Test("wrong names are refused", arguments: [["a"], ["a", "b", "a"], ["a", "b", "c", "d"]])
    func wrongNames(_ names: [String]) {
        let message = userErrorMessage { _ = try classifier("logits.keras", ModelOptions(classes: names)) }
        #expect(message.contains("gives 3 probabilities"))
    }

    @Test("a model that leaves scaling to its user asks for it, and others refuse to be told") func scaling()
        throws
    {
        let message = userErrorMessage { _ = try classifier("bare.keras") }
        #expect(message.contains("--pixels raw (0 to 255), unit (0 to 1) or signed (−1 to 1)"))
        let answers = try ModelOptions.PixelRange.allCases.map {
            try classifier("bare.keras", ModelOptions(pixels: $0)).predict(file: Self.photo)
        }
        #expect(Set(answers).count == 3)
        #expect(
            userErrorMessage { _ = try classifier("logits.keras", ModelOptions(pixels: .unit)) }.contains(
                "leave out --pixels"))
    }

    /// A photo decoded for the model, and one from a dataset's squares, get the same answer; also
    /// where the squares do not fit the model.
    @Test(arguments: ["flatten.keras", "geometry.keras", "any-size.keras"])
    func evaluatesAsItPredicts(_ name: String) throws {
        let model = try classifier(name)
        let photos = try TinyPhotos(classes: Array(["a", "b", "c"].prefix(model.classCount)), perClass: 5)
        let dataset = try Dataset(path: photos.data, imageSize: model.imageSize, cacheDirectory: nil)
        let result = try model.evaluate(dataset, subset: nil)
        var loss = 0.0
        for photo in dataset.photos {
            let probabilities = try model.predict(file: "\(dataset.path)/\(photo.file)")
            loss -= log(Double(probabilities[photo.label]))
        }
        // Squares are kept in 16 bits, which random weights amplify.
        #expect(abs(result.loss - loss / Double(dataset.photos.count)) < 1e-2)
    }

    @Test("weights without a configuration are used as a network of this program, and that is said")
    func assumption() throws {
        let folder = try TemporaryFolder()
        try Safetensors.write(HashNetwork.tensors(Backbone(.mobileNetV2, imageSize: 160)), to: folder("w"))
        let model = try Classifier(checkpoint: folder("w"), home: folder.path, threads: 1)
        #expect(model.assumption == ModelAssumption(path: model.path, isScaleAssumed: true))
        #expect(try classifier("logits.keras").assumption == nil)
    }
}
