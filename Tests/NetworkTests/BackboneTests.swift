import COneDNN
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// All bases against Keras and the PyTorch port of EfficientNet-Lite (Tests/Fixtures/widths.py and
/// lite.py).
@Suite struct BackboneTests {
    /// The outputs of convolutions, one by one on oneDNN, by the names of layers.
    private func outputs(_ network: Backbone, _ tensors: NamedTensors, at layers: Set<String>) -> [String:
        [Float]]
    {
        let parameters = NetworkParameters(network: network, tensors: tensors).convolutions
        let stream = OneDNN.makeStream()
        defer { dnnl_stream_destroy(stream) }
        let image = HashNetwork.image(0, size: network.imageSize)
        var result: [String: [Float]] = [:]
        for (index, convolution) in network.convolutions.enumerated() {
            let last = network.layers[
                network.convolutions.indices.contains(index + 1)
                    ? network.convolutions[index + 1].layer - 1 : network.layers.count - 1]
            let layer = last.kind == .zeroPadding2D ? network.layers[last.index - 1] : last
            guard layers.contains(layer.name) else { continue }
            let program = PrimitiveProgram(PrimitiveSection(parameters[...index], images: 1))
            program.input.update(from: image, count: image.count)
            program.run(images: 1, stream)
            let count = convolution.outputSize * convolution.outputSize * convolution.outputChannels
            result[layer.name] = Array(UnsafeBufferPointer(start: program.output, count: count))
        }
        return result
    }

    /// The head's input for the same image, on the kernels that a run uses.
    private func features(_ network: Backbone, _ tensors: NamedTensors) -> [Float] {
        TrainingEngine(network: network, tensors: tensors, classes: 2, batchSize: 1, threads: 1)
            .features(ImageBatch([HashNetwork.image(0, size: network.imageSize)]))
    }

    private func check(_ found: [Float], _ fixture: Fixture, _ key: String, _ name: String = "samples") {
        let expected = fixture.floats("\(key)\(name.isEmpty ? "" : "/\(name)")")
        let sampled = samples(
            found, stride: fixture.integers("\(key)/stride")[0], count: expected.count)
        #expect(disagreement(sampled, expected, absolute: 1e-4, relative: 1e-4) <= 1, "\(key)")
    }

    // MARK: MobileNetV2

    private static let widths: [(Architecture, String)] = [
        (.mobileNetV2At035, "0.35"), (.mobileNetV2At05, "0.5"), (.mobileNetV2At075, "0.75"),
        (.mobileNetV2At13, "1.3"), (.mobileNetV2At14, "1.4"),
    ]

