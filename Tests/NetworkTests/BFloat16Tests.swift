import COneDNN
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// The base in bfloat16 against naive kernels that round at the same places, and against Keras' policy
/// `mixed_bfloat16`.
@Suite struct BFloat16Tests {
    /// Sections of any blocks on oneDNN, residual ones and the last convolution among them. A sum in another
    /// order may round to the neighbouring number, and its effect grows with the depth: up to 2.8e-4 in
    /// these. From the reference in Float32 they differ by 2.4e-3 to 6.2e-3.
    @Test(.bfloat16Units, arguments: [3..<4, 0..<7, 9..<15, 33..<39, 45..<52] as [Range<Int>])
    func frozenSectionsEqualTheReference(range: Range<Int>) {
        let network = Backbone(.mobileNetV2, imageSize: 64)
        let tensors = HashNetwork.tensors(network)
        let parameters = NetworkParameters(network: network, tensors: tensors).convolutions[range]
        let (first, last) = (
            network.convolutions[range.lowerBound], network.convolutions[range.upperBound - 1]
        )
        let images = 2
        let stream = OneDNN.makeStream()
        defer { dnnl_stream_destroy(stream) }
        let program = PrimitiveSection(parameters, images: images, precision: .bfloat16).makeProgram()
        let x = HashNetwork.values("x", images * first.inputFloats).map { Float(3 * $0) }
        program.input.update(from: x, count: x.count)
        program.run(images: images, stream)
        let found = Array(UnsafeBufferPointer(start: program.output, count: images * last.outputFloats))
        let differences = [Precision.bfloat16, .float32].map { precision in
            let reference = ReferenceNetwork(network, tensors, classes: 5, precision: precision)
            let expected = reference.activations(x.map(Double.init), images: images, of: range).last!
            return Self.difference(found, expected)
        }
        #expect(differences[0] < 1e-3 && differences[1] > 10 * differences[0], "\(differences)")
    }

    /// Root of the mean square difference, as a share of the expected values' root mean square.
    private static func difference(_ found: [Float], _ expected: [Double]) -> Double {
        guard found.count == expected.count else { return .infinity }
        let squares = zip(found, expected).reduce((0.0, 0.0)) {
            ($0.0 + pow(Double($1.0) - $1.1, 2), $0.1 + $1.1 * $1.1)
        }
        return squares.0.isNaN ? .infinity : (squares.0 / max(squares.1, 1e-30)).squareRoot()
    }

    struct Golden: Decodable {
        struct Case: Decodable {
            var fineTuneAt: Int?
            var learningRate: Double
            var mixed: Policy
            var float32: Policy
        }
        struct Policy: Decodable {
            var losses: [Double]
            var probabilities: [[Double]]
            var gradientNorms: [String: Double]
        }
        var labels: [Int]
        var cases: [String: Case]
    }

