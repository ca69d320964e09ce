import COneDNN
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// torchvision's mobilenet_v2, with the weights of `Tests/Fixtures/torch/mobilenet_v2.pt`.
@Suite struct TorchvisionTests {
    private static let size = 64

    private static func tensors(_ network: Backbone) throws -> NamedTensors {
        TorchvisionMobileNetV2(network: network).renamed(
            try TorchFile.read(TorchReaderTests.path("mobilenet_v2.pt")))
    }

    @Test func everyTensorHasTheNetworksNameAndShape() throws {
        let network = Backbone(.mobileNetV2, imageSize: Self.size)
        let tensors = try Self.tensors(network)
        for weight in network.weights {
            #expect(tensors[weight.name]?.shape == weight.shape, "\(weight.name)")
        }
        #expect(tensors["dense/kernel"]?.shape == [1280, 1000])
        #expect(tensors["dense/bias"]?.shape == [1000])
        #expect(tensors.count == network.weights.count + 2)
        let names = try TorchFile.withFile(TorchReaderTests.path("mobilenet_v2.pt")) {
            $0.tensors.map(\.location)
        }
        #expect(TorchvisionMobileNetV2.matches(names))
        #expect(!TorchvisionMobileNetV2.matches(names.filter { $0 != "features.18.0.weight" }))
    }

    @Test func kernelsAreTurned() {
        let kernel = Tensor(shape: [2, 3, 1, 2], values: (0..<12).map(Float.init))
        let turned = TorchvisionMobileNetV2.turned(kernel)
        #expect(turned.shape == [1, 2, 3, 2])
        // Element (0, 1, 2, 1) was element (1, 2, 0, 1).
        #expect(turned.values[(1 * 3 + 2) * 2 + 1] == 11)
        #expect(turned.values == [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11])
        let depthwise = Tensor(shape: [2, 1, 2, 2], values: (0..<8).map(Float.init))
        #expect(TorchvisionMobileNetV2.turned(depthwise).shape == [2, 2, 2, 1])
        #expect(TorchvisionMobileNetV2.turned(depthwise).values == [0, 4, 1, 5, 2, 6, 3, 7])
    }

    /// With Keras' padding and ε, in PyTorch too, only names and layouts can be wrong.
    @Test func featuresEqualPyTorchsWithTheNetworksPadding() throws {
        try expectFeatures("features_as_keras", Backbone(.mobileNetV2, imageSize: Self.size))
    }

    @Test func featuresEqualPyTorchs() throws {
        try expectFeatures(
            "features",
            Backbone(
                .mobileNetV2, imageSize: Self.size, padding: .symmetric,
                epsilon: TorchvisionMobileNetV2.epsilon))
    }