    @Test(arguments: widths.indices) func everyWidthHasTheLayersOfKeras(index: Int) throws {
        let fixture = try Fixture("widths.safetensors")
        let (architecture, alpha) = Self.widths[index]
        let size = fixture.names.compactMap { name -> Int? in
            name.hasPrefix("\(alpha)_") && name.hasSuffix("features")
                ? Int(name.dropFirst(alpha.count + 1).prefix { $0 != "/" }) : nil
        }.min()!
        let network = Backbone(architecture, imageSize: size)
        let names = Backbone(.mobileNetV2, imageSize: 160).layers.map(\.name)
        #expect(network.layers.map(\.name) == names)
        let parameters = fixture.integers("\(alpha)/parameters")
        #expect(network.summaries.map(\.parameters) == parameters)
        #expect(network.parameterCount == parameters.reduce(0, +))
        #expect(
            network.layers.flatMap { [$0.outputShape[0], $0.outputShape[2]] }
                == fixture.integers("\(alpha)/shapes"))
    }

    @Test(arguments: widths.indices) func everyWidthComputesAsKeras(index: Int) throws {
        let fixture = try Fixture("widths.safetensors")
        let (architecture, alpha) = Self.widths[index]
        let sizes = [96, 128, 160, 192, 224].filter { fixture.names.contains("\(alpha)_\($0)/features") }
        #expect(sizes.count >= 2)
        for size in sizes {
            let network = Backbone(architecture, imageSize: size)
            let tensors = HashNetwork.tensors(network)
            let names = fixture.names.filter {
                $0.hasPrefix("\(alpha)_\(size)/") && $0.hasSuffix("/samples")
            }.map { String($0.split(separator: "/")[1]) }
            let outputs = outputs(network, tensors, at: Set(names))
            #expect(outputs.count >= 5)
            for (name, output) in outputs { check(output, fixture, "\(alpha)_\(size)/\(name)") }
            check(features(network, tensors), fixture, "\(alpha)_\(size)/features", "")
        }
    }

    // MARK: EfficientNet-Lite

    private static let lites: [(Architecture, size: Int)] = [
        (.efficientNetLite0, 224), (.efficientNetLite1, 240), (.efficientNetLite2, 260),
        (.efficientNetLite3, 280), (.efficientNetLite4, 300), (.efficientNetLite0, 100),
        (.efficientNetLite0, 97),
    ]

    /// The port's name of what a layer gives, `stem`, `top` or a block's prefix.
    private static func place(_ layer: String) -> String {
        switch layer {
        case "stem_activation": "stem"
        case "top_activation": "top"
        default: String(layer.prefix { $0 != "_" }) + "_"
        }
    }

    @Test(arguments: lites.indices) func everyBlockOfLiteActivatesAsInPyTorch(index: Int) throws {
        let fixture = try Fixture("lite.safetensors")
        let (architecture, size) = Self.lites[index]
        let number = architecture.rawValue.last!
        let network = Backbone(architecture, imageSize: size)
        #expect(network.parameterCount == fixture.integers("\(number)/parameters")[0])
        let tensors = HashNetwork.tensors(network)
        // A block ends with its addition or, without one, with the normalisation of its projection.
        let ends = network.convolutions.indices.compactMap { index -> String? in
            let convolution = network.convolutions[index]
            if case .block = convolution.place, convolution.form != .pointwise || convolution.startsBlock {
                return nil
            }
            let layer = convolution.normalizationLayer
            return network.layers[
                convolution.activates || convolution.addsBlockInput ? layer + 1 : layer
            ].name
        }
        let outputs = outputs(network, tensors, at: Set(ends))
        #expect(outputs.count == ends.count)
        let key = "\(number)_\(size)"
        for (layer, output) in outputs { check(output, fixture, "\(key)/\(Self.place(layer))") }
        let expected = fixture.names.count { $0.hasPrefix("\(key)/") && $0.hasSuffix("/samples") }
        #expect(outputs.count == expected)
        check(features(network, tensors), fixture, "\(key)/features", "")
    }

    /// The weights as the package has them, if a run has fetched them into the cache.
    private static func published(_ number: Int) -> String? {
        let folder = Home.cachePath() + "/weights"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.first { $0.hasPrefix("efficientnet-lite\(number)-") }.map { "\(folder)/\($0)" }
    }

    @Test(
        .enabled(if: published(0) != nil, "no run has fetched EfficientNet-Lite's weights"),
        arguments: 0..<3)
    func publishedWeightsComputeAsInPyTorch(number: Int) throws {
        guard let path = Self.published(number) else { return }
        let fixture = try Fixture("lite.safetensors")
        let architecture = try #require(Architecture(rawValue: "efficientnet-lite\(number)"))
        let network = Backbone(architecture, imageSize: architecture.standardImageSize)
        let tensors = try WeightsFile.read(path, into: network).tensors
        let key = "published_\(number)_\(network.imageSize)"
        let outputs = outputs(network, tensors, at: ["top_activation"])
        check(try #require(outputs["top_activation"]), fixture, "\(key)/top")
        check(features(network, tensors), fixture, "\(key)/features", "")
    }

    @Test(arguments: [(224, "block6a_expand_conv"), (100, "stem_conv")])
    func everyGradientOfLite0EqualsPyTorch(size: Int, first: String) throws {
        let fixture = try Fixture("lite_gradients.safetensors")
        let engine = HashNetwork.engine(.efficientNetLite0, batchSize: 4, size: size)
        let layer = try #require(engine.network.layers.first { $0.name == first }).index
        engine.unfreeze(from: layer)
        let images = (0..<4).map { HashNetwork.image($0, size: size) }
        let result = engine.train(
            ImageBatch(images, labels: [0, 3, 1, 4]), learningRate: 0, updates: false)
        #expect(abs(result.lossSum / 4 - Double(fixture.floats("\(size)/loss")[0])) < 1e-4)
        let gradients = engine.gradients
        let names = fixture.names.filter { $0.hasPrefix("\(size)/") && $0.hasSuffix("/samples") }.map {
            String($0.dropFirst("\(size)/".count).dropLast("/samples".count))
        }
        #expect(Set(gradients.keys) == Set(names))
        for name in names.sorted() {
            let gradient = try #require(gradients[name]).values
            let expected = fixture.floats("\(size)/\(name)/norm_sum_max")
            let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(abs(Float(norm) - expected[0]) <= 2e-3 * expected[0], "norm of \(name)")
            let wanted = fixture.floats("\(size)/\(name)/samples")
            let found = samples(
                gradient, stride: fixture.integers("\(size)/\(name)/stride")[0], count: wanted.count)
            // At a bound of ReLU6, rounding decides whether a gradient passes.
            #expect(disagreement(found, wanted, absolute: 4e-3 * expected[2], relative: 4e-3) <= 1, "\(name)")
        }
    }

    @Test func oneWorkerAndTwoTrainLiteToTheSameBits() {
        var outcomes: [([Double], NamedTensors)] = []
        for threads in [1, 2] {
            let engine = HashNetwork.engine(.efficientNetLite0, batchSize: 6, threads: threads, size: 75)
            engine.unfreeze(from: Architecture.efficientNetLite0.standardFineTuneAt)
            let images = (0..<6).map { HashNetwork.image($0, size: 75) }
            let losses = (0..<2).map { _ in
                engine.train(ImageBatch(images, labels: [0, 1, 2, 3, 4, 0]), learningRate: 1e-3).lossSum
            }
            outcomes.append((losses, engine.tensors))
        }
        #expect(outcomes[0].0 == outcomes[1].0 && outcomes[0].0[0] != outcomes[0].0[1])
        #expect(outcomes[0].1 == outcomes[1].1)
    }

    @Test(arguments: [Architecture.efficientNetLite0, .mobileNetV2At13])
    func noConvolutionRunsReferenceCode(architecture: Architecture) {
        for layer in [nil, architecture.standardFineTuneAt, 0] {
            let engine = HashNetwork.engine(architecture, batchSize: 4, size: 160)
            engine.unfreeze(from: layer)
            let slow = engine.implementations.filter { $0.implementation.contains("ref") }
            #expect(slow.isEmpty, "\(slow)")
        }
    }

    // MARK: All

    @Test(arguments: Architecture.allCases) func layersHaveDifferentNames(architecture: Architecture) {
        let network = Backbone(architecture, imageSize: architecture.standardImageSize)
        #expect(Set(network.layers.map(\.name)).count == network.layers.count)
        #expect(network.layers.map(\.index) == Array(network.layers.indices))
        #expect(architecture.layerCount == network.layers.count && network.headLayer == network.layers.count)
        #expect(architecture.accepts(imageSize: architecture.standardImageSize))
        for convolution in network.convolutions {
            #expect(network.layers[convolution.layer].name == convolution.name)
            #expect(network.layers[convolution.normalizationLayer].name == convolution.normalization)
        }
        let share =
            Double(network.trainableParameters(from: architecture.standardFineTuneAt))
            / Double(network.parameterCount)
        #expect((0.7...0.9).contains(share), "\(share)")
        #expect(network.convolutions[network.chunkedFrom].startsBlock)
    }
}