    /// A case of Keras', with an engine and a batch to compute it.
    private func golden(_ name: String) throws -> (Golden.Case, TrainingEngine, ImageBatch) {
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("bfloat16.json"))))
        let expected = try #require(golden.cases[name])
        let engine = HashNetwork.engine(batchSize: 8, precision: .bfloat16)
        engine.unfreeze(from: expected.fineTuneAt)
        let batch = ImageBatch((0..<8).map { HashNetwork.image($0, size: 160) }, labels: golden.labels)
        return (expected, engine, batch)
    }

    /// Ten steps beside those of Keras under `mixed_bfloat16` (Tests/Fixtures/bfloat16.py).
    ///
    /// Both round, but not at the same places, as Keras rounds a convolution's sum before it is
    /// normalised. Under Keras the policy itself moves these losses by up to 0.0136 and probabilities
    /// by 0.0042; ours lie within 0.0173 and 0.0029 of the policy's. The bounds leave a half on top of
    /// that. In ten steps the loss falls by 1.8 or more, and another precision or gradient
    /// shows in the tests above.
    @Test(.bfloat16Units, arguments: ["stage1", "stage2", "stage2_deep"])
    func tenStepsLoseAsUnderKerasPolicy(name: String) throws {
        let (expected, engine, batch) = try golden(name)
        let probabilities = engine.predict(batch)
        let losses = expected.mixed.losses.map { _ in
            Float(engine.train(batch, learningRate: expected.learningRate).lossSum / 8)
        }
        let wanted = expected.mixed.probabilities.flatMap { $0.map(Float.init) }
        #expect(disagreement(probabilities, wanted, absolute: 0.0045, relative: 0) <= 1)
        let policy = expected.mixed.losses.map(Float.init)
        #expect(disagreement(losses, policy, absolute: 0.026, relative: 0) <= 1, "\(losses)")
    }

    /// The norm of the first step's gradient over everything that trains; measured within 0.4 %.
    @Test(.bfloat16Units, arguments: ["stage1", "stage2", "stage2_deep"])
    func gradientIsAsLongAsUnderKerasPolicy(name: String) throws {
        let (expected, engine, batch) = try golden(name)
        let norm = try #require(engine.train(batch, learningRate: 0).gradientNorm)
        func total(_ policy: Golden.Policy) -> Double {
            policy.gradientNorms.values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
        #expect(abs(norm / total(expected.mixed) - 1) < 0.01)
        #expect(Set(engine.gradients.keys) == Set(expected.mixed.gradientNorms.keys))
    }

    /// Bits are the same whichever worker computes which chunk.
    @Test(.bfloat16Units, arguments: [nil as Int?, 100]) func anyNumberOfThreadsGivesTheSameBits(
        fineTuneAt: Int?
    ) {
        var outcomes: [([Double], NamedTensors)] = []
        for threads in [1, 2, 5] {
            let engine = HashNetwork.engine(batchSize: 10, threads: threads, size: 96, precision: .bfloat16)
            engine.unfreeze(from: fineTuneAt)
            let images = (0..<10).map { HashNetwork.image($0, size: 96) }
            let losses = (0..<3).map { step in
                // The last batch of an epoch may be short.
                let count = step == 2 ? 7 : 10
                let batch = ImageBatch(Array(images.prefix(count)), labels: (0..<count).map { $0 % 5 })
                return engine.train(batch, learningRate: 1e-3).lossSum
            }
            outcomes.append((losses, engine.tensors))
        }
        for other in outcomes.dropFirst() {
            #expect(outcomes[0].0 == other.0)
            #expect(outcomes[0].1 == other.1)
        }
    }

    /// A photo's features are the same at any place in a batch, beside any others.
    @Test(.bfloat16Units, arguments: [nil as Int?, 100, 54]) func anyNeighboursGiveTheSameBits(
        fineTuneAt: Int?
    ) {
        let engine = HashNetwork.engine(batchSize: 16, size: 96, precision: .bfloat16)
        engine.unfreeze(from: fineTuneAt)
        let image = HashNetwork.image(0, size: 96)
        let (alone, channels) = (engine.features(ImageBatch([image])), 1280)
        for place in 0..<9 {
            var images = (1...9).map { HashNetwork.image(place + $0, size: 96).map { 100 * $0 } }
            images[place] = image
            let found = engine.features(ImageBatch(images))
            #expect(found[place * channels..<(place + 1) * channels] == alone[...], "place \(place)")
        }
    }

    @Test(.bfloat16Units) func stateCanBeSavedAndLoadedBetweenSteps() {
        let images = (0..<8).map { HashNetwork.image($0, size: 96) }
        let batch = ImageBatch(images, labels: [0, 1, 2, 3, 4, 0, 1, 2])
        let unbroken = HashNetwork.engine(batchSize: 8, size: 96, precision: .bfloat16)
        unbroken.unfreeze(from: 100)
        for _ in 0..<2 { _ = unbroken.train(batch, learningRate: 1e-3) }
        let resumed = HashNetwork.engine(batchSize: 8, threads: 1, size: 96, precision: .bfloat16)
        resumed.unfreeze(from: 100)
        resumed.load(unbroken.tensors, moments: unbroken.optimizerTensors, adamStep: unbroken.adamStep)
        let losses = [unbroken, resumed].map { engine in
            (0..<2).map { _ in engine.train(batch, learningRate: 1e-3).lossSum }
        }
        #expect(losses[0] == losses[1])
        #expect(unbroken.tensors == resumed.tensors)
    }

    @Test(.bfloat16Units, arguments: [nil as Int?, 100, 0]) func noConvolutionRunsReferenceCode(
        fineTuneAt: Int?
    ) {
        for architecture in [Architecture.mobileNetV2, .efficientNetLite0] {
            let engine = HashNetwork.engine(architecture, batchSize: 4, precision: .bfloat16)
            engine.unfreeze(from: fineTuneAt)
            let slow = engine.implementations.filter { $0.implementation.contains("ref") }
            #expect(slow.isEmpty, "\(slow)")
        }
    }

    /// Another precision is another computation: an engine that ignored it would pass the rest.
    @Test(.bfloat16Units, arguments: [nil as Int?, 100]) func precisionChangesTheProbabilities(
        fineTuneAt: Int?
    ) {
        let images = ImageBatch([HashNetwork.image(0, size: 96)])
        let found = [Precision.float32, .bfloat16].map { precision in
            let engine = HashNetwork.engine(batchSize: 4, size: 96, precision: precision)
            engine.unfreeze(from: fineTuneAt)
            return engine.predict(images)
        }
        #expect(found[0] != found[1])
        #expect(disagreement(found[0], found[1], absolute: 0.05, relative: 0) <= 1)
    }
}

extension Trait where Self == ConditionTrait {
    /// Only where the processor multiplies bfloat16.
    static var bfloat16Units: Self {
        .enabled(if: Processor.current.bfloat16 != nil, "needs a processor with AVX512-BF16 or AMX-BF16")
    }
}
