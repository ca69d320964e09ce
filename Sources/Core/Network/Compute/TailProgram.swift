import Basics
package import COneDNN

/// One chunk's forward and backward pass through a `TrainableTail`. All activations are kept;
/// gradients rotate through three buffers.
package final class TailProgram {
    // Every pointer here leads into `buffers` or into the gradients' memories, which live as long
    // as the program. Their sizes come from the `ConvolutionPrimitives` that the buffers were made
    // for. One worker at a time runs a program.
    private let tail: TrainableTail
    /// Input of the first convolution, [images, H, W, C].
    let input: UnsafeMutablePointer<Float>
    /// The base's features, [images, size, size, channels].
    let output: UnsafeMutablePointer<Float>
    /// Gradient of `output` in its shape, to be written before `backward`, which overwrites it.
    let dOutput: UnsafeMutablePointer<Float>
    private var forwardExecutions: [Execution] = []
    private var backwardSteps: [BackwardStep] = []
    private let kernelGradients: [Memory?]
    private let biasGradients: [Memory?]
    private let buffers: [Buffer]

    private struct BackwardStep {
        /// The convolution's output and its gradient, where ReLU6 masks the gradient.
        let mask: (activation: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, count: Int)?
        let weights: Execution
        let data: Execution?
        /// Adds the gradient of the block's output to that of its input.
        let residual: (from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, count: Int)?
    }

    package init(_ tail: TrainableTail) {
        self.tail = tail
        let shapes = tail.layers.map {
            ConvolutionPrimitives(convolution: $0.convolution, images: tail.images)
        }
        let scratchpadFloats =
            tail.layers.flatMap {
                [$0.forward, $0.backwardData, $0.backwardWeights].compactMap { $0?.scratchpad.floats }
            }.max() ?? 0
        let scratchpad = Buffer(count: scratchpadFloats)
        let inputBuffer = Buffer(count: shapes[0].input.floats)
        let activations = shapes.map { Buffer(count: $0.output.floats) }
        let trained = tail.firstTrained..<tail.layers.count
        let largest = trained.map { max(shapes[$0].output.floats, shapes[$0].input.floats) }.max() ?? 0
        let gradients = (0..<3).map { _ in Buffer(count: largest) }
        kernelGradients = tail.layers.map { $0.gradientSum.map { Memory($0.descriptor) } }
        biasGradients = tail.layers.map { layer in
            layer.gradientSum.map { _ in Memory(MemoryDescriptor([layer.convolution.outputChannels], dnnl_a))
            }
        }
        input = inputBuffer.pointer
        output = activations.last!.pointer
        dOutput = gradients[0].pointer
        buffers = [inputBuffer, scratchpad] + activations + gradients

        func source(_ index: Int) -> Buffer { index == 0 ? inputBuffer : activations[index - 1] }
        var blockInput = inputBuffer
        for (index, layer) in tail.layers.enumerated() {
            if layer.convolution.startsBlock { blockInput = source(index) }
            var arguments: [Int32: Memory] = [
                Int32(DNNL_ARG_SRC): Memory(shapes[index].input, in: source(index)),
                Int32(DNNL_ARG_WEIGHTS): layer.forwardKernel,
                Int32(DNNL_ARG_BIAS): layer.bias,
                Int32(DNNL_ARG_DST): Memory(shapes[index].output, in: activations[index]),
            ]
            if layer.convolution.addsBlockInput {
                arguments[Execution.addend] = Memory(shapes[index].output, in: blockInput)
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
            if layer.convolution.addsBlockInput { kept = current }
            let dOutput = Memory(shape.output, in: gradients[current])
            let mask: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int)? =
                layer.convolution.activates
                ? (UnsafePointer(activations[index].pointer), gradients[current].pointer, shape.output.floats)
                : nil
            let weights = Execution(
                layer.backwardWeights!, scratchpad: scratchpad,
                [
                    Int32(DNNL_ARG_SRC): Memory(shape.input, in: source(index)),
                    Int32(DNNL_ARG_DIFF_DST): dOutput,
                    Int32(DNNL_ARG_DIFF_WEIGHTS): kernelGradients[index]!,
                    Int32(DNNL_ARG_DIFF_BIAS): biasGradients[index]!,
                ])
            var data: Execution?
            var residual: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int)?
            if let backwardData = layer.backwardData {
                let target = (0..<3).first { $0 != current && $0 != kept }!
                data = Execution(
                    backwardData, scratchpad: scratchpad,
                    [
                        Int32(DNNL_ARG_DIFF_DST): dOutput,
                        Int32(DNNL_ARG_WEIGHTS): layer.backwardKernel!,
                        Int32(DNNL_ARG_DIFF_SRC): Memory(shape.input, in: gradients[target]),
                    ])
                if layer.convolution.startsBlock, let from = kept {
                    residual = (
                        UnsafePointer(gradients[from].pointer), gradients[target].pointer, shape.input.floats
                    )
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

    package func forward(_ stream: dnnl_stream_t) {
        for execution in forwardExecutions { execution.run(stream) }
    }

    /// Computes the gradients of every trained convolution from `dOutput`.
    package func backward(_ stream: dnnl_stream_t) {
        for step in backwardSteps {
            if let (activation, gradient, count) = step.mask {
                // Like TensorFlow's, ReLU6 passes gradients strictly between its bounds.
                Self.mask(gradient, by: activation, count: count)
            }
            step.weights.run(stream)
            step.data?.run(stream)
            if let (from, to, count) = step.residual {
                for i in 0..<count { to[i] += from[i] }
            }
        }
    }

    /// Zeroes the gradients at ReLU6's bounds. Without branches and eight at a time, because half
    /// of all activations are at a bound, unpredictably.
    private static func mask(
        _ gradient: UnsafeMutablePointer<Float>, by activation: UnsafePointer<Float>, count: Int
    ) {
        let zero = SIMD8<Float>.zero
        let six = SIMD8<Float>(repeating: 6)
        var i = 0
        while i + 8 <= count {
            let y = UnsafeRawPointer(activation + i).loadUnaligned(as: SIMD8<Float>.self)
            let g = UnsafeRawPointer(gradient + i).loadUnaligned(as: SIMD8<Float>.self)
            let passes = (y .> zero) .& (y .< six)
            UnsafeMutableRawPointer(gradient + i).storeBytes(
                of: g.replacing(with: zero, where: .!passes), as: SIMD8<Float>.self)
            i += 8
        }
        while i < count {
            if !(activation[i] > 0 && activation[i] < 6) { gradient[i] = 0 }
            i += 1
        }
    }
}
