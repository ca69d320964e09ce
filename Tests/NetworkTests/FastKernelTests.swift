import COneDNN
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// The fast kernels against the naive ones, around the widths at which their loops change.
@Suite struct FastKernelTests {
    struct Shape: CustomTestStringConvertible, Sendable {
        var form: Backbone.Convolution.Form
        var inputs: Int
        var outputs: Int
        var size: Int
        var stride: Int
        var testDescription: String { "\(form) \(inputs)→\(outputs), \(size)², stride \(stride)" }
    }

    static let shapes: [Shape] =
        [7, 8, 9, 15, 16, 17, 31, 32, 33].flatMap { channels in
            [1, 2, 5, 8].flatMap { size in
                [
                    Shape(form: .pointwise, inputs: channels, outputs: 40 - channels, size: size, stride: 1),
                    Shape(form: .depthwise3x3, inputs: channels, outputs: channels, size: size, stride: 1),
                    Shape(form: .depthwise3x3, inputs: channels, outputs: channels, size: size, stride: 2),
                    Shape(form: .depthwise5x5, inputs: channels, outputs: channels, size: size, stride: 1),
                    Shape(form: .depthwise5x5, inputs: channels, outputs: channels, size: size, stride: 2),
                ]
            }
        }
        + [7, 8, 9, 32].flatMap { outputs in
            [4, 5, 16].map { Shape(form: .full3x3, inputs: 3, outputs: outputs, size: $0, stride: 2) }
        }

    private func floats(_ name: String, _ count: Int) -> [Float] {
        HashNetwork.values(name, count).map(Float.init)
    }

    @Test(
        .bfloat16Units,
        arguments: shapes.filter { $0.inputs % 8 == 0 && $0.outputs % 8 == 0 || $0.inputs == 3 })
    func convolutionsOfRoundedNumbers(shape: Shape) {
        let images = 3
        let c = Backbone.Convolution.test(
            shape.form, inputs: shape.inputs, outputs: shape.outputs, size: shape.size, stride: shape.stride,
            activates: true)
        let x = floats("x", c.inputCount(images))
        let (w, b) = (floats("w", c.kernelCount), floats("b", c.outputChannels))
        let dy = floats("dy", c.outputCount(images))
        let (roundX, roundW) = (rounded(x), rounded(w))
        let y = ReferenceKernels.relu6(ReferenceKernels.convolve(roundX, roundW, b, c, images: images))
        for isLast in [false, true] {
            let bench = Bench(
                ConvolutionPrimitives(
                    convolution: c, images: images, precision: .bfloat16, isLast: isLast),
                x: x, w: w, b: b, dy: dy)
            let found = bench.forward()
            if isLast {
                #expect(disagreement(found, y, absolute: 2e-5, relative: 2e-5) <= 1, "Float32 output")
            } else {
                // Another order of the sum may move a result across a boundary between two numbers.
                #expect(disagreement(found, rounded(y), absolute: 2e-5, relative: 0x1p-7) <= 1)
                let differing = zip(found, rounded(y)).count { $0 != $1 }
                #expect(differing * 100 <= max(100, found.count), "\(differing) of \(found.count)")
            }
        }
    }

    private func rounded(_ values: [Float]) -> [Float] {
        values.map { Float(ReferenceKernels.bfloat16(Double($0))) }
    }

