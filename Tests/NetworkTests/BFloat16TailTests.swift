import CKernels
import COneDNN
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// The kernels for layers that train in bfloat16, on AMX's tiles (emulated), on `vdpbf16ps` and
/// rounded in Float32, against naive sums that round at the same places; and such layers as a whole.
@Suite(.enabled(if: VectorKernels.bfloat16 != nil, "the processor has no AVX512-BF16"))
struct BFloat16TailTests {
    private static var all: [VectorKernels] { BFloat16KernelTests.all }

    private func floats(_ name: String, _ count: Int) -> [Float] {
        HashNetwork.values(name, count).map(Float.init)
    }

    private func rounded(_ values: [Float]) -> [Float] { values.map(KernelActivations.rounded) }

    private func agree(
        _ found: [Float], _ expected: [Double], relative: Float = 1e-4, _ what: @autoclosure () -> Comment
    ) {
        let error = disagreement(found, expected.map(Float.init), absolute: 1e-4, relative: relative)
        #expect(error <= 1, what())
    }

    // MARK: Kernels

    /// One call for all parts, and one for each: as several processes share them.
    @Test(arguments: [1, 8, 13, 14, 16, 17, 24, 40, 64]) func outerProducts(rows: Int) {
        for kernels in Self.all {
            let table = kernels.table.pointee
            for columns in [8, 16, 24, 32, 40, 72, 96] {
                for parts in [[1], [2], [0, 7, 0], [31, 33, 32], [100, 92], [100, 0, 250, 1], [600, 3]] {
                    let depth = parts.reduce(0, +)
                    let (a, b) = (rounded(floats("a", depth * rows)), rounded(floats("b", depth * columns)))
                    let strides = (kernels.pixelStride(rows), kernels.pixelStride(columns))
                    let sources = KernelActivations(a, columns: rows, stride: strides.0, kernels)
                    let inputs = KernelActivations(b, columns: columns, stride: strides.1, kernels)
                    let starts = parts.indices.map { parts[..<$0].reduce(0, +) }
                    func pointers(_ values: KernelActivations, _ stride: Int) -> [UnsafeRawPointer?] {
                        starts.map { UnsafeRawPointer((kernels.values(values.buffer) + $0 * stride).start) }
                    }
                    let operands = (pointers(sources, strides.0), pointers(inputs, strides.1))
                    var product = flowers_outer_product(
                        rows: Int32(rows), columns: Int32(columns), a_stride: strides.0, b_stride: strides.1,
                        c_stride: columns + 3)
                    let (old, oldSums) = (floats("c", rows * (columns + 3)), floats("sums", rows))
                    func compute(_ groups: [Range<Int>]) -> (c: [Float], sums: [Float]) {
                        var (c, sums) = (old, oldSums)
                        var scratch = [Float](repeating: .nan, count: table.multiply_back_scratch(&product))
                        for group in groups {
                            table.begin?()
                            table.multiply_back(
                                &product, Int32(group.count), Array(operands.0[group]),
                                Array(operands.1[group]), parts[group].map(Int32.init), &c, &sums, &scratch)
                            table.end?()
                        }
                        return (c, sums)
                    }
                    let found = compute([parts.indices])
                    let name = Comment(rawValue: "\(kernels.name): \(rows) × \(columns) over \(parts)")
                    let divided = compute(parts.indices.map { $0..<$0 + 1 })
                    #expect(divided.c == found.c && divided.sums == found.sums, name)
                    var (c, sums) = (old.map(Double.init), oldSums.map(Double.init))
                    for k in 0..<depth {
                        for row in 0..<rows {
                            let value = Double(a[k * rows + row])
                            sums[row] += value
                            for column in 0..<columns {
                                c[row * (columns + 3) + column] += value * Double(b[k * columns + column])
                            }
                        }
                    }
                    agree(found.c, c, name)
                    agree(found.sums, sums, name)
                    withExtendedLifetime((sources, inputs)) {}
                }
            }
        }
    }

