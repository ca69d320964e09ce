import COneDNN
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// The engine against Keras' activations, gradients and losses (made by the scripts in
/// Tests/Fixtures).
@Suite struct KerasAgreementTests {
    @Test(arguments: [160, 96]) func everyBlockActivatesAsInKeras(size: Int) throws {
        let fixture = try Fixture("activations_\(size).safetensors")
        let network = Backbone(.mobileNetV2, imageSize: size)
        let parameters = NetworkParameters(network: network, tensors: HashNetwork.tensors(network))
            .convolutions
        let stream = OneDNN.makeStream()
        defer { dnnl_stream_destroy(stream) }
        let image = HashNetwork.image(0, size: size)
        var compared = 0
        for (index, convolution) in network.convolutions.enumerated() {
            // The Keras layer whose output the fused convolution produces.
            let layer =
                convolution.addsBlockInput
                ? convolution.name.replacing("project", with: "add")
                : convolution.activates
                    ? network.layers[convolution.normalizationLayer + 1].name : convolution.normalization
            guard fixture.names.contains("\(layer)/samples") else { continue }
            let program = PrimitiveProgram(PrimitiveSection(parameters[...index], images: 1))
            program.input.update(from: image, count: image.count)
            program.run(images: 1, stream)
            let expected = fixture.floats("\(layer)/samples")
            let count = convolution.outputSize * convolution.outputSize * convolution.outputChannels
            let output = Array(UnsafeBufferPointer(start: program.output, count: count))
            let sampled = samples(
                output, stride: fixture.integers("\(layer)/stride")[0], count: expected.count)
            #expect(disagreement(sampled, expected, absolute: 1e-4, relative: 1e-4) <= 1, "\(layer)")
            if layer == "out_relu" {
                #expect(
                    disagreement(output, fixture.floats("out_relu/all"), absolute: 1e-4, relative: 1e-4) <= 1)
            }
            compared += 1
        }
        #expect(compared == fixture.names.count { $0.hasSuffix("/samples") })
    }

    @Test(arguments: [100, 54]) func everyGradientOfStage2EqualsKeras(fineTuneAt: Int) throws {
        let fixture = try Fixture("gradients_\(fineTuneAt).safetensors")
        let labels = fixture.integers("labels")
        let engine = HashNetwork.engine(batchSize: 4)
        engine.unfreeze(from: fineTuneAt)
        let images = (0..<4).map { HashNetwork.image($0, size: 160) }
        let result = engine.train(
            ImageBatch(images, labels: labels), learningRate: 0, updates: false)
        #expect(abs(result.lossSum / 4 - Double(fixture.floats("loss")[0])) < 1e-4)
        let gradients = engine.gradients
        let names = fixture.names.filter { $0.hasSuffix("/samples") }.map {
            String($0.dropLast("/samples".count))
        }
        #expect(Set(gradients.keys) == Set(names))
        for name in names.sorted() {
            let gradient = try #require(gradients[name]).values
            let expected = fixture.floats("\(name)/norm_sum_max")
            let norm = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(abs(Float(norm) - expected[0]) <= 2e-3 * expected[0], "norm of \(name)")
            // Where an activation lies at a bound of ReLU6, rounding decides whether its gradient
            // passes.
            let wanted = fixture.floats("\(name)/samples")
            let found = samples(gradient, stride: fixture.integers("\(name)/stride")[0], count: wanted.count)
            #expect(disagreement(found, wanted, absolute: 4e-3 * expected[2], relative: 4e-3) <= 1, "\(name)")
        }
    }

    /// The case with the high rate overshoots and amplifies the last bit of a Float from its sixth
    /// step on, so only five losses are compared.
    @Test(arguments: [
        ("stage1", nil as Int?, 1e-3, 11), ("stage2", 100, 1e-5, 11), ("stage2_fast", 100, 1e-3, 5),
    ])
    func tenAdamStepsLoseAsInKeras(name: String, fineTuneAt: Int?, learningRate: Double, count: Int) throws {
        let fixture = try Fixture("steps.safetensors")
        let engine = HashNetwork.engine(batchSize: 8)
        engine.unfreeze(from: fineTuneAt)
        let images = (0..<8).map { HashNetwork.image($0, size: 160) }
        let batch = ImageBatch(images, labels: fixture.integers("labels"))
        var losses: [Float] = []
        for _ in 0..<count {
            losses.append(Float(engine.train(batch, learningRate: learningRate).lossSum / 8))
        }
        let expected = Array(fixture.floats("\(name)/losses").prefix(count))
        #expect(
            disagreement(losses, expected, absolute: 2e-4, relative: 2e-3) <= 1, "\(losses) and \(expected)")
    }

    /// With class weights, label smoothing and weight decay (Tests/Fixtures/objective.py).
    @Test(
        arguments: [
            ("weights_head", nil as Int?, 1e-3, true, 0, 0), ("weights_tail", 100, 1e-5, true, 0, 0),
            ("smoothing_head", nil, 1e-3, false, 0.1, 0), ("smoothing_tail", 100, 1e-5, false, 0.1, 0),
            ("both_head", nil, 1e-3, true, 0.2, 0), ("decay_head", nil, 1e-3, false, 0, 5),
            ("decay_tail", 100, 1e-4, false, 0, 50),
        ] as [(String, Int?, Double, Bool, Float, Float)])
    func objectivesAreThoseOfKeras(
        name: String, fineTuneAt: Int?, learningRate: Double, isWeighted: Bool, smoothing: Float, decay: Float
    ) throws {
        struct Golden: Decodable {
            var weights: [Float]
            var cases: [String: [Float]]
        }
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("objective.json"))))
        let engine = HashNetwork.engine(batchSize: 8)
        engine.objective = Objective(
            classWeights: isWeighted ? golden.weights : nil, labelSmoothing: smoothing, weightDecay: decay)
        engine.unfreeze(from: fineTuneAt)
        let images = (0..<8).map { HashNetwork.image($0, size: 160) }
        let labels = try Fixture("steps.safetensors").integers("labels")
        let expected = try #require(golden.cases[name])
        let losses = expected.map { _ in
            Float(engine.train(ImageBatch(images, labels: labels), learningRate: learningRate).lossSum / 8)
        }
        #expect(
            disagreement(losses, expected, absolute: 2e-4, relative: 2e-3) <= 1, "\(losses) and \(expected)")
    }

    /// Averages of the weights, each validated after its step, and rates that fall from block to block
    /// (Tests/Fixtures/steering.py).
    @Test(
        arguments: [
            ("average_head", nil as Int?, 1e-3, 0.15, 1), ("average_tail", 100, 1e-4, 0.15, 1),
            ("warm_head", nil, 1e-3, 0.999, 1), ("warm_tail", 100, 1e-4, 0.35, 1),
            ("rates_tail", 100, 1e-4, nil, 0.5), ("rates_deep", 54, 1e-4, nil, 0.75),
        ] as [(String, Int?, Double, Double?, Double)])
    func averagesAndRatesAreThoseOfKeras(
        name: String, fineTuneAt: Int?, learningRate: Double, average: Double?, rateDecay: Double
    ) throws {
        let golden = try JSONDecoder().decode(
            [String: [Float]].self,
            from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("steering.json"))))
        let engine = HashNetwork.engine(batchSize: 8)
        engine.objective = Objective(rateDecay: rateDecay, averageDecay: average)
        engine.unfreeze(from: fineTuneAt)
        let batch = ImageBatch(
            (0..<8).map { HashNetwork.image($0, size: 160) },
            labels: try Fixture("steps.safetensors").integers("labels"))
        let expected = try #require(golden[name])
        let losses = expected.map { _ in
            let loss = engine.train(batch, learningRate: learningRate).lossSum
            if average == nil { return Float(loss / 8) }
            return engine.withAverages {
                Float(engine.train(batch, learningRate: 0, updates: false).lossSum / 8)
            }
        }
        #expect(
            disagreement(losses, expected, absolute: 2e-4, relative: 2e-3) <= 1, "\(losses) and \(expected)")
    }

    /// Photos mixed with those as far from the other end of the batch (Tests/Fixtures/steering.py).
    @Test(
        arguments: [("mixed_head", nil as Int?, 1e-3, 0.7, 0), ("mixed_tail", 100, 1e-5, 0.6, 0.1)]
            as [(String, Int?, Double, Float, Float)])
    func mixedPhotosTrainAsInKeras(
        name: String, fineTuneAt: Int?, learningRate: Double, share: Float, smoothing: Float
    ) throws {
        struct Mixed: LabelledBatch {
            let images: [[Float]]
            let labels: [Int]
            let share: Float
            var count: Int { images.count }
            func write(_ index: Int, to image: InputImage) {
                for (i, other) in images[count - 1 - index].enumerated() {
                    image.values[i] = share * images[index][i] + (1 - share) * other
                }
            }
            func label(_ index: Int) -> Int { labels[index] }
            func other(_ index: Int) -> MixedLabel? {
                MixedLabel(label: labels[count - 1 - index], share: 1 - share)
            }
        }
        let golden = try JSONDecoder().decode(
            [String: [Float]].self,
            from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("steering.json"))))
        let engine = HashNetwork.engine(batchSize: 8)
        engine.objective = Objective(labelSmoothing: smoothing)
        engine.unfreeze(from: fineTuneAt)
        let batch = Mixed(
            images: (0..<8).map { HashNetwork.image($0, size: 160) },
            labels: try Fixture("steps.safetensors").integers("labels"), share: share)
        let expected = try #require(golden[name])
        let losses = expected.map { _ in
            Float(engine.train(batch, learningRate: learningRate).lossSum / 8)
        }
        #expect(
            disagreement(losses, expected, absolute: 2e-4, relative: 2e-3) <= 1, "\(losses) and \(expected)")
    }

    @Test func disagreementNoticesWhatDiffers() {
        #expect(disagreement([1, 2], [1, 2.1], absolute: 1e-3, relative: 1e-3) > 1)
        #expect(disagreement([1], [1, 2], absolute: 1, relative: 1) > 1)
        #expect(disagreement([.nan], [1], absolute: 1, relative: 1) > 1)
        #expect(disagreement([1, 2], [1, 2], absolute: 1e-6, relative: 0) == 0)
    }
}