/// Our kernels on every base, against oneDNN's primitives.
@Suite struct FusedBackboneTests {
    private func difference(_ network: Backbone, images: Int, _ kernels: VectorKernels) throws -> Float {
        let parameters = NetworkParameters(network: network, tensors: HashNetwork.tensors(network))
            .convolutions[...]
        let fused = try #require(FusedSection(parameters, images: images, kernels: kernels)).makeProgram()
        let plain = PrimitiveSection(parameters, images: images).makeProgram()
        let stream = OneDNN.makeStream()
        defer { dnnl_stream_destroy(stream) }
        let count = network.imageSize * network.imageSize * 3
        // Twice, because ring buffers keep what the first run left in them.
        for run in 0..<2 {
            for image in 0..<images {
                let values = HashNetwork.image(run * images + image, size: network.imageSize)
                fused.input.advanced(by: image * count).update(from: values, count: count)
                plain.input.advanced(by: image * count).update(from: values, count: count)
            }
            fused.run(images: images, stream)
            plain.run(images: images, stream)
        }
        let outputs = images * network.featureSize * network.featureSize * network.featureChannels
        let largest = (0..<outputs).map { abs(plain.output[$0]) }.max()!
        #expect(largest > 0.01)
        return (0..<outputs).map { abs(plain.output[$0] - fused.output[$0]) }.max()! / largest
    }

    @Test(arguments: VectorKernels.all.indices, Architecture.allCases)
    func everyBaseEqualsPrimitives(kernels: Int, architecture: Architecture) throws {
        let network = Backbone(architecture, imageSize: architecture.standardImageSize)
        let found = try difference(network, images: 1, VectorKernels.all[kernels])
        // Rounding adds up over the 91 convolutions of Lite4.
        #expect(found < 1e-4, "\(found)")
    }

    /// Even and odd sides at every stride, and images that a block takes whole.
    @Test(arguments: VectorKernels.all.indices, [32, 33, 34, 47, 65, 97, 130])
    func anySideOfLiteEqualsPrimitives(kernels: Int, size: Int) throws {
        let network = Backbone(.efficientNetLite0, imageSize: size)
        #expect(try difference(network, images: 3, VectorKernels.all[kernels]) < 3e-5)
    }

    @Test(arguments: VectorKernels.all.indices, [32, 96, 160])
    func symmetricPaddingEqualsPrimitives(kernels: Int, size: Int) throws {
        let network = Backbone(.mobileNetV2, imageSize: size, padding: .symmetric, epsilon: 1e-5)
        #expect(network.convolutions.allSatisfy { $0.padding.before == $0.padding.after })
        #expect(network.featureSize == size / 32)
        #expect(try difference(network, images: 2, VectorKernels.all[kernels]) < 3e-5)
    }