    @Test(arguments: shapes) func convolutions(shape: Shape) {
        let images = 3
        let c = Backbone.Convolution.test(
            shape.form, inputs: shape.inputs, outputs: shape.outputs, size: shape.size, stride: shape.stride)
        let x = floats("x", c.inputCount(images))
        let (w, b) = (floats("w", c.kernelCount), floats("b", c.outputChannels))
        let dy = floats("dy", c.outputCount(images))
        let primitives = ConvolutionPrimitives(convolution: c, images: images)
        let bench = Bench(primitives, x: x, w: w, b: b, dy: dy)

        let y = ReferenceKernels.convolve(x, w, b, c, images: images)
        #expect(disagreement(bench.forward(), y, absolute: 2e-5, relative: 2e-5) <= 1, "forward")
        let clipped = Backbone.Convolution.test(
            shape.form, inputs: shape.inputs, outputs: shape.outputs, size: shape.size, stride: shape.stride,
            activates: true)
        let relu = Bench(
            ConvolutionPrimitives(convolution: clipped, images: images), x: x, w: w, b: b, dy: dy)
        #expect(
            disagreement(relu.forward(), ReferenceKernels.relu6(y), absolute: 2e-5, relative: 2e-5) <= 1,
            "ReLU6")
        let back = ReferenceKernels.convolveBackward(dy, x, w, c, images: images)
        #expect(disagreement(bench.backwardData(), back.dx, absolute: 5e-5, relative: 5e-5) <= 1, "dx")
        let (dw, db) = bench.backwardWeights()
        #expect(disagreement(dw, back.dw, absolute: 1e-4, relative: 1e-4) <= 1, "dw")
        #expect(disagreement(db, back.db, absolute: 1e-4, relative: 1e-4) <= 1, "db")
    }

    /// Runs one convolution's primitives on plain arrays.
    private struct Bench {
        let primitives: ConvolutionPrimitives
        let plain: ConvolutionPrimitives
        let x: Memory
        let w: Memory
        let b: Memory
        let dy: Memory

        init(_ primitives: ConvolutionPrimitives, x: [Float], w: [Float], b: [Float], dy: [Float]) {
            func memory(_ values: [Float], _ descriptor: MemoryDescriptor) -> Memory {
                let memory = Memory(descriptor)
                memory.pointer.update(from: values, count: values.count)
                return memory
            }
            var plain = primitives
            plain.precision = .float32
            (self.primitives, self.plain) = (primitives, plain)
            self.w = memory(w, ConvolutionPrimitives.plainWeights(primitives.convolution))
            self.b = memory(b, MemoryDescriptor([b.count], dnnl_a))
            self.x = Self.reordered(memory(x, plain.input), to: primitives.input)
            self.dy = Self.reordered(memory(dy, plain.output), to: primitives.dOutput)
        }

        /// - Parameter layout: of the memory's shape in Float32.
        private func array(_ memory: Memory, _ layout: MemoryDescriptor) -> [Float] {
            let plain = Self.reordered(memory, to: layout)
            return Array(UnsafeBufferPointer(start: plain.pointer, count: layout.floats))
        }

        private static func run(_ primitive: Primitive, _ arguments: [Int32: Memory]) {
            let stream = OneDNN.makeStream()
            defer { dnnl_stream_destroy(stream) }
            Execution(primitive, scratchpad: Buffer(count: primitive.scratchpad.floats), arguments).run(
                stream)
            dnnl_stream_wait(stream)
        }

        private static func reordered(_ source: Memory, to layout: MemoryDescriptor) -> Memory {
            let target = Memory(layout)
            run(
                .reorder(from: source.descriptor, to: layout),
                [Int32(DNNL_ARG_FROM): source, Int32(DNNL_ARG_TO): target])
            return target
        }

        func forward() -> [Float] {
            let primitive = primitives.forward(training: true, residual: .separate)
            let y = Memory(primitives.output)
            Self.run(
                primitive,
                [
                    Int32(DNNL_ARG_SRC): x, Int32(DNNL_ARG_DST): y, Int32(DNNL_ARG_BIAS): b,
                    Int32(DNNL_ARG_WEIGHTS): Self.reordered(w, to: primitive.layout(Int32(DNNL_ARG_WEIGHTS))),
                ])
            return array(y, plain.output)
        }

        func backwardData() -> [Float] {
            let primitive = primitives.backwardData()
            let dx = Memory(primitives.input)
            Self.run(
                primitive,
                [
                    Int32(DNNL_ARG_DIFF_DST): dy, Int32(DNNL_ARG_DIFF_SRC): dx,
                    Int32(DNNL_ARG_WEIGHTS): Self.reordered(w, to: primitive.layout(Int32(DNNL_ARG_WEIGHTS))),
                ])
            return array(dx, plain.input)
        }

        func backwardWeights() -> (dw: [Float], db: [Float]) {
            let primitive = primitives.backwardWeights()
            let dw = Memory(primitive.layout(Int32(DNNL_ARG_DIFF_WEIGHTS)))
            let db = Memory(b.descriptor)
            Self.run(
                primitive,
                [
                    Int32(DNNL_ARG_SRC): x, Int32(DNNL_ARG_DIFF_DST): dy, Int32(DNNL_ARG_DIFF_WEIGHTS): dw,
                    Int32(DNNL_ARG_DIFF_BIAS): db,
                ])
            return (array(dw, w.descriptor), array(db, b.descriptor))
        }
    }

    @Test(arguments: [2, 5, 8, 17]) func head(classes: Int) {
        let images = 3
        let head = ClassifierHead(channels: 1280, classes: classes)
        let kernel = floats("kernel", head.kernel.count).map { $0 / 20 }
        let (bias, map) = (floats("bias", classes), floats("map", images * 4 * head.channels))
        head.kernel.pointer.update(from: kernel, count: kernel.count)
        head.bias.pointer.update(from: bias, count: classes)
        let workspace = ClassifierHead.Workspace(capacity: images, channels: 1280, classes: classes)
        let labels = (0..<images).map { $0 % classes }
        head.pool(map, positions: 4, images: images, into: workspace.features.pointer)
        head.forward(workspace.features.pointer, images: images, into: workspace.probabilities.pointer)
        head.backward(labels, images: images, batchSize: images, dropout: false, workspace)

        let features = ReferenceKernels.pool(map, images: images, channels: head.channels)
        let logits = ReferenceKernels.dense(features, kernel, bias)
        let dLogits = ReferenceKernels.crossEntropy(logits, labels, classes: classes).dLogits
        let back = ReferenceKernels.denseBackward(dLogits, features, kernel, classes: classes)
        func agree(_ buffer: Buffer, _ expected: [Float], _ what: Comment) {
            let found = Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count))
            #expect(disagreement(found, expected, absolute: 2e-6, relative: 2e-5) <= 1, what)
        }
        agree(workspace.features, features, "pooling")
        agree(workspace.probabilities, ReferenceKernels.softmax(logits, classes: classes), "probabilities")
        agree(workspace.dKernel, back.dKernel, "dKernel")
        agree(workspace.dBias, back.dBias, "dBias")
        agree(workspace.dFeatures, back.dFeatures, "dFeatures")
    }

    @Test(arguments: [0, 0.2, 0.5] as [Float]) func dropoutDropsAndScales(rate: Float) {
        let head = ClassifierHead(channels: 1280, classes: 5)
        let workspace = ClassifierHead.Workspace(capacity: 1, channels: 1280, classes: 5)
        for i in 0..<workspace.features.count { workspace.features.pointer[i] = 2 }
        var random = CounterRandom(seed: 1, purpose: .dropout, epoch: 0, item: 0)
        head.drop(0, rate: rate, random: &random, workspace)
        let values = Array(
            UnsafeBufferPointer(start: workspace.features.pointer, count: workspace.features.count))
        let dropped = values.count { $0 == 0 }
        #expect(abs(Float(dropped) / Float(values.count) - rate) < 0.05)
        #expect(values.allSatisfy { $0 == 0 || abs($0 - 2 / (1 - rate)) < 1e-6 })
    }

    @Test(arguments: [1, 7, 8, 9, 16, 17]) func adam(count: Int) {
        var weights = floats("w", count)
        var expected = weights.map(Double.init)
        let moments = Adam.Moments(count: count)
        var reference = ReferenceKernels.Adam<Double>(count: count)
        for step in 1...20 {
            let gradient = floats("g\(step)", count)
            Adam.update(
                &weights, gradient, moments, count: count,
                stepSize: Adam.stepSize(learningRate: 1e-2, step: step))
            reference.update(&expected, gradient.map(Double.init), learningRate: 1e-2)
        }
        #expect(disagreement(weights, expected.map(Float.init), absolute: 2e-6, relative: 2e-5) <= 1)
    }

    /// The whole network at 32×32, where the last feature maps are single pixels.
    @Test(
        arguments: [
            (.mobileNetV2, 0), (.mobileNetV2, 54), (.mobileNetV2, 100), (.mobileNetV2, 143),
            (.mobileNetV2, 153),
            (.mobileNetV2Torchvision, 0), (.mobileNetV2Torchvision, 101),
        ] as [(Architecture, Int)])
    func everyGradientOfTheNetwork(architecture: Architecture, fineTuneAt: Int) throws {
        let engine = HashNetwork.engine(architecture, batchSize: 3, size: 32)
        engine.unfreeze(from: fineTuneAt)
        let images = (0..<3).map { HashNetwork.image($0, size: 32) }
        let labels = [0, 3, 1]
        let result = engine.train(
            ImageBatch(images, labels: labels), learningRate: 0, updates: false)
        let network = Backbone(architecture, imageSize: 32)
        let reference = ReferenceNetwork(network, HashNetwork.tensors(network), classes: 5)
        let first =
            network.convolutions.firstIndex { $0.normalizationLayer >= fineTuneAt }
            ?? network.convolutions.count
        let expected = reference.gradients(images, labels, from: first)
        #expect(abs(result.lossSum / 3 - expected.loss) < 1e-4)
        let gradients = engine.gradients
        #expect(!gradients.isEmpty)
        for (name, gradient) in gradients {
            var wanted = try #require(expected.gradients[name]).map(Float.init)
            if let convolution = network.convolutions.first(where: { "\($0.name)/kernel" == name }) {
                wanted = KernelLayout.toKeras(wanted, convolution).values
            }
            let largest = wanted.reduce(0) { max($0, abs($1)) }
            #expect(
                disagreement(gradient.values, wanted, absolute: 2e-3 * largest, relative: 2e-3) <= 1,
                "\(name)")
        }
    }
}
