import CKernels
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// The kernels of the backward pass against the naive ones in Double, around the widths at which
/// their loops change.
@Suite struct BackwardKernelTests {
    private func floats(_ name: String, _ count: Int) -> [Float] {
        HashNetwork.values(name, count).map(Float.init)
    }

    private func doubles(_ values: [Float]) -> [Double] { values.map(Double.init) }

    /// Outputs of a ReLU6, with both bounds among them.
    private func activations(_ count: Int) -> [Float] {
        ReferenceKernels.relu6(floats("activations", count).map { 3 + 5 * $0 })
    }

    private func agree(_ found: [Float], _ expected: [Double], _ what: Comment) {
        #expect(
            disagreement(found, expected.map(Float.init), absolute: 1e-4, relative: 1e-4) <= 1, what)
    }

    /// However the pixels are divided into parts.
    @Test(arguments: VectorKernels.all.indices, [1, 5, 6, 7, 13, 14, 15, 29])
    func outerProducts(kernels: Int, rows: Int) {
        let table = VectorKernels.all[kernels].table.pointee
        for columns in [8, 16, 24, 32, 40, 56, 72] {
            for parts in [[1], [2], [0, 7, 0], [100, 91], [100, 92], [193], [100, 0, 250, 1]] {
                let depth = parts.reduce(0, +)
                // A vector is read from the last tile of the last pixel.
                let (a, b) = (floats("a", depth * rows + 16), floats("b", depth * columns))
                var (c, sums) = (floats("c", rows * columns), floats("sums", rows))
                var (expected, expectedSums) = (doubles(c), doubles(sums))
                for k in 0..<depth {
                    for row in 0..<rows {
                        let value = Double(a[k * rows + row])
                        expectedSums[row] += value
                        for column in 0..<columns {
                            expected[row * columns + column] += value * Double(b[k * columns + column])
                        }
                    }
                }
                var product = flowers_outer_product(
                    rows: Int32(rows), columns: Int32(columns), a_stride: rows, b_stride: columns,
                    c_stride: columns)
                var scratch = [Float](repeating: .nan, count: table.multiply_back_scratch(&product))
                a.withUnsafeBufferPointer { a in
                    b.withUnsafeBufferPointer { b in
                        var first = 0
                        var (sources, inputs) = ([UnsafeRawPointer?](), [UnsafeRawPointer?]())
                        for part in parts {
                            sources.append(UnsafeRawPointer(a.baseAddress! + first * rows))
                            inputs.append(UnsafeRawPointer(b.baseAddress! + first * columns))
                            first += part
                        }
                        table.multiply_back(
                            &product, Int32(parts.count), sources, inputs, parts.map(Int32.init), &c, &sums,
                            &scratch)
                    }
                }
                agree(c, expected, "\(rows) × \(columns) over \(parts)")
                agree(sums, expectedSums, "sums of \(rows) over \(parts)")
            }
        }
    }

    /// The gate follows the result, also where that starts from what C holds.
    @Test(arguments: VectorKernels.all.indices, [false, true])
    func gatedProducts(kernels: Int, adds: Bool) {
        let kernels = VectorKernels.all[kernels]
        for columns in [8, 16, 24, 32, 48, 56] {
            for rows in [1, 6, 13, 14, 15, 30] {
                let depth = 19
                let (a, w) = (floats("a", rows * depth), floats("w", columns * depth))
                let (bias, gate) = (floats("bias", columns), activations(rows * columns))
                var c = floats("c", rows * columns)
                let before = c
                let packed = kernels.packProduct(w, bias: bias, columns: 0..<columns, depth: depth)
                gate.withUnsafeBufferPointer { gate in
                    var product = flowers_product(
                        weights: packed.values.pointer, bias: packed.bias.pointer, columns: Int32(columns),
                        segments: 1, depth: Int32(depth), segment_depth: Int32(depth),
                        packed_depth: Int32(depth), row_stride: depth, segment_stride: 0,
                        output_stride: columns, clips: 0, adds: adds ? 1 : 0, narrows: 0,
                        gate: UnsafeRawPointer(gate.baseAddress))
                    kernels.table.pointee.multiply(&product, a, &c, nil, Int32(rows))
                }
                var expected = [Double](repeating: 0, count: rows * columns)
                for row in 0..<rows {
                    for column in 0..<columns where gate[row * columns + column] > 0 {
                        let i = row * columns + column
                        if gate[i] >= 6 { continue }
                        expected[i] = Double(bias[column]) + (adds ? Double(before[i]) : 0)
                        for k in 0..<depth {
                            expected[i] += Double(a[row * depth + k]) * Double(w[column * depth + k])
                        }
                    }
                }
                #expect(expected.contains(0) || rows * columns < 20)
                agree(c, expected, "\(rows) × \(columns)")
            }
        }
    }

    struct Shape: CustomTestStringConvertible, Sendable {
        var form: Backbone.Convolution.Form
        var size: Int
        var stride: Int
        var testDescription: String { "\(form), \(size)², stride \(stride)" }
    }

    static let shapes: [Shape] = [1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 17].flatMap { size in
        [1, 2].flatMap { stride in
            [Backbone.Convolution.Form.depthwise3x3, .depthwise5x5].map {
                Shape(form: $0, size: size, stride: stride)
            }
        }
    }

    @Test(arguments: VectorKernels.all.indices, shapes)
    func depthwiseConvolutions(kernels: Int, shape: Shape) {
        let kernels = VectorKernels.all[kernels]
        let table = kernels.table.pointee
        let channels = 48
        let c = Backbone.Convolution.test(
            shape.form, inputs: channels, outputs: channels, size: shape.size, stride: shape.stride)
        let taps = c.fanIn
        let (x, dy) = (activations(c.inputCount(1)), floats("dy", c.outputCount(1)))
        let (w, bias) = (floats("w", c.kernelCount), floats("bias", channels))
        let packed = kernels.packDepthwise(w, bias: bias, channels: 0..<channels, taps: taps).values
        var parameters = flowers_depthwise_image(
            weights: packed.pointer, channels: Int32(channels), input_stride: channels,
            output_stride: channels, side: Int32(c.form.side), stride: Int32(c.stride),
            size: Int32(c.inputSize), output_size: Int32(c.outputSize), before: Int32(c.padding.before),
            gates: 0)
        var scratch = [Float](repeating: .nan, count: table.image_scratch(&parameters))
        var y = [Float](repeating: .nan, count: c.outputCount(1))
        table.convolve_image(&parameters, x, &y, &scratch)
        let forward = ReferenceKernels.convolve(doubles(x), doubles(w), doubles(bias), c, images: 1)
        agree(y, ReferenceKernels.relu6(forward), "y")

        let reference = ReferenceKernels.convolveBackward(doubles(dy), doubles(x), doubles(w), c, images: 1)
        for gates in [true, false] {
            parameters.gates = gates ? 1 : 0
            var dx = x
            // Sums go on from what is there.
            var dw = floats("dw", (taps + 1) * channels)
            let before = dw
            scratch = scratch.map { _ in .nan }
            // In place of the input, as in the tail.
            dx.withUnsafeMutableBufferPointer {
                table.convolve_back(
                    &parameters, $0.baseAddress, dy, $0.baseAddress, &dw, &scratch)
            }
            var alone = before
            table.convolve_back(&parameters, x, dy, nil, &alone, &scratch)
            #expect(alone == dw, "the weights' gradients without the input's")
            agree(
                dx, gates ? ReferenceKernels.relu6Backward(reference.dx, y: doubles(x)) : reference.dx, "dx")
            let sums = (0..<taps * channels).map { i in
                Double(before[i]) + reference.dw[i % channels * taps + i / channels]
            }
            agree(Array(dw[..<(taps * channels)]), sums, "dw")
            let biases = (0..<channels).map { Double(before[taps * channels + $0]) + reference.db[$0] }
            agree(Array(dw[(taps * channels)...]), biases, "db")
        }
    }
}

