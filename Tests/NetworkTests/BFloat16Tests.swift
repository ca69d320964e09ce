import COneDNN
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// The base in bfloat16 against naive kernels that round at the same places, and against Keras' policy
/// `mixed_bfloat16`.
@Suite struct BFloat16Tests {
    @Test func numbersAreRoundedToTheNearestAndTiesToEven() {
        #expect(BFloat16.rounded(1) == 0x3F80 && BFloat16.rounded(-2) == 0xC000)
        // Halfway between two neighbours, above an even and above an odd one, and beside halfway.
        #expect(BFloat16.rounded(Float(bitPattern: 0x3F80_8000)) == 0x3F80)
        #expect(BFloat16.rounded(Float(bitPattern: 0x3F81_8000)) == 0x3F82)
        #expect(BFloat16.rounded(Float(bitPattern: 0x3F80_8001)) == 0x3F81)
        #expect(BFloat16.rounded(Float(bitPattern: 0x3F81_7FFF)) == 0x3F81)
        #expect(BFloat16.widened(BFloat16.rounded(.greatestFiniteMagnitude)) == .infinity)
        #expect(BFloat16.rounded(-.infinity) == 0xFF80)
        for nan in [0x7F80_0001, 0x7FFF_FFFF, 0xFFFF_FFFF] as [UInt32] {
            #expect(BFloat16.widened(BFloat16.rounded(Float(bitPattern: nan))).isNaN)
        }
        for (index, value) in HashNetwork.values("bfloat16", 4096).enumerated() {
            let number = Float(value * pow(2, Double(index % 60 - 30)))
            #expect(
                Double(BFloat16.widened(BFloat16.rounded(number)))
                    == ReferenceKernels.bfloat16(Double(number)))
        }
    }

    @Test(arguments: 0...35) func sumsAndMasksCoverEveryElement(count: Int) {
        let numbers = HashNetwork.values("numbers", 2 * count + 2).map { Float(8 * $0) }
        func patterns(_ part: ArraySlice<Float>) -> [UInt16] { part.map(BFloat16.rounded) }
        let a = patterns(numbers[0...count])
        var sum = patterns(numbers[(count + 1)...])
        let b = sum
        BFloat16.add(a, to: &sum, count: count)
        #expect(
            sum.prefix(count)
                == zip(a, b).prefix(count).map {
                    BFloat16.rounded(BFloat16.widened($0) + BFloat16.widened($1))
                }[...])
        #expect(sum[count] == b[count])

        let bounds = [0, 6, 5.96875, 6.03125, 0x1p-126, -0.0, -1] as [Float]
        let y = (0...count).map {
            BFloat16.rounded($0 % 2 == 0 ? bounds[$0 / 2 % bounds.count] : numbers[$0])
        }
        var gradient = b
        ReLU6Gradient.maskBFloat16(&gradient, by: y, count: count)
        let passed = y.prefix(count).map { BFloat16.widened($0) > 0 && BFloat16.widened($0) < 6 }
        #expect(gradient.prefix(count) == zip(b, passed).map { $1 ? $0 : 0 }[...])
        #expect(gradient[count] == b[count])
    }

    @Test func aSumWithNaNStaysOne() {
        var sums = [UInt16](repeating: BFloat16.rounded(1), count: 9)
        BFloat16.add([UInt16](repeating: 0x7FFF, count: 9), to: &sums, count: 9)
        #expect(sums.allSatisfy { BFloat16.widened($0).isNaN })
    }

    /// Features of a section of any blocks, residual ones and the last convolution among them.
    @Test(.bfloat16Units, arguments: [0..<52, 0..<7, 9..<15, 33..<52, 3..<4] as [Range<Int>])
    func frozenSectionsEqualTheReference(range: Range<Int>) {
        let network = Backbone(.mobileNetV2, imageSize: 32)
        let tensors = HashNetwork.tensors(network)
        let parameters = NetworkParameters(network: network, tensors: tensors).convolutions[range]
        let (first, last) = (
            network.convolutions[range.lowerBound], network.convolutions[range.upperBound - 1]
        )
        let images = 2
        let stream = OneDNN.makeStream()
        defer { dnnl_stream_destroy(stream) }
        let program = FrozenSections.make(parameters, images: images, precision: .bfloat16).makeProgram()
        let x = HashNetwork.values("x", images * first.inputFloats).map { Float(3 * $0) }
        program.input.update(from: x, count: x.count)
        program.run(images: images, stream)
        let found = Array(UnsafeBufferPointer(start: program.output, count: images * last.outputFloats))
        let expected = ReferenceNetwork(network, tensors, classes: 5, precision: .bfloat16)
            .activations(x.map(Double.init), images: images, of: range).last!
        #expect(Self.difference(found, expected) < 4e-3)
    }

    /// Root of the mean square difference, as a share of the expected values' root mean square.
    private static func difference(_ found: [Float], _ expected: [Double]) -> Double {
        guard found.count == expected.count else { return .infinity }
        let squares = zip(found, expected).reduce((0.0, 0.0)) {
            ($0.0 + pow(Double($1.0) - $1.1, 2), $0.1 + $1.1 * $1.1)
        }
        return squares.0.isNaN ? .infinity : (squares.0 / max(squares.1, 1e-30)).squareRoot()
    }

    /// Loss and gradients against the reference in Double. A sum in another order may round to the
    /// neighbouring number, and at a bound of ReLU6 that decides about a gradient, so single values
    /// differ and the whole of a tensor is compared. Without the reference's rounding the largest
    /// difference is several times the bound.
    @Test(.bfloat16Units, arguments: [100, 54, 143]) func everyGradientEqualsTheReference(fineTuneAt: Int)
        throws
    {
        let engine = HashNetwork.engine(batchSize: 3, size: 32, precision: .bfloat16)
        engine.unfreeze(from: fineTuneAt)
        let images = (0..<3).map { HashNetwork.image($0, size: 32) }
        let labels = [0, 3, 1]
        let result = engine.train(ImageBatch(images, labels: labels), learningRate: 0, updates: false)
        let network = Backbone(.mobileNetV2, imageSize: 32)
        let first = network.convolutions.firstIndex { $0.normalizationLayer >= fineTuneAt }!
        func differences(_ precision: Precision) throws -> (loss: Double, tensors: [String: Double]) {
            let reference = ReferenceNetwork(
                network, HashNetwork.tensors(network), classes: 5, precision: precision)
            let expected = reference.gradients(images, labels, from: first)
            var differences: [String: Double] = [:]
            for (name, gradient) in engine.gradients {
                var wanted = try #require(expected.gradients[name])
                if let convolution = network.convolutions.first(where: { "\($0.name)/kernel" == name }) {
                    wanted = KernelLayout.toKeras(wanted.map(Float.init), convolution).values.map(Double.init)
                }
                differences[name] = Self.difference(gradient.values, wanted)
            }
            return (abs(result.lossSum / 3 - expected.loss), differences)
        }
        let (same, float) = (try differences(.bfloat16), try differences(.float32))
        print("loss", same.loss, float.loss)
        print(
            "mean", same.tensors.values.reduce(0, +) / Double(same.tensors.count),
            float.tensors.values.reduce(0, +) / Double(same.tensors.count))
        print("max", same.tensors.max { $0.value < $1.value }!, float.tensors.max { $0.value < $1.value }!)
        #expect(same.loss < 2e-3)
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

    @Test(.bfloat16Units, arguments: ["stage1", "stage2", "stage2_deep"])
    func tenStepsLoseAsUnderKerasPolicy(name: String) throws {
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("bfloat16.json"))))
        let expected = try #require(golden.cases[name])
        let engine = HashNetwork.engine(batchSize: 8, precision: .bfloat16)
        engine.unfreeze(from: expected.fineTuneAt)
        let batch = ImageBatch((0..<8).map { HashNetwork.image($0, size: 160) }, labels: golden.labels)
        let probabilities = engine.predict(batch).map(Double.init)
        var losses: [Double] = []
        for step in expected.mixed.losses.indices {
            losses.append(engine.train(batch, learningRate: expected.learningRate).lossSum / 8)
            if step > 0 { continue }
            func norms(_ wanted: [String: Double]) -> [Double] {
                engine.gradients.map { name, tensor in
                    let norm = tensor.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
                    return abs(norm / wanted[name]! - 1)
                }
            }
            print(
                name, "norms", norms(expected.mixed.gradientNorms).max()!,
                norms(expected.float32.gradientNorms).max()!)
        }
        func largest(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { abs($0 - $1) }.max()! }
        print(
            name, "probabilities", largest(probabilities, expected.mixed.probabilities.flatMap { $0 }),
            largest(probabilities, expected.float32.probabilities.flatMap { $0 }), "keras",
            largest(
                expected.mixed.probabilities.flatMap { $0 }, expected.float32.probabilities.flatMap { $0 }))
        print(
            name, "losses", zip(losses, expected.mixed.losses).map { $0 - $1 }, "keras",
            zip(expected.float32.losses, expected.mixed.losses).map { $0 - $1 })
        #expect(losses.count == 11)
    }

    /// Bits are the same whichever worker computes which chunk.
    @Test(.bfloat16Units, arguments: [nil as Int?, 100]) func anyNumberOfThreadsGivesTheSameBits(
        fineTuneAt: Int?
    ) {
        var outcomes: [([Double], NamedTensors)] = []
        for threads in [1, 2, 3] {
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

    /// A photo's probabilities are the same at any place in a batch, beside any others.
    @Test(.bfloat16Units, arguments: [nil as Int?, 100, 54]) func anyNeighboursGiveTheSameBits(
        fineTuneAt: Int?
    ) {
        let engine = HashNetwork.engine(batchSize: 16, size: 96, precision: .bfloat16)
        engine.unfreeze(from: fineTuneAt)
        let image = HashNetwork.image(0, size: 96)
        let alone = engine.predict(ImageBatch([image]))
        for place in 0..<9 {
            var images = (1...9).map { HashNetwork.image(place + $0, size: 96).map { 100 * $0 } }
            images[place] = image
            let found = engine.predict(ImageBatch(images))
            #expect(Array(found[place * 5..<place * 5 + 5]) == alone, "place \(place)")
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