    @Test(arguments: BackwardKernelTests.shapes)
    func depthwiseConvolutions(shape: BackwardKernelTests.Shape) {
        for kernels in Self.all {
            let table = kernels.table.pointee
            let channels = 48
            let c = Backbone.Convolution.test(
                shape.form, inputs: channels, outputs: channels, size: shape.size, stride: shape.stride)
            let (taps, stride) = (c.fanIn, kernels.pixelStride(channels))
            let x = rounded(
                ReferenceKernels.relu6(floats("activations", c.inputCount(1)).map { 3 + 5 * $0 }))
            let dy = rounded(floats("dy", c.outputCount(1)))
            let (w, bias) = (floats("w", c.kernelCount), floats("bias", channels))
            let packed = kernels.packDepthwise(w, bias: bias, channels: 0..<channels, taps: taps).values
            var parameters = flowers_depthwise_image(
                weights: packed.pointer, channels: Int32(channels), input_stride: stride,
                output_stride: stride, side: Int32(c.form.side), stride: Int32(c.stride),
                size: Int32(c.inputSize), output_size: Int32(c.outputSize),
                before: Int32(c.padding.before), gates: 1)
            var scratch = [Float](repeating: .nan, count: table.image_scratch(&parameters))
            let inputs = KernelActivations(x, columns: channels, stride: stride, kernels)
            let outputs = KernelActivations(
                [Float](repeating: 0, count: dy.count), columns: channels, stride: stride, kernels)
            func plain(_ values: KernelActivations, _ count: Int) -> [Float] {
                (0..<count).map { values[$0 / channels * stride + $0 % channels] }
            }
            func doubles(_ values: [Float]) -> [Double] { values.map(Double.init) }
            table.convolve_image(&parameters, inputs.buffer.pointer, outputs.buffer.pointer, &scratch)
            let y = plain(outputs, dy.count)
            let forward = ReferenceKernels.convolve(doubles(x), doubles(w), doubles(bias), c, images: 1)
            // Half a unit of the last place, up or down.
            agree(y, ReferenceKernels.relu6(forward), relative: 0x1p-8, "\(kernels.name): y")
            #expect(y == rounded(y))

            let reference = ReferenceKernels.convolveBackward(
                doubles(dy), doubles(x), doubles(w), c, images: 1)
            let gradients = KernelActivations(dy, columns: channels, stride: stride, kernels)
            var dw = floats("dw", (taps + 1) * channels)
            let before = dw
            table.convolve_back(
                &parameters, inputs.buffer.pointer, gradients.buffer.pointer, inputs.buffer.pointer, &dw,
                &scratch)
            let dx = plain(inputs, x.count)
            agree(
                dx, ReferenceKernels.relu6Backward(reference.dx, y: doubles(x)), relative: 0x1p-8,
                "\(kernels.name): dx")
            #expect(dx == rounded(dx))
            for pixel in 0..<c.inputSize * c.inputSize {
                #expect((channels..<stride).allSatisfy { inputs[pixel * stride + $0] == 0 })
            }
            let sums = (0..<taps * channels).map { i in
                Double(before[i]) + reference.dw[i % channels * taps + i / channels]
            }
            agree(Array(dw[..<(taps * channels)]), sums, "\(kernels.name): dw")
            let biases = (0..<channels).map { Double(before[taps * channels + $0]) + reference.db[$0] }
            agree(Array(dw[(taps * channels)...]), biases, "\(kernels.name): db")
        }
    }

    // MARK: Layers

    /// Root of the mean square difference, as a share of the expected values' root mean square.
    private func difference(_ found: [Float], _ expected: [Double]) -> Double {
        guard found.count == expected.count else { return .infinity }
        let squares = zip(found, expected).reduce(0) { $0 + pow(Double($1.0) - $1.1, 2) }
        let size = expected.reduce(0) { $0 + $1 * $1 }
        return squares.isNaN ? .infinity : (squares / max(size, 1e-30)).squareRoot()
    }