    /// From photos to probabilities, and back through every layer (`Tests/Fixtures/torch/training.py`).
    @Test func answersAndGradientsEqualPyTorchs() throws {
        let fixture = try Fixture("torch/mobilenet_v2_training.safetensors")
        let network = Backbone(.mobileNetV2Torchvision, imageSize: Self.size)
        let loaded = try WeightsFile.read(TorchReaderTests.path("mobilenet_v2.pt"), into: network)
        #expect(loaded.architecture == .mobileNetV2Torchvision && loaded.format == .torch)
        guard case .standard(let kernel, let bias) = try loaded.head.get().form else {
            return #expect(Bool(false), "no standard head")
        }
        let engine = TrainingEngine(
            network: network, tensors: loaded.tensors, classes: 1000, batchSize: 2, threads: 2)
        engine.loadHead(["dense/kernel": kernel, "dense/bias": bias])
        let photos = (0..<2).map { index in
            HashNetwork.image(index, size: Self.size).map { (($0 + 1) * 127.5).rounded() }
        }
        let images = photos.map(network.architecture.inputScale.input)
        let expected = fixture.floats("probabilities")
        #expect(
            disagreement(engine.predict(ImageBatch(images)), expected, absolute: 1e-3, relative: 0) <= 1)
        // The preparation of single photos says the same.
        let size = Preprocessing.Size(height: Self.size, width: Self.size)
        let prepared = Preprocessing.trained(side: Self.size, network.architecture.inputScale)
        #expect(prepared.scaling(.imageNet) == .trained && prepared.scaling(.mobileNetV2) == .other)
        #expect(
            disagreement(prepared.apply(to: photos[0], size), images[0], absolute: 1e-5, relative: 0) <= 1
        )
        #expect(network.architecture.inputScale.pixels(images[0]) == photos[0].map { UInt8($0) })

        engine.unfreeze(from: 0)
        _ = engine.train(ImageBatch(images, labels: [3, 700]), learningRate: 0, updates: false)
        let found = engine.gradients
        var wanted = NamedTensors()
        for name in fixture.names where name.hasPrefix("gradients/") {
            let torch = String(name.dropFirst("gradients/".count))
            wanted[torch] = Tensor(shape: fixture.shape(name), values: fixture.floats(name))
        }
        let renamed = TorchvisionMobileNetV2(network: network).renamed(wanted)
        #expect(renamed.count == 12)
        for (name, tensor) in renamed {
            let own = try #require(found[name], "\(name)")
            #expect(own.shape == tensor.shape, "\(name)")
            // With these weights the loss is 126, and at a bound of ReLU6 rounding decides whether a
            // gradient passes: in PyTorch itself, input that differs by 1e-5 moves single values of the
            // first layers by 1 % of the largest. `everyGradientOfTheNetwork` is exact.
            let difference = zip(own.values, tensor.values).reduce(0.0) { $0 + pow(Double($1.0 - $1.1), 2) }
            let norm = tensor.values.reduce(0.0) { $0 + pow(Double($1), 2) }
            #expect((difference / norm).squareRoot() < 0.15, "\(name)")
        }
    }

    @Test func kerasAndTorchvisionAreNotMixed() throws {
        let folder = try TemporaryFolder()
        let keras = Backbone(.mobileNetV2, imageSize: 64)
        let torchvision = Backbone(.mobileNetV2Torchvision, imageSize: 64)
        #expect(keras.layers.count == 154 && torchvision.layers.count == 155)
        #expect(
            torchvision.layers[Architecture.mobileNetV2Torchvision.standardFineTuneAt].name
                == "block_11_expand_relu")
        try Safetensors.write(HashNetwork.tensors(keras), to: folder("keras.safetensors"))
        #expect(throws: WeightsFailure.self) {
            try WeightsFile.read(folder("keras.safetensors"), into: torchvision)
        }
        #expect(throws: WeightsFailure.self) {
            try WeightsFile.read(ModelFixtures.path("logits.keras"), into: torchvision)
        }
        let path = TorchReaderTests.path("mobilenet_v2.pt")
        #expect(throws: TorchFailure(path, .symmetricPadding)) {
            try WeightsFile.read(path, into: keras)
        }
        #expect(try WeightsFile.read(path, into: nil).architecture == .mobileNetV2Torchvision)
        try Safetensors.write(try TorchFile.read(path), to: folder("torchvision.safetensors"))
        #expect(
            try WeightsFile.read(folder("torchvision.safetensors"), into: torchvision).format
                == .safetensors)
        #expect(throws: TorchFailure.self) {
            try WeightsFile.read(folder("torchvision.safetensors"), into: keras)
        }
    }

    private func expectFeatures(_ name: String, _ network: Backbone) throws {
        let parameters = NetworkParameters(network: network, tensors: try Self.tensors(network)).convolutions
        let stream = OneDNN.makeStream()
        defer { dnnl_stream_destroy(stream) }
        let image = HashNetwork.image(0, size: Self.size)
        let program = PrimitiveProgram(PrimitiveSection(parameters[...], images: 1))
        program.input.update(from: image, count: image.count)
        program.run(images: 1, stream)
        let expected = try Fixture("torch/mobilenet_v2.safetensors").floats(name)
        #expect(expected.count == 2 * 2 * 1280)
        let output = Array(UnsafeBufferPointer(start: program.output, count: expected.count))
        #expect(disagreement(output, expected, absolute: 1e-4, relative: 1e-4) <= 1)
    }
}
