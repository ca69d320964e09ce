import COneDNN
import Canvas
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network
@testable import Photos
@testable import Runs
@testable import Training

/// Activation maps, feature maps and nearest neighbours against NumPy, Keras and scikit-learn
/// (Tests/Fixtures/inspection.py).
@Suite struct ExplanationTests {
    /// The images of `HashNetwork` as photos.
    private struct HashPixels: PhotoPixels {
        let size: Int
        func values(at index: Int) -> [Float] {
            HashNetwork.image(index, size: size).map { ($0 + 1) * 127.5 }
        }
        func image(at index: Int) -> RGBImage {
            RGBImage(width: size, height: size, pixels: values(at: index).map { UInt8($0.rounded()) })
        }
        func augmentedImage(at index: Int, variant: UInt64, strength: AugmentationStrength) -> RGBImage {
            image(at: index)
        }
    }

    private func dataset(size: Int) -> DatasetSummary {
        let photos = (0..<2).map { Photo(file: "\($0).jpg", label: $0, subset: .validation) }
        return DatasetSummary(
            name: "hash", synthetic: true, classes: ["a", "b"], photos: photos, skipped: [], imageSize: size,
            pixels: HashPixels(size: size))
    }

    private func classifier(_ folder: TemporaryFolder) throws -> Classifier {
        try Safetensors.write(
            HashNetwork.tensors(Backbone(.mobileNetV2, imageSize: 160)), to: folder("hash.safetensors"))
        return try Classifier(checkpoint: folder("hash.safetensors"), home: folder.path, threads: 1)
    }

