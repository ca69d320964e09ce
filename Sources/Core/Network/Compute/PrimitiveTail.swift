import Basics
import COneDNN

/// Layers that train on oneDNN's primitives, one by one: where our kernels do not cover them.
final class PrimitiveTail: TailSection {
    let layers: [Layer]
    let firstTrained: Int

    init(_ layers: [TrainedLayer], firstTrained: Int, images: Int) {
        self.firstTrained = firstTrained
        self.layers = layers.enumerated().map { index, layer in
            Layer(
                layer, ConvolutionPrimitives(convolution: layer.convolution, images: images),
                isFirstTrained: index == firstTrained)
        }
    }

    /// Its programs have their own, to which their executions are bound.
    var scratchFloats: Int { 0 }

    /// Floats of the scratchpad that any of the primitives needs.
    var scratchpadFloats: Int {
        layers.flatMap {
            [$0.forward, $0.backwardData, $0.backwardWeights].compactMap { $0?.scratchpad.floats }
        }.max() ?? 0
    }

    var implementations: [(name: String, implementation: String)] {
        layers.flatMap { layer in
            [
                ("forward", layer.forward), ("backward data", layer.backwardData),
                ("backward weights", layer.backwardWeights),
            ].compactMap { kind, primitive in
                primitive.map { ("\(layer.trained.convolution.name) \(kind)", $0.implementation) }
            }
        }
    }

    func makeProgram() -> any TailProgram { PrimitiveTailProgram(self) }

    func refold(
        _ parameters: NetworkParameters.Parameters, layer: Int, channels: Range<Int>, _ worker: TailWorker
    ) { layers[layer].refold(parameters, worker.stream) }

    func reduce(
        _ programs: [any TailProgram], layer: Int, channels: Range<Int>, continues: Bool, _ worker: TailWorker
    ) {
        let gradient = layers[layer].trained.gradient(ofPiece: 0)
        let before = continues ? gradient.map { Array($0) } : []
        let programs = programs.compactMap { $0 as? PrimitiveTailProgram }
        if programs.isEmpty {
            if !continues { for part in gradient { part.update(repeating: 0) } }
            return
        }
        layers[layer].reduce(programs, layer: layer, worker.stream)
        for (part, added) in zip(gradient, before) {
            for i in part.indices { part[i] = added[i] + part[i] }
        }
    }

    /// One convolution's primitives and its folded weights in their layouts.
    final class Layer {
        let trained: TrainedLayer
        let shape: ConvolutionPrimitives
        let forward: Primitive
        let backwardData: Primitive?
        let backwardWeights: Primitive?
        let forwardKernel: Memory
        let backwardKernel: Memory?
        let bias: Memory
        private let plain: Memory
        private let toForward: Execution
        private let toBackward: Execution?
        /// Sum of the chunks' dw', in the layout of `backwardWeights`: the memory of the layer's
        /// gradient if that is [out][fan in].
        let gradientSum: Memory?
        private let toPlainGradient: Execution?

        init(_ trained: TrainedLayer, _ primitives: ConvolutionPrimitives, isFirstTrained: Bool) {
            (self.trained, shape) = (trained, primitives)
            let convolution = trained.convolution
            let trains = trained.kernelGradient != nil
            forward = primitives.forward(training: true, residual: .separate)
            backwardData = trains && !isFirstTrained ? primitives.backwardData() : nil
            backwardWeights = trains ? primitives.backwardWeights() : nil
            plain = Memory(ConvolutionPrimitives.plainWeights(convolution))
            bias = Memory(MemoryDescriptor([convolution.outputChannels], dnnl_a))
            forwardKernel = Memory(forward.layout(Int32(DNNL_ARG_WEIGHTS)))
            toForward = Execution.reorder(plain, to: forwardKernel)
            if let backwardData {
                let layout = backwardData.layout(Int32(DNNL_ARG_WEIGHTS))
                if layout == forwardKernel.descriptor {
                    (backwardKernel, toBackward) = (forwardKernel, nil)
                } else {
                    let memory = Memory(layout)
                    (backwardKernel, toBackward) = (memory, Execution.reorder(plain, to: memory))
                }
            } else {
                (backwardKernel, toBackward) = (nil, nil)
            }
            if let backwardWeights, let buffer = trained.kernelGradient {
                let layout = backwardWeights.layout(Int32(DNNL_ARG_DIFF_WEIGHTS))
                let gradient = Memory(plain.descriptor, in: buffer)
                if layout == plain.descriptor {
                    (gradientSum, toPlainGradient) = (gradient, nil)
                } else {
                    let sum = Memory(layout)
                    (gradientSum, toPlainGradient) = (sum, Execution.reorder(sum, to: gradient))
                }
            } else {
                (gradientSum, toPlainGradient) = (nil, nil)
            }
        }

        func refold(_ parameters: NetworkParameters.Parameters, _ stream: dnnl_stream_t) {
            parameters.fold(kernel: plain.pointer, bias: bias.pointer)
            toForward.run(stream)
            toBackward?.run(stream)
        }

        func reduce(_ chunks: [PrimitiveTailProgram], layer: Int, _ stream: dnnl_stream_t) {
            guard let gradientSum else { return }
            Self.sum(
                chunks.map { $0.kernelGradient(layer) }, into: gradientSum.pointer,
                count: gradientSum.descriptor.floats)
            Self.sum(
                chunks.map { $0.biasGradient(layer) }, into: trained.biasGradient.pointer,
                count: trained.convolution.outputChannels)
            toPlainGradient?.run(stream)
        }

        private static func sum(
            _ sources: [UnsafePointer<Float>], into target: UnsafeMutablePointer<Float>, count: Int
        ) {
            let first = sources[0]
            if sources.count == 1 {
                target.update(from: first, count: count)
                return
            }
            let second = sources[1]
            for i in 0..<count { target[i] = first[i] + second[i] }
            for source in sources.dropFirst(2) {
                for i in 0..<count { target[i] += source[i] }
            }
        }
    }
}
