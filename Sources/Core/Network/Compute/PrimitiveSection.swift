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
            let reorder = Primitive.reorder(from: plain.descriptor, to: kernel.descriptor)
            Execution(
                reorder, scratchpad: Buffer(count: reorder.scratchpad.floats),
                [Int32(DNNL_ARG_FROM): plain, Int32(DNNL_ARG_TO): kernel]
            ).run(stream)
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
    let convolutions: ArraySlice<Backbone.Convolution>
    let images: Int
    let primitives: [Primitive]
    let weights: FrozenWeights

    package init(_ parameters: ArraySlice<NetworkParameters.Parameters>, images: Int) {
        convolutions = parameters.map(\.convolution)[...]
        self.images = images
        primitives = parameters.map {
            ConvolutionPrimitives(convolution: $0.convolution, images: images)
                .forward(training: false, residual: .inPlace)
        }
        weights = FrozenWeights(primitives, parameters)
    }

    func makeProgram() -> any FrozenProgram { PrimitiveProgram(self) }

    var implementations: [(name: String, implementation: String)] {
        zip(convolutions, primitives).map { ($0.name, $1.implementation) }
    }
}

/// One worker's execution of a `PrimitiveSection`, with three activation buffers used in turn.
package final class PrimitiveProgram: FrozenProgram {
    // Both point into `buffers`; one worker at a time runs a program.
    package let input: UnsafeMutablePointer<Float>
    package let output: UnsafeMutablePointer<Float>
    private var executions: [Execution] = []

    package init(_ section: PrimitiveSection) {
        let images = section.images
        let largest = section.convolutions.reduce(0) {
            let shape = ConvolutionPrimitives(convolution: $1, images: images)
            return max($0, shape.input.floats, shape.output.floats)
        }
        let buffers = (0..<3).map { _ in Buffer(count: largest) }
        let scratchpad = Buffer(count: section.primitives.map(\.scratchpad.floats).max() ?? 0)
        var current = 0
        var blockInput = 0
        for (index, convolution) in section.convolutions.enumerated() {
            let shape = ConvolutionPrimitives(convolution: convolution, images: images)
            if convolution.startsBlock { blockInput = current }
            let target =
                convolution.addsBlockInput
                ? blockInput : (0..<3).first { $0 != current && $0 != blockInput }!
            executions.append(
                Execution(
                    section.primitives[index], scratchpad: scratchpad,
                    [
                        Int32(DNNL_ARG_SRC): Memory(shape.input, in: buffers[current]),
                        Int32(DNNL_ARG_WEIGHTS): section.weights.kernel(index),
                        Int32(DNNL_ARG_BIAS): section.weights.bias(index),
                        Int32(DNNL_ARG_DST): Memory(shape.output, in: buffers[target]),
                    ]))
            current = target
        }
        input = buffers[0].pointer
        output = buffers[current].pointer
        self.buffers = buffers
    }

    private let buffers: [Buffer]

    /// Always computes all images that the section was made for.
    package func run(images: Int, _ stream: dnnl_stream_t) {
        for execution in executions { execution.run(stream) }
    }
}