@Suite struct DeterminismTests {
    /// The reported norm is that of all gradients, which are checked against Keras. At a learning
    /// rate of 0, both are computed from the same weights.
    @Test(arguments: [nil as Int?, 100, 121, 54]) func gradientNormIsThatOfAllGradients(fineTuneAt: Int?)
        throws
    {
        var norms: [Double] = []
        for threads in [1, 2] {
            let engine = HashNetwork.engine(batchSize: 5, threads: threads, size: 96)
            engine.unfreeze(from: fineTuneAt)
            let images = (0..<5).map { HashNetwork.image($0, size: 96) }
            let result = engine.train(
                ImageBatch(images, labels: [0, 1, 2, 3, 4]), learningRate: 0)
            let squares = engine.gradients.values.reduce(0.0) { sum, tensor in
                sum + tensor.values.reduce(0.0) { $0 + Double($1) * Double($1) }
            }
            let norm = try #require(result.gradientNorm)
            #expect(norm > 0 && abs(norm / squares.squareRoot() - 1) < 1e-5)
            norms.append(norm)
        }
        #expect(norms[0] == norms[1])
    }

    /// Results are bit-identical whichever worker computes which chunk.
    @Test(arguments: [nil as Int?, 100]) func oneWorkerAndTwoGiveTheSameBits(fineTuneAt: Int?) {
        var outcomes: [([Double], NamedTensors)] = []
        for threads in [1, 2, 2] {
            let engine = HashNetwork.engine(batchSize: 6, threads: threads, size: 96)
            engine.unfreeze(from: fineTuneAt)
            let images = (0..<6).map { HashNetwork.image($0, size: 96) }
            let losses = (0..<3).map { step in
                // The last batch of an epoch may be short.
                let batch = ImageBatch(Array(images.prefix(step == 2 ? 5 : 6)), labels: [0, 1, 2, 3, 4, 0])
                return engine.train(batch, learningRate: 1e-3).lossSum
            }
            outcomes.append((losses, engine.tensors))
        }
        #expect(outcomes[0].0 == outcomes[1].0)
        #expect(outcomes[0].1 == outcomes[1].1)
        #expect(outcomes[1].1 == outcomes[2].1)
    }
}

@Suite struct FastImplementationTests {
    /// oneDNN must not fall back to its reference code, neither on AVX2 nor on AVX-512.
    @Test(arguments: [nil as Int?, 100, 0]) func noConvolutionRunsReferenceCode(fineTuneAt: Int?) {
        let engine = HashNetwork.engine(batchSize: 4)
        engine.unfreeze(from: fineTuneAt)
        let slow = engine.implementations.filter { $0.implementation.contains("ref") }
        #expect(slow.isEmpty, "\(slow)")
    }
}
