import Basics
import COneDNN

/// One chunk's execution of a `PrimitiveTail`, for as many images as it was made for. All
/// activations are kept; gradients rotate through three buffers.
final class PrimitiveTailProgram: TailProgram {
    // Every pointer here leads into `buffers` or into the gradients' memories, which live as long
    // as the program. Their sizes come from the `ConvolutionPrimitives` that the buffers were made
    // for. One worker at a time runs a program.
    private let tail: PrimitiveTail
    let input: UnsafeMutablePointer<Float>
    let output: UnsafeMutablePointer<Float>
    let dOutput: UnsafeMutablePointer<Float>
    private var forwardExecutions: [Execution] = []
    private var backwardSteps: [BackwardStep] = []
    private let kernelGradients: [Memory?]
    private let biasGradients: [Memory?]
    private let buffers: [Buffer]

    private struct BackwardStep {
        /// Masks the gradient where the convolution's output lies at a bound of ReLU6.
        let mask: (() -> Void)?
        let weights: Execution
        let data: Execution?
        /// Adds the gradient of the block's output to that of its input.
        let residual: (() -> Void)?
    }

    init(_ tail: PrimitiveTail) {
        self.tail = tail
        let shapes = tail.layers.map(\.shape)
        let scratchpad = Buffer(count: tail.scratchpadFloats)
        let inputBuffer = Buffer(count: shapes[0].input.floats)
        let activations = shapes.map { Buffer(count: $0.output.floats) }
        let trained = tail.firstTrained..<tail.layers.count
        let largest = trained.map { max(shapes[$0].dOutput.floats, shapes[$0].input.floats) }.max() ?? 0
        let gradients = (0..<3).map { _ in Buffer(count: largest) }
        kernelGradients = tail.layers.map { $0.gradientSum.map { Memory($0.descriptor) } }
        biasGradients = tail.layers.map { layer in
            layer.gradientSum.map { _ in
                Memory(MemoryDescriptor([layer.trained.convolution.outputChannels], dnnl_a))
            }
        }
        input = inputBuffer.pointer
        output = activations.last!.pointer
        dOutput = gradients[0].pointer
        buffers = [inputBuffer, scratchpad] + activations + gradients

        func source(_ index: Int) -> Buffer { index == 0 ? inputBuffer : activations[index - 1] }
        var blockInput = inputBuffer
        for (index, layer) in tail.layers.enumerated() {
            if layer.trained.convolution.startsBlock { blockInput = source(index) }
            var arguments: [Int32: Memory] = [
                Int32(DNNL_ARG_SRC): Memory(shapes[index].input, in: source(index)),
                Int32(DNNL_ARG_WEIGHTS): layer.forwardKernel,
                Int32(DNNL_ARG_BIAS): layer.bias,
                Int32(DNNL_ARG_DST): Memory(shapes[index].output, in: activations[index]),
            ]
            if layer.trained.convolution.addsBlockInput {
                arguments[Execution.addend] = Memory(shapes[index].dOutput, in: blockInput)
            }
            forwardExecutions.append(Execution(layer.forward, scratchpad: scratchpad, arguments))
        }

        // `current` is the buffer with the gradient of the layer's output; inside a block with a
        // residual, `kept` is the one with the gradient of the block's output.
        var current = 0
        var kept: Int?
        for index in trained.reversed() {
            let layer = tail.layers[index]
            let shape = shapes[index]
            if layer.trained.convolution.addsBlockInput { kept = current }
            let dOutput = Memory(shape.dOutput, in: gradients[current])
            let activation = activations[index].pointer
            var mask: (() -> Void)?
            if layer.trained.convolution.activates {
                let (gradient, count) = (gradients[current].pointer, shape.output.floats)
                mask = { ReLU6Gradient.mask(gradient, by: activation, count: count) }
            }
            let weights = Execution(
                layer.backwardWeights!, scratchpad: scratchpad,
                [
                    Int32(DNNL_ARG_SRC): Memory(shape.input, in: source(index)),
                    Int32(DNNL_ARG_DIFF_DST): dOutput,
                    Int32(DNNL_ARG_DIFF_WEIGHTS): kernelGradients[index]!,
                    Int32(DNNL_ARG_DIFF_BIAS): biasGradients[index]!,
                ])
            var data: Execution?
            var residual: (() -> Void)?
            if let backwardData = layer.backwardData {
                let target = (0..<3).first { $0 != current && $0 != kept }!
                data = Execution(
                    backwardData, scratchpad: scratchpad,
                    [
                        Int32(DNNL_ARG_DIFF_DST): dOutput,
                        Int32(DNNL_ARG_WEIGHTS): layer.backwardKernel!,
                        Int32(DNNL_ARG_DIFF_SRC): Memory(shape.input, in: gradients[target]),
                    ])
                if layer.trained.convolution.startsBlock, let from = kept {
                    let (from, to) = (UnsafePointer(gradients[from].pointer), gradients[target].pointer)
                    let count = shape.input.floats
                    residual = { for i in 0..<count { to[i] += from[i] } }
                    kept = nil
                }
                current = target
            }
            backwardSteps.append(BackwardStep(mask: mask, weights: weights, data: data, residual: residual))
        }
    }

    /// Gradient of the folded kernel from the last `backward`, in the layout that its primitive
    /// chose.
    func kernelGradient(_ layer: Int) -> UnsafePointer<Float> {
        UnsafePointer(kernelGradients[layer]!.pointer)
    }
    /// Gradient of the folded bias from the last `backward`, [out].
    func biasGradient(_ layer: Int) -> UnsafePointer<Float> { UnsafePointer(biasGradients[layer]!.pointer) }

    func forward(images: Int, _ worker: TailWorker) {
        for execution in forwardExecutions { execution.run(worker.stream) }
    }

    func backward(images: Int, _ worker: TailWorker) {
        let stream = worker.stream
        for step in backwardSteps {
            step.mask?()
            step.weights.run(stream)
            step.data?.run(stream)
            step.residual?()
        }
    }
}
