import COneDNN
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