    /// The output and every gradient of the last layers, given their input and the gradient of their
    /// output: blocks with and without residual, of either stride, and the last convolution.
    ///
    /// The way back is compared from the activations that the kernels have kept, as a number that rounds
    /// to its neighbour may pass a bound of ReLU6 and with it a gradient. Such neighbours are the rest of
    /// the differences, which grow from layer to layer: measured 7.9e-4 at most after one block, 5.3e-3
    /// after four, where a rounding that is missing makes 2e-3 or more.
    @Test(
        arguments: [
            (.mobileNetV2, 64, 7), (.mobileNetV2, 96, 7), (.mobileNetV2, 64, 13), (.mobileNetV2At14, 64, 7),
            (.efficientNetLite0, 96, 7), (.efficientNetLite0, 70, 13),
        ] as [(Architecture, Int, Int)])
    func everyGradientEqualsTheReference(architecture: Architecture, size: Int, count: Int) throws {
        let network = Backbone(architecture, imageSize: size)
        let tensors = HashNetwork.tensors(network)
        let (all, images) = (network.convolutions, 3)
        let range = all.count - count..<all.count
        let x = floats("x", images * all[range.lowerBound].inputFloats).map { 3 * $0 }
        let d = floats("d", images * all[all.count - 1].outputFloats)
        let references = [Precision.bfloat16, .float32].map {
            ReferenceNetwork(network, tensors, classes: 5, precision: $0, roundsDepthwise: false)
        }
        let outputs = references.map {
            $0.activations(x.map(Double.init), images: images, of: range).last!
        }
        for kernels in Self.all {
            let (activations, gradients) = compute(network, tensors, range, x, d, images: images, kernels)
            let forward = outputs.map { difference(activations.last!, $0) }
            #expect(forward[0] < 4e-3 && forward[1] > 1.8 * forward[0], "\(kernels.name): \(forward)")
            let kept = activations.map { $0.map(Double.init) }
            let backward = references.map { reference in
                let expected = reference.backward(d.map(Double.init), kept, images: images, of: range)
                return gradients.map { difference($1, expected[$0] ?? []) }
            }
            // For a block and the last convolution, and for all.
            let last = backward.map { $0.suffix(8) }
            #expect(last[0].allSatisfy { $0 < 1e-3 }, "\(kernels.name): \(last[0])")
            #expect(backward[0].allSatisfy { $0 < 8e-3 }, "\(kernels.name): \(backward[0])")
            #expect(last[1].reduce(0, +) > 4 * last[0].reduce(0, +), "\(kernels.name): \(last)")
        }
    }

    /// Runs layers that train forward and back, twice, as buffers keep what the first run left in them.
    ///
    /// - Returns: the input of every convolution and the output, and the gradients by name.
    private func compute(
        _ network: Backbone, _ tensors: NamedTensors, _ range: Range<Int>, _ x: [Float], _ d: [Float],
        images: Int, _ kernels: VectorKernels
    ) -> (activations: [[Float]], gradients: [(String, [Float])]) {
        let parameters = NetworkParameters(network: network, tensors: tensors).convolutions[range]
        let stream = OneDNN.makeStream()
        defer { dnnl_stream_destroy(stream) }
        let tail = TrainableTail(parameters, images: images + 1, fineTuneAt: 0, kernels: kernels)
        let worker = tail.makeWorker(stream)
        for piece in tail.pieces { tail.refold(piece, worker) }
        guard let program = tail.makeProgram() as? FusedTailProgram else { return ([[]], []) }
        var activations: [[Float]] = []
        for run in 0..<2 {
            program.input.update(from: run == 0 ? x.map { 1 - $0 } : x, count: x.count)
            program.forward(images: images, worker)
            activations = tail.layers.indices.map { layer in
                let convolution = tail.layers[layer].convolution
                return plain(
                    program.operands(layer).input, convolution.inputCount(images),
                    channels: convolution.inputChannels, kernels)
            }
            activations.append(Array(UnsafeBufferPointer(start: program.output, count: d.count)))
            program.dOutput.update(from: d, count: d.count)
            program.backward(images: images, worker)
        }
        for piece in tail.pieces { tail.reduce(piece, [program], worker) }
        let gradients = tail.layers.flatMap { layer in
            let convolution = layer.convolution
            let parameters = parameters.first { $0.convolution.name == convolution.name }!
            let kernel = layer.kernelGradient!
            let scaled = (0..<kernel.count).map { i in
                let channel = i / convolution.fanIn
                return kernel.pointer[i] * parameters.gamma.pointer[channel]
                    * parameters.inverseDeviation(channel)
            }
            let bias = (0..<convolution.outputChannels).map { layer.biasGradient.pointer[$0] }
            return [("\(convolution.name)/kernel", scaled), ("\(convolution.normalization)/beta", bias)]
        }
        return (activations, gradients)
    }

