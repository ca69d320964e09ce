import Basics
package import COneDNN

/// Folded weights of frozen convolutions in the layouts that their primitives chose; computed once,
/// then read by all workers.
final class FrozenWeights {
    private var kernels: [Memory] = []
    private var biases: [Memory] = []

    init(_ primitives: [Primitive], _ parameters: ArraySlice<NetworkParameters.Parameters>) {
        let stream = OneDNN.makeStream()
        defer { dnnl_stream_destroy(stream) }
        for (primitive, parameters) in zip(primitives, parameters) {
            let plain = Memory(ConvolutionPrimitives.plainWeights(parameters.convolution))
            let bias = Memory(MemoryDescriptor([parameters.convolution.outputChannels], dnnl_a))
            parameters.fold(kernel: plain.pointer, bias: bias.pointer)
            let kernel = Memory(primitive.layout(Int32(DNNL_ARG_WEIGHTS)))
            Execution.reorder(plain, to: kernel).run(stream)
            dnnl_stream_wait(stream)
            kernels.append(kernel)
            biases.append(bias)
        }
    }

    func kernel(_ index: Int) -> Memory { kernels[index] }
    func bias(_ index: Int) -> Memory { biases[index] }
}

/// A frozen section with one oneDNN primitive per convolution.
package final class PrimitiveSection: FrozenSection {
    let shapes: [ConvolutionPrimitives]
    let primitives: [Primitive]
    let weights: FrozenWeights
    let precision: Precision

    package init(
        _ parameters: ArraySlice<NetworkParameters.Parameters>, images: Int, precision: Precision = .float32
    ) {
        self.precision = precision
        shapes = parameters.indices.map {
            ConvolutionPrimitives(
                convolution: parameters[$0].convolution, images: images, precision: precision,
                isLast: $0 == parameters.endIndex - 1)
        }
        primitives = shapes.map { $0.forward(training: false, residual: $0.residual) }
        weights = FrozenWeights(primitives, parameters)
    }

    func makeProgram() -> any FrozenProgram { PrimitiveProgram(self) }

    var implementations: [(name: String, implementation: String)] {
        zip(shapes, primitives).map { ($0.convolution.name, $1.implementation) }
    }
}

extension ConvolutionPrimitives {
    /// The place of a block's input in a frozen section: in the output, if both have one type.
    fileprivate var residual: Residual { isLast && precision != .float32 ? .separate : .inPlace }
}

/// One worker's execution of a `PrimitiveSection`, with three activation buffers used in turn, and in
/// bfloat16 two more for the Float32 input and output.
package final class PrimitiveProgram: FrozenProgram {
    // Both point into `buffers`; one worker at a time runs a program.
    package let input: UnsafeMutablePointer<Float>
    package let output: UnsafeMutablePointer<Float>
    private var executions: [Execution] = []

    package init(_ section: PrimitiveSection) {
        let shapes = section.shapes
        let largest = shapes.reduce(0) { max($0, $1.input.floats, $1.output.floats) }
        var buffers = (0..<3).map { _ in Buffer(count: largest) }
        let scratchpad = Buffer(count: section.primitives.map(\.scratchpad.floats).max() ?? 0)
        var current = 0
        var blockInput = 0
        if section.precision != .float32, let first = shapes.first {
            let (convolution, images) = (first.convolution, first.images)
            let plain = Memory(
                ConvolutionPrimitives.activation(images, convolution.inputChannels, convolution.inputSize))
            executions.append(.reorder(plain, to: Memory(first.input, in: buffers[0])))
            input = plain.pointer
        } else {
            input = buffers[0].pointer
        }
        for (index, shape) in shapes.enumerated() {
            let convolution = shape.convolution
            if convolution.startsBlock { blockInput = current }
            var arguments: [Int32: Memory] = [
                Int32(DNNL_ARG_SRC): Memory(shape.input, in: buffers[current]),
                Int32(DNNL_ARG_WEIGHTS): section.weights.kernel(index),
                Int32(DNNL_ARG_BIAS): section.weights.bias(index),
            ]
            let isInPlace = convolution.addsBlockInput && shape.residual == .inPlace
            var target = isInPlace ? blockInput : (0..<3).first { $0 != current && $0 != blockInput }!
            if convolution.addsBlockInput, !isInPlace {
                arguments[Execution.addend] = Memory(shape.dOutput, in: buffers[blockInput])
            }
            if shape.isLast, section.precision != .float32 {
                target = buffers.count
                buffers.append(Buffer(count: shape.output.floats))
            }
            arguments[Int32(DNNL_ARG_DST)] = Memory(shape.output, in: buffers[target])
            executions.append(Execution(section.primitives[index], scratchpad: scratchpad, arguments))
            current = target
        }
        output = buffers[current].pointer
        self.buffers = buffers
    }

    private let buffers: [Buffer]

    /// Always computes all images that the section was made for.
    package func run(images: Int, _ stream: dnnl_stream_t) {
        for execution in executions { execution.run(stream) }
    }
}