    @Test func sumsAreTheSameOnAnyInstructionSet() throws {
        for architecture in [Architecture.efficientNetLite0, .mobileNetV2At075, .mobileNetV2At13] {
            let network = Backbone(architecture, imageSize: 96)
            let parameters = NetworkParameters(network: network, tensors: HashNetwork.tensors(network))
                .convolutions[...]
            let image = HashNetwork.image(0, size: 96)
            let stream = OneDNN.makeStream()
            defer { dnnl_stream_destroy(stream) }
            let outputs = try VectorKernels.all.map { kernels in
                let program = try #require(FusedSection(parameters, images: 1, kernels: kernels))
                    .makeProgram()
                program.input.update(from: image, count: image.count)
                program.run(images: 1, stream)
                return Array(
                    UnsafeBufferPointer(start: program.output, count: 3 * 3 * network.featureChannels))
            }
            #expect(outputs.allSatisfy { $0 == outputs[0] }, "\(architecture)")
        }
    }
}

/// The PyTorch port's names and layouts.
@Suite struct EfficientNetLiteNamesTests {
    /// The port's state, made from canonical tensors by other code than the reader's.
    private func state(_ network: Backbone, _ tensors: NamedTensors) -> NamedTensors {
        var result: NamedTensors = [:]
        func add(_ kernel: String, _ normalization: String, _ layer: String, _ bn: String) {
            let keras = tensors["\(layer)/kernel"]!
            let (h, w, a, b) = (keras.shape[0], keras.shape[1], keras.shape[2], keras.shape[3])
            // A depthwise kernel is [h, w, channels, 1] in Keras and [channels, 1, h, w] in PyTorch.
            let isDepthwise = layer.hasSuffix("dwconv")
            let shape = isDepthwise ? [a, 1, h, w] : [b, a, h, w]
            var tensor = Tensor(zeros: shape)
            for (index, value) in keras.values.enumerated() {
                let (y, x, i, o) = (index / (w * a * b), index / (a * b) % w, index / b % a, index % b)
                let place =
                    isDepthwise ? (i * h + y) * w + x : ((o * a + i) * h + y) * w + x
                tensor.values[place] = value
            }
            result[kernel] = tensor
            for (own, name) in [
                "weight": "gamma", "bias": "beta", "running_mean": "moving_mean",
                "running_var": "moving_variance",
            ] { result["\(normalization).\(own)"] = tensors["\(bn)/\(name)"]! }
            result["\(normalization).num_batches_tracked"] = Tensor(shape: [1], values: [7])
        }
        add("_conv_stem.weight", "_bn0", "stem_conv", "stem_bn")
        add("_conv_head.weight", "_bn1", "top_conv", "top_bn")
        let blocks = network.layers.map(\.name).filter { $0.hasSuffix("_dwconv") }
        for (number, layer) in blocks.enumerated() {
            let (name, prefix) = (String(layer.dropLast("dwconv".count)), "_blocks.\(number).")
            if number > 0 {
                add(prefix + "_expand_conv.weight", prefix + "_bn0", name + "expand_conv", name + "expand_bn")
            }
            add(prefix + "_depthwise_conv.weight", prefix + "_bn1", layer, name + "bn")
            add(prefix + "_project_conv.weight", prefix + "_bn2", name + "project_conv", name + "project_bn")
        }
        result["_fc.weight"] = Tensor(zeros: [3, network.featureChannels])
        result["_fc.bias"] = Tensor(zeros: [3])
        return result
    }

    @Test func aStateBecomesTheNetworksTensors() throws {
        let network = Backbone(.efficientNetLite0, imageSize: 224)
        let tensors = HashNetwork.tensors(network).filter { !$0.key.hasPrefix("dense/") }
        let folder = try TemporaryFolder()
        let path = folder.path + "/state.safetensors"
        var state = state(network, tensors)
        try Safetensors.write(state, to: path)
        let loaded = try WeightsFile.read(path, into: network)
        #expect(loaded.tensors == tensors)
        #expect(throws: (any Error).self) { try loaded.head.get() }

        // A state of another size is refused by the network's name and the tensor's.
        let other = Backbone(.efficientNetLite2, imageSize: 260)
        let message = userErrorMessage { _ = try WeightsFile.read(path, into: other) }
        #expect(message.contains("EfficientNet-Lite2") && message.contains("has the shape"), "\(message)")
        state["_blocks.2._bn1.running_var"] = nil
        try Safetensors.write(state, to: path)
        let missing = userErrorMessage { _ = try WeightsFile.read(path, into: network) }
        #expect(missing.contains("block2b_bn/moving_variance is missing"), "\(missing)")
    }
}