    /// Values in a kernel's format as floats, without what fills up their pixels.
    private func plain(_ values: KernelValues, _ count: Int, channels: Int, _ kernels: VectorKernels)
        -> [Float]
    {
        let stride = kernels.pixelStride(channels)
        return (0..<count).map { i in
            let raw = (values + (i / channels * stride + i % channels)).start
            return values.bytes == 4
                ? raw.load(as: Float.self) : Float(bitPattern: UInt32(raw.load(as: UInt16.self)) << 16)
        }
    }

    private func engine(
        _ architecture: Architecture, from layer: Int, size: Int, threads: Int, _ kernels: VectorKernels
    ) -> TrainingEngine {
        let engine = HashNetwork.engine(
            architecture, batchSize: 10, threads: threads, size: size, precision: .bfloat16)
        engine.unfreeze(from: layer, kernels: kernels)
        return engine
    }

    /// Several steps, with a short batch among them.
    @Test(
        arguments: [(.mobileNetV2, 134, 96), (.efficientNetLite0, 130, 75)] as [(Architecture, Int, Int)])
    func anyNumberOfThreadsTrainsToTheSameBits(architecture: Architecture, layer: Int, size: Int) {
        for kernels in Self.all {
            var outcomes: [(losses: [Double], tensors: NamedTensors)] = []
            for threads in [1, 2, 5] {
                let engine = engine(architecture, from: layer, size: size, threads: threads, kernels)
                #expect(engine.tail?.section is FusedTail)
                let images = (0..<10).map { HashNetwork.image($0, size: size) }
                let losses = [10, 7, 10].map { count in
                    let batch = ImageBatch(Array(images.prefix(count)), labels: (0..<count).map { $0 % 5 })
                    return engine.train(batch, learningRate: 1e-3).lossSum
                }
                outcomes.append((losses, engine.tensors))
            }
            for other in outcomes.dropFirst() {
                #expect(other.losses == outcomes[0].losses && other.tensors == outcomes[0].tensors)
            }
        }
    }

    /// A photo's features are the same at any place in a batch, beside any others.
    @Test func anyNeighboursGiveTheSameBits() {
        for kernels in Self.all {
            let engine = engine(.mobileNetV2, from: 134, size: 96, threads: 2, kernels)
            let (image, channels) = (HashNetwork.image(0, size: 96), 1280)
            let alone = engine.features(ImageBatch([image]))
            for place in [0, 3, 4, 9] {
                var images = (1...10).map { HashNetwork.image(place + $0, size: 96).map { 100 * $0 } }
                images[place] = image
                let found = engine.features(ImageBatch(images))
                #expect(found[place * channels..<(place + 1) * channels] == alone[...], "place \(place)")
            }
        }
    }

    /// Ten steps of fine-tuning beside those in Float32.
    @Test(arguments: [100, 54]) func tenStepsLoseAsInFloat32(layer: Int) throws {
        let images = (0..<8).map { HashNetwork.image($0, size: 96) }
        let batch = ImageBatch(images, labels: [0, 1, 2, 3, 4, 0, 1, 2])
        let losses = [Precision.float32, .bfloat16].map { precision in
            let engine = HashNetwork.engine(batchSize: 8, size: 96, precision: precision)
            engine.unfreeze(from: layer)
            return (0..<10).map { _ in Float(engine.train(batch, learningRate: 1e-4).lossSum / 8) }
        }
        #expect(losses[0] != losses[1])
        #expect(disagreement(losses[1], losses[0], absolute: 0.02, relative: 0) <= 1, "\(losses)")
        #expect(losses[0][0] > losses[0][9] + 0.2)
    }
}
