import Basics
package import COneDNN

/// The top of the base, which trains: primitives and folded weights that all chunks share, refolded
/// after each optimizer step.
///
/// Batch normalisation is folded into the convolutions, so the backward pass yields dw' and db',
/// from which the chain rule gives the gradients of w, γ and β:
///
///     w' = w·s,  b' = β − μ·s,  s = γ/√(σ²+ε)
///     dw = s·dw',  dγ = (Σ dw'·w − μ·db')/√(σ²+ε),  dβ = db'
package final class TrainableTail {
    let parameters: ArraySlice<NetworkParameters.Parameters>
    let images: Int
    package let layers: [Layer]
    /// Index of the first convolution with something to train; those before it only run forward.
    let firstTrained: Int

    package final class Layer {
        let convolution: Backbone.Convolution
        let forward: Primitive
        let backwardData: Primitive?
        let backwardWeights: Primitive?
        /// Whether the kernel (not only γ and β) trains.
        let trainsKernel: Bool
        let trainsNormalization: Bool
        let forwardKernel: Memory
        let backwardKernel: Memory?
        let bias: Memory
        private let plain: Memory
        private let toForward: Execution
        private let toBackward: Execution?
        /// Sum of the chunks' dw', in the layout of `backwardWeights` and as [out][fan in]; one
        /// memory if the two layouts are equal.
        let gradientSum: Memory?
        let plainGradient: Memory?
        private let toPlainGradient: Execution?
        let biasGradientSum: Buffer
        let kernelMoments: Adam.Moments?
        let gammaMoments: Adam.Moments?
        let betaMoments: Adam.Moments?
        /// Sums of squares from the last update of the kernel, and of γ and β; nil before the
        /// first, and while they are frozen.
        private(set) var kernelSums: Adam.Sums?
        private(set) var normalizationSums: Adam.Sums?

        init(
            _ convolution: Backbone.Convolution, images: Int, fineTuneAt: Int, isFirstTrained: Bool,
            trains: Bool
        ) {
            self.convolution = convolution
            trainsKernel = trains && convolution.layer >= fineTuneAt
            trainsNormalization = trains && convolution.normalizationLayer >= fineTuneAt
            let primitives = ConvolutionPrimitives(convolution: convolution, images: images)
            forward = primitives.forward(training: true, residual: .separate)
            backwardData = trains && !isFirstTrained ? primitives.backwardData() : nil
            backwardWeights = trains ? primitives.backwardWeights() : nil
            plain = Memory(ConvolutionPrimitives.plainWeights(convolution))
            bias = Memory(MemoryDescriptor([convolution.outputChannels], dnnl_a))
            forwardKernel = Memory(forward.layout(Int32(DNNL_ARG_WEIGHTS)))
            toForward = Self.reorder(plain, to: forwardKernel)
            if let backwardData {
                let layout = backwardData.layout(Int32(DNNL_ARG_WEIGHTS))
                if layout == forwardKernel.descriptor {
                    (backwardKernel, toBackward) = (forwardKernel, nil)
                } else {
                    let memory = Memory(layout)
                    (backwardKernel, toBackward) = (memory, Self.reorder(plain, to: memory))
                }
            } else {
                (backwardKernel, toBackward) = (nil, nil)
            }
            if let backwardWeights {
                let sum = Memory(backwardWeights.layout(Int32(DNNL_ARG_DIFF_WEIGHTS)))
                gradientSum = sum
                if sum.descriptor == plain.descriptor {
                    (plainGradient, toPlainGradient) = (sum, nil)
                } else {
                    let memory = Memory(plain.descriptor)
                    (plainGradient, toPlainGradient) = (memory, Self.reorder(sum, to: memory))
                }
            } else {
                (gradientSum, plainGradient, toPlainGradient) = (nil, nil, nil)
            }
            biasGradientSum = Buffer(count: convolution.outputChannels)
            kernelMoments =
                trainsKernel ? Adam.Moments(count: convolution.outputChannels * convolution.fanIn) : nil
            gammaMoments = trainsNormalization ? Adam.Moments(count: convolution.outputChannels) : nil
            betaMoments = trainsNormalization ? Adam.Moments(count: convolution.outputChannels) : nil
        }

        private static func reorder(_ source: Memory, to target: Memory) -> Execution {
            let primitive = Primitive.reorder(from: source.descriptor, to: target.descriptor)
            return Execution(
                primitive, scratchpad: Buffer(count: primitive.scratchpad.floats),
                [Int32(DNNL_ARG_FROM): source, Int32(DNNL_ARG_TO): target])
        }

        /// Folds the batch normalisation into the weights and writes them in the primitives'
        /// layouts.
        func refold(_ parameters: NetworkParameters.Parameters, _ stream: dnnl_stream_t) {
            parameters.fold(kernel: plain.pointer, bias: bias.pointer)
            toForward.run(stream)
            toBackward?.run(stream)
        }

        /// Sums the chunks' dw' and db' in the chunks' order, so that the result does not depend on
        /// which worker computed them, and reorders dw' to [out][fan in].
        func reduce(_ chunks: [TailProgram], layer: Int, _ stream: dnnl_stream_t) {
            guard let gradientSum else { return }
            Self.sum(
                chunks.map { $0.kernelGradient(layer) }, into: gradientSum.pointer,
                count: gradientSum.descriptor.floats)
            Self.sum(
                chunks.map { $0.biasGradient(layer) }, into: biasGradientSum.pointer,
                count: convolution.outputChannels)
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

        /// Returns dγ of `channel`, given Σ dw'·w.
        func gammaGradient(_ parameters: NetworkParameters.Parameters, _ channel: Int, dot: Float) -> Float {
            parameters.inverseDeviation(channel)
                * (dot - parameters.mean.pointer[channel] * biasGradientSum.pointer[channel])
        }

        /// Takes one Adam step on the kernel, γ and β with the reduced gradients.
        ///
        /// - Parameter keep: see `Adam.update`; for the kernel.
        func update(_ parameters: NetworkParameters.Parameters, keep: Float, stepSize: Float) {
            guard let plainGradient, let gammaMoments, let betaMoments else { return }
            let fanIn = convolution.fanIn
            let gradient = UnsafePointer(plainGradient.pointer)
            var (kernelSums, normalizationSums) = (Adam.Sums(), Adam.Sums())
            for channel in 0..<convolution.outputChannels {
                let scale = parameters.gamma.pointer[channel] * parameters.inverseDeviation(channel)
                var dot: Float = 0
                if let kernelMoments {
                    let sums = Adam.update(
                        parameters.kernel.pointer, gradient, kernelMoments, offset: channel * fanIn,
                        count: fanIn,
                        scale: scale, keep: keep, stepSize: stepSize)
                    dot = sums.dot
                    kernelSums.add(sums)
                } else {
                    for i in channel * fanIn..<(channel + 1) * fanIn {
                        dot += gradient[i] * parameters.kernel.pointer[i]
                    }
                }
                var dGamma = gammaGradient(parameters, channel, dot: dot)
                withUnsafePointer(to: &dGamma) {
                    // `update` adds the offset to the gradient's pointer too, but there is only one
                    // value.
                    normalizationSums.add(
                        Adam.update(
                            parameters.gamma.pointer, $0 - channel, gammaMoments, offset: channel, count: 1,
                            stepSize: stepSize))
                }
            }
            normalizationSums.add(
                Adam.update(
                    parameters.beta.pointer, biasGradientSum.pointer, betaMoments,
                    count: convolution.outputChannels,
                    stepSize: stepSize))
            (self.kernelSums, self.normalizationSums) = (
                kernelMoments == nil ? nil : kernelSums, normalizationSums
            )
        }
    }

    /// - Parameters:
    ///   - parameters: from the first convolution of a block to the last of the network.
    ///   - fineTuneAt: first Keras layer that trains.
    package init(_ parameters: ArraySlice<NetworkParameters.Parameters>, images: Int, fineTuneAt: Int) {
        self.parameters = parameters
        self.images = images
        let first =
            parameters.firstIndex { $0.convolution.normalizationLayer >= fineTuneAt } ?? parameters.endIndex
        firstTrained = first - parameters.startIndex
        layers = parameters.indices.map { index in
            Layer(
                parameters[index].convolution, images: images, fineTuneAt: fineTuneAt,
                isFirstTrained: index == first,
                trains: index >= first)
        }
    }

    package func refold(_ layer: Int, _ stream: dnnl_stream_t) {
        layers[layer].refold(parameters[parameters.startIndex + layer], stream)
    }
}