    @Test func mapsOfGivenFeaturesEqualNumPys() throws {
        let fixture = try Fixture("inspection.safetensors")
        let head = HashNetwork.tensors(Backbone(.mobileNetV2, imageSize: 96))
        let probabilities = fixture.floats("cam/probabilities")
        let explanation = Explanation(
            probabilities: probabilities, features: [Float](repeating: 0, count: 1280),
            baseOutput: fixture.floats("cam/features"), side: 3, kernel: head["dense/kernel"]!.values,
            bias: head["dense/bias"]!.values)
        #expect(
            disagreement(
                explanation.maps.flatMap { $0 }, fixture.floats("cam/maps"), absolute: 1e-5, relative: 0) <= 1
        )
        #expect(
            disagreement(explanation.logits, fixture.floats("cam/logits"), absolute: 1e-5, relative: 0) <= 1)
        // The softmax of these logits is the output of Keras' own head.
        let weights = explanation.logits.map { exp($0) }
        let softmax = weights.map { $0 / weights.reduce(0, +) }
        #expect(disagreement(softmax, probabilities, absolute: 1e-5, relative: 0) <= 1)
        #expect(explanation.predicted == 3 && explanation.range(of: 0).contains(explanation.maps[0][0]))
    }

    @Test func explanationOfANetworkHangsTogether() throws {
        let folder = try TemporaryFolder()
        let classifier = try classifier(folder)
        let dataset = dataset(size: 160)
        let explanation = try classifier.explain(.photo(0), in: dataset)
        #expect(explanation.side == 5 && explanation.maps.count == 5)
        let keras = try Fixture("activations_160.safetensors").floats("out_relu/all")
        #expect(disagreement(explanation.baseOutput, keras, absolute: 1e-4, relative: 1e-4) <= 1)
        let bias = HashNetwork.weight("dense/bias", [5]).values
        for label in 0..<5 {
            let mean = explanation.maps[label].reduce(0, +) / 25
            #expect(abs(mean + bias[label] - explanation.logits[label]) < 1e-5)
        }
        for channel in [0, 700, 1279] {
            let mean = (0..<25).reduce(Float(0)) { $0 + explanation.baseOutput[$1 * 1280 + channel] } / 25
            #expect(abs(mean - explanation.features[channel]) < 1e-5)
        }
        let weights = explanation.logits.map { exp($0 - explanation.logits.max()!) }
        let softmax = weights.map { $0 / weights.reduce(0, +) }
        #expect(disagreement(softmax, explanation.probabilities, absolute: 1e-5, relative: 0) <= 1)
        // Explaining a file gives the same probabilities as `predict`.
        let path = folder("photo.png")
        try dataset.pixels.image(at: 1).png().write(to: URL(fileURLWithPath: path))
        let file = try classifier.explain(.file(path))
        #expect(try file.probabilities == classifier.predict(file: path))
        let other = try classifier.explain(.photo(1), in: dataset)
        #expect(
            disagreement(file.logits, other.logits, absolute: 0.1, relative: 0.05) <= 1,
            "a PNG has whole numbers")
        #expect(file.logits != explanation.logits)
    }

    @Test func subjectsThatCannotBeUsed() throws {
        let folder = try TemporaryFolder()
        let classifier = try classifier(folder)
        for index in [2, -1] {
            #expect(throws: InspectionFailure.noPhoto(index, count: 2)) {
                try classifier.explain(.photo(index), in: dataset(size: 160))
            }
        }
        for file in [folder("none.jpg"), folder.path] {
            #expect(throws: (any Error).self) {
                try classifier.explain(.file(file), in: dataset(size: 160))
            }
        }
        #expect(throws: InspectionFailure.noPhoto(0, count: 0)) { try classifier.explain(.photo(0)) }
        #expect(throws: ClassifierFailure(classifier.path, .imageSize(160, loaded: 96))) {
            try classifier.explain(.photo(0), in: dataset(size: 96))
        }
        for layer in [-1, 154] {
            #expect(throws: InspectionFailure.noLayer(layer, count: 154)) {
                try classifier.featureMaps(layer: layer, .photo(0), in: dataset(size: 160))
            }
        }
    }

    @Test func everyLayersOutputIsKeras() throws {
        let fixture = try Fixture("inspection.safetensors")
        let network = Backbone(.mobileNetV2, imageSize: 96)
        let parameters = NetworkParameters(network: network, tensors: HashNetwork.tensors(network))
        let image = HashNetwork.image(0, size: 96)
        for layer in network.layers {
            let maps = FeatureMaps(layer: layer.index, of: image, parameters)
            #expect([maps.side, maps.side, maps.channels] == layer.outputShape && maps.name == layer.name)
            #expect(maps.values.count == layer.outputShape.reduce(1, *))
            let expected = fixture.floats("layers/\(layer.name)/samples")
            let stride = fixture.integers("layers/\(layer.name)/stride")[0]
            let found = samples(maps.values, stride: stride, count: expected.count)
            #expect(disagreement(found, expected, absolute: 2e-4, relative: 2e-4) <= 1, "\(layer.name)")
        }
    }

    @Test func channelsArePictures() {
        let maps = FeatureMaps(values: [0, 5, 1, 5, 2, 5, 4, 5], side: 2, channels: 2)
        #expect(maps.channel(0) == [0, 1, 2, 4] && maps.strongest == [1, 0])
        #expect(maps.picture(0).pixels == [0, 64, 128, 255].flatMap { [UInt8](repeating: $0, count: 3) })
        #expect(maps.picture(1).pixels == [UInt8](repeating: 0, count: 12))
        let broken = FeatureMaps(values: [.nan, .infinity, 1, 0], side: 2, channels: 1)
        #expect(broken.picture(0).pixels.count == 12)
    }

    @Test func firstFiltersAreTheKernelsColors() throws {
        let folder = try TemporaryFolder()
        let filters = try classifier(folder).firstFilters
        let kernel = HashNetwork.weight("Conv1/kernel", [3, 3, 3, 32]).values
        #expect(filters.count == 32)
        for (index, filter) in filters.enumerated() {
            let weights = (0..<27).map { kernel[$0 * 32 + index] }
            let largest = weights.map { abs($0) }.max()!
            #expect(filter.pixels == weights.map { UInt8((127.5 + 127.5 * $0 / largest).rounded()) })
        }
    }

    @Test(arguments: [(1, 1), (3, 200), (64, 48)]) func mapsAreBlendedOverAnySize(width: Int, height: Int) {
        let photo = RGBImage(
            width: width, height: height, pixels: [UInt8](repeating: 100, count: width * height * 3))
        let hot = photo.blended(with: [0, 0, 0, 1], side: 2)
        #expect(hot.width == width && hot.height == height && hot != photo)
        // The hottest corner turns yellow; the coldest one darkens.
        #expect(width == 1 || hot.pixels.suffix(3).first! > hot.pixels[0])
        #expect(photo.blended(with: [1, 1, 1, 1], side: 2).pixels.count == width * height * 3)
        #expect(photo.blended(with: [.nan, 1, .infinity, 2], side: 2).pixels.count == width * height * 3)
        #expect(photo.blended(with: [5], side: 1, range: 0...10, opacity: 0) == photo)
    }

    @Test func neighborsEqualScikitLearns() throws {
        let fixture = try Fixture("inspection.safetensors")
        func widened(_ values: [Float]) -> [Float] {
            stride(from: 0, to: values.count, by: 64).flatMap {
                Array(values[$0..<$0 + 64]) + [Float](repeating: 0, count: 1216)
            }
        }
        let files = (0..<30).map { PhotoPath("daisy/\($0).jpg") }
        let features = PhotoFeatures(
            files: files, features: widened(fixture.floats("neighbours/photos")), channels: 1280,
            fingerprint: 7)
        let query = widened(fixture.floats("neighbours/query"))
        let found = features.nearest(to: query.map { $0 * 3 }, count: 10)
        #expect(found.map(\.photo) == fixture.integers("neighbours/indices"))
        #expect(
            disagreement(
                found.map(\.distance), fixture.floats("neighbours/distances"), absolute: 1e-5, relative: 0)
                <= 1)
        let rest = features.nearest(to: query, count: 9, excluding: files[found[0].photo])
        #expect(rest.map(\.photo) == found.dropFirst().map(\.photo))
        #expect(
            features.nearest(to: query, count: 100).count == 30
                && features.nearest(to: query, count: -1).isEmpty)
        for useless in [Float(0), .nan, .infinity] {
            #expect(features.nearest(to: [Float](repeating: useless, count: 1280), count: 3).isEmpty)
        }
        let none = PhotoFeatures(files: [], features: [], channels: 1280, fingerprint: 7)
        #expect(none.nearest(to: query, count: 3).isEmpty)

        let folder = try TemporaryFolder()
        let path = folder("features.safetensors")
        try features.save(to: path)
        #expect(PhotoFeatures(path: path, files: files, fingerprint: 7) == features)
        #expect(PhotoFeatures(path: path, files: files, fingerprint: 8) == nil)
        #expect(PhotoFeatures(path: path, files: files.reversed(), fingerprint: 7) == nil)
        #expect(PhotoFeatures(path: folder("none"), files: files, fingerprint: 7) == nil)
        try Data(contentsOf: URL(fileURLWithPath: path)).dropLast(100).write(to: URL(fileURLWithPath: path))
        #expect(PhotoFeatures(path: path, files: files, fingerprint: 7) == nil)
    }

    /// A photo is its own nearest neighbour, whatever the size of the batch it was computed in.
    @Test func featuresOfTheTrainingPhotosAreKept() throws {
        let photos = try TinyPhotos()
        _ = try run(photos)
        let folder = try RunFolder.find(home: photos.home, id: "1")
        let dataset = try Dataset(path: photos.data, cacheDirectory: nil).summary
        let classifier = try Classifier(checkpoint: "1", home: photos.home, threads: 1, isBackground: true)
        #expect(classifier.epoch == 4)
        var done: [Int] = []
        let features = try classifier.trainingFeatures(dataset, keptIn: folder) {
            done.append($0)
            return true
        }
        #expect(done == [16, 20] && features.files == dataset.photos.prefix(20).map(\.file))
        for index in [0, 19] {
            let query = try classifier.explain(.photo(index), in: dataset).features
            let nearest = try #require(features.nearest(to: query, count: 1).first)
            #expect(nearest.photo == index && nearest.distance < 1e-5)
        }
        // Saved features are reused: nothing is computed the second time.
        let again = try classifier.trainingFeatures(dataset, keptIn: folder) { _ in
            Issue.record("computed again")
            return false
        }
        #expect(again == features)
        #expect(throws: CancellationError.self) {
            try classifier.trainingFeatures(dataset, keptIn: nil) { _ in false }
        }
    }

    @Test func picturesAreEncodedAndFitted() throws {
        let photo = DemoFlowers(photosPerClass: 1, seed: 3).photo(label: 0, index: 0)
        let folder = try TemporaryFolder()
        try photo.png().write(to: URL(fileURLWithPath: folder("a.png")))
        #expect(try RGBImage(file: folder("a.png")) == photo)
        try photo.jpeg(quality: 100).write(to: URL(fileURLWithPath: folder("a.jpg")))
        #expect(try RGBImage(file: folder("a.jpg")).width == photo.width)
        let small = RGBImage(
            width: 4, height: 2,
            pixels: [0, 10, 100, 250, 20, 30, 100, 250].flatMap { [UInt8](repeating: $0, count: 3) })
        let fitted = small.fitted(to: 2)
        #expect(fitted.width == 2 && fitted.height == 1 && fitted.pixels == [15, 15, 15, 175, 175, 175])
        #expect(small.fitted(to: 4) == small && small.fitted(to: 1).pixels.count == 3)
    }
}