/// Layers that train on our kernels, against those on oneDNN.
@Suite struct FusedTailTests {
    private func engine(
        _ architecture: Architecture, from layer: Int, size: Int, threads: Int = 1,
        kernels: VectorKernels?
    ) -> TrainingEngine {
        let engine = HashNetwork.engine(architecture, batchSize: 6, threads: threads, size: size)
        engine.unfreeze(from: layer, kernels: kernels)
        return engine
    }

    private func train(_ engine: TrainingEngine, size: Int, photos: Int, learningRate: Double = 0) -> Double {
        let images = (0..<photos).map { HashNetwork.image($0, size: size) }
        return engine.train(
            ImageBatch(images, labels: Array([0, 3, 1, 4, 2, 0].prefix(photos))), learningRate: learningRate
        ).lossSum
    }

    /// From the middle of a block too, and with a chunk that lacks photos or has none.
    @Test(
        arguments: [
            (.mobileNetV2, 28, 64), (.mobileNetV2, 54, 96), (.mobileNetV2, 100, 160),
            (.mobileNetV2, 103, 96), (.mobileNetV2, 106, 96), (.mobileNetV2, 121, 96),
            (.mobileNetV2, 151, 96), (.mobileNetV2At13, 54, 96), (.efficientNetLite0, 60, 75),
            (.efficientNetLite0, 100, 100),
        ] as [(Architecture, Int, Int)], [6, 3, 1])
    func gradientsAreThoseOfPrimitives(case test: (Architecture, Int, Int), photos: Int) throws {
        let (architecture, layer, size) = test
        let plain = engine(architecture, from: layer, size: size, kernels: nil)
        let expectedLoss = train(plain, size: size, photos: photos)
        #expect(plain.implementations.contains { $0.name.hasSuffix("backward weights") })
        for kernels in VectorKernels.all {
            let fused = engine(architecture, from: layer, size: size, kernels: kernels)
            #expect(fused.implementations.allSatisfy { $0.implementation.hasPrefix("own") })
            // Twice, because buffers keep what the first step left in them.
            for _ in 0..<2 {
                #expect(abs(train(fused, size: size, photos: photos) - expectedLoss) < 1e-3)
            }
            let (found, expected) = (fused.gradients, plain.gradients)
            #expect(Set(found.keys) == Set(expected.keys) && !found.isEmpty)
            for (name, gradient) in expected {
                let largest = gradient.values.reduce(0) { max($0, abs($1)) }
                // At a bound of ReLU6, rounding decides whether a gradient passes.
                #expect(
                    disagreement(
                        try #require(found[name]).values, gradient.values, absolute: 4e-3 * largest,
                        relative: 4e-3) <= 1, "\(name)")
            }
        }
    }

    /// A run's bits depend neither on the instruction set nor on the number of threads.
    @Test(
        arguments: [(.mobileNetV2, 100, 96), (.mobileNetV2, 54, 64), (.efficientNetLite0, 60, 75)]
            as [(Architecture, Int, Int)])
    func everyInstructionSetTrainsToTheSameBits(architecture: Architecture, layer: Int, size: Int) {
        var outcomes: [(losses: [Double], norm: [Double], tensors: NamedTensors)] = []
        for kernels in VectorKernels.all {
            for threads in [1, 3] {
                let engine = engine(
                    architecture, from: layer, size: size, threads: threads, kernels: kernels)
                var norms: [Double] = []
                let losses = [6, 5, 1].map { photos in
                    let images = (0..<photos).map { HashNetwork.image($0, size: size) }
                    let result = engine.train(
                        ImageBatch(images, labels: Array([0, 3, 1, 4, 2, 0].prefix(photos))),
                        learningRate: 1e-3)
                    norms.append(result.gradientNorm ?? .nan)
                    return result.lossSum
                }
                outcomes.append((losses, norms, engine.tensors))
            }
        }
        for outcome in outcomes.dropFirst() {
            #expect(outcome.losses == outcomes[0].losses && outcome.norm == outcomes[0].norm)
            #expect(outcome.tensors == outcomes[0].tensors)
        }
    }

    /// A network predicts the same bits while its top trains as when it is frozen.
    @Test func trainingPredictsAsFrozen() throws {
        guard VectorKernels.best != nil else { return }
        for (architecture, layer, size) in [
            (.mobileNetV2, 100, 160), (.mobileNetV2, 54, 96), (.efficientNetLite0, 60, 75),
        ] as [(Architecture, Int, Int)] {
            let photos = ImageBatch(
                (0..<5).map { HashNetwork.image($0, size: size) }, labels: [0, 1, 2, 3, 4])
            let frozen = HashNetwork.engine(architecture, batchSize: 6, size: size)
            let training = engine(architecture, from: layer, size: size, kernels: .best)
            let expected = frozen.predict(photos)
            #expect(training.predict(photos) == expected && Set(expected).count > 5)
        }
    }

    @Test func aStemIsLeftToPrimitives() {
        let network = Backbone(.mobileNetV2, imageSize: 96)
        for kernels in VectorKernels.all {
            #expect(!FusedTail.covers(network.convolutions, kernels: kernels))
            #expect(FusedTail.covers(Array(network.convolutions[3...]), kernels: kernels))
        }
    }

    @Test func piecesAreWholePanelsAndCoverTheChannels() {
        for architecture in Architecture.allCases {
            let network = Backbone(architecture, imageSize: architecture.standardImageSize)
            for convolution in network.convolutions {
                let pieces = FusedTail.pieces(of: convolution)
                #expect(pieces.first?.lowerBound == 0)
                #expect(pieces.last?.upperBound == convolution.outputChannels)
                for (piece, next) in zip(pieces, pieces.dropFirst()) {
                    #expect(piece.upperBound == next.lowerBound && next.lowerBound % 32 == 0)
                }
                #expect(pieces.allSatisfy { !$0.isEmpty })
            }
        }
    }
}
