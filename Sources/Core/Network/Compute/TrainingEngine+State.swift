package import Basics

/// Gradients, norms, optimizer moments and names of implementations, for checkpoints and tests.
extension TrainingEngine {
    /// The reduced gradients of the last batch under canonical names and in Keras' layouts.
    var gradients: NamedTensors {
        func tensor(_ shape: [Int], _ buffer: Buffer) -> Tensor {
            Tensor(shape: shape, values: (0..<buffer.count).map { buffer.pointer[$0] })
        }
        let dense = chunks[0].head
        var result: NamedTensors = [
            "dense/kernel": tensor([head.channels, head.classes], dense.dKernel),
            "dense/bias": tensor([head.classes], dense.dBias),
        ]
        for (index, layer) in (tail?.layers ?? []).enumerated() {
            guard let gradient = layer.kernelGradient else { continue }
            let parameters = tail!.parameters[tail!.parameters.startIndex + index]
            let convolution = layer.convolution
            var dGamma = Tensor(zeros: [convolution.outputChannels])
            let dKernel = Buffer(count: convolution.outputChannels * convolution.fanIn)
            for channel in 0..<convolution.outputChannels {
                let scale = parameters.gamma.pointer[channel] * parameters.inverseDeviation(channel)
                var dot: Float = 0
                for i in channel * convolution.fanIn..<(channel + 1) * convolution.fanIn {
                    dot += gradient.pointer[i] * parameters.kernel.pointer[i]
                    dKernel.pointer[i] = gradient.pointer[i] * scale
                }
                dGamma.values[channel] = layer.gammaGradient(parameters, channel, dot: dot)
            }
            if layer.trainsKernel {
                result["\(convolution.name)/kernel"] = KernelLayout.toKeras(dKernel.pointer, convolution)
            }
            result["\(convolution.normalization)/gamma"] = dGamma
            result["\(convolution.normalization)/beta"] = Tensor(
                shape: [convolution.outputChannels],
                values: (0..<convolution.outputChannels).map { layer.biasGradient.pointer[$0] })
        }
        return result
    }

    /// Norms of every layer with weights, in the network's order: from the last update if the layer
    /// trains, else of its weights alone.
    package var layerNorms: [LayerNorms] { layerNorms(withHistograms: false) }

    /// - Parameter withHistograms: whether to add the histograms of the layers that train.
    package func layerNorms(withHistograms: Bool) -> [LayerNorms] {
        var result: [LayerNorms] = []
        let first = tail?.parameters.startIndex ?? parameters.convolutions.count
        for (index, parameters) in parameters.convolutions.enumerated() {
            let (convolution, layer) = (
                parameters.convolution, index >= first ? tail!.layers[index - first] : nil
            )
            result.append(
                norms(
                    convolution.layer, layer?.kernelSums, trains: layer?.trainsKernel, [parameters.kernel],
                    withHistograms))
            result.append(
                norms(
                    convolution.normalizationLayer, layer?.normalizationSums,
                    trains: layer?.trainsNormalization,
                    [parameters.gamma, parameters.beta], withHistograms))
        }
        result.append(
            norms(network.headLayer, head.sums, trains: true, [head.kernel, head.bias], withHistograms))
        return result
    }

    private func norms(
        _ layer: Int, _ sums: Adam.Sums?, trains: Bool?, _ weights: [Buffer], _ withHistogram: Bool
    ) -> LayerNorms {
        var norms = norms(layer, sums, trains: trains, weights)
        if withHistogram, trains == true, let first = weights.first {
            norms.histogram = LayerHistogram(UnsafeBufferPointer(start: first.pointer, count: first.count))
        }
        return norms
    }

    private func norms(_ layer: Int, _ sums: Adam.Sums?, trains: Bool?, _ weights: [Buffer]) -> LayerNorms {
        if let sums { return LayerNorms(layer: layer, sums) }
        let isFrozen = trains != true
        if isFrozen, let known = frozenNorms[layer] { return LayerNorms(layer: layer, weightNorm: known) }
        var squares = 0.0
        for buffer in weights {
            for i in 0..<buffer.count { squares += Double(buffer.pointer[i] * buffer.pointer[i]) }
        }
        let norm = Float(squares.squareRoot())
        if isFrozen { frozenNorms[layer] = norm }
        return LayerNorms(layer: layer, weightNorm: norm)
    }

    /// Adam's moments of everything that trains, as `m/<name>` and `v/<name>` in Keras' layouts; while
    /// weights are averaged also themselves, as `w/<name>`.
    package var optimizerTensors: NamedTensors {
        var result: NamedTensors = [:]
        forEachMoment { name, shape, convolution, buffer in
            if let convolution {
                result[name] = KernelLayout.toKeras(buffer.pointer, convolution)
            } else {
                result[name] = Tensor(shape: shape, values: (0..<buffer.count).map { buffer.pointer[$0] })
            }
        }
        return result
    }

    /// Loads moments that `optimizerTensors` returned; where one is missing, the moment keeps its
    /// value. If there are weights among them, the present ones become their averages.
    package func loadOptimizer(_ tensors: NamedTensors) {
        averages = []
        if tensors["w/dense/kernel"] != nil { startAverages() }
        forEachMoment { name, _, convolution, buffer in
            guard let tensor = tensors[name], tensor.values.count == buffer.count else { return }
            if let convolution {
                KernelLayout.toOutputMajor(tensor.values, convolution, into: buffer.pointer)
            } else {
                for i in tensor.values.indices { buffer.pointer[i] = tensor.values[i] }
            }
        }
        if !averages.isEmpty { refold() }
    }

    private func forEachMoment(
        _ body: (_ name: String, _ shape: [Int], _ kernelOf: Backbone.Convolution?, _ buffer: Buffer) ->
            Void
    ) {
        forEachTrained { name, shape, convolution, weights, moments in
            body("m/\(name)", shape, convolution, moments.first)
            body("v/\(name)", shape, convolution, moments.second)
            if !averages.isEmpty { body("w/\(name)", shape, convolution, weights) }
        }
    }

    private func forEachTrained(
        _ body: (
            _ name: String, _ shape: [Int], _ kernelOf: Backbone.Convolution?, _ weights: Buffer,
            _ moments: Adam.Moments
        ) -> Void
    ) {
        body("dense/kernel", [head.channels, head.classes], nil, head.kernel, head.kernelMoments)
        body("dense/bias", [head.classes], nil, head.bias, head.biasMoments)
        for (index, layer) in (tail?.layers ?? []).enumerated() {
            let (convolution, shape) = (layer.convolution, [layer.convolution.outputChannels])
            let parameters = tail!.parameters[tail!.parameters.startIndex + index]
            if let moments = layer.kernelMoments {
                body("\(convolution.name)/kernel", [], convolution, parameters.kernel, moments)
            }
            if let moments = layer.gammaMoments {
                body("\(convolution.normalization)/gamma", shape, nil, parameters.gamma, moments)
            }
            if let moments = layer.betaMoments {
                body("\(convolution.normalization)/beta", shape, nil, parameters.beta, moments)
            }
        }
    }

    /// The weights that train.
    var trainedWeights: [Buffer] {
        var result: [Buffer] = []
        forEachTrained { _, _, _, weights, _ in result.append(weights) }
        return result
    }

    /// A copy of everything that training changes, bit for bit.
    package struct TrainedState {
        fileprivate var values: [[Float]]
        fileprivate var hasAverages: Bool
        fileprivate var adamStep: Int
    }

    package func copyState() -> TrainedState {
        TrainedState(
            values: trainedBuffers.map { Array(UnsafeBufferPointer(start: $0.pointer, count: $0.count)) },
            hasAverages: !averages.isEmpty, adamStep: adamStep)
    }

    /// Restores a copy from `copyState`, made with the same layers frozen.
    package func restore(_ state: TrainedState) {
        if !state.hasAverages { averages = [] }
        for (buffer, values) in zip(trainedBuffers, state.values) {
            values.withUnsafeBufferPointer {
                buffer.pointer.update(from: $0.baseAddress!, count: buffer.count)
            }
        }
        adamStep = state.adamStep
        refold()
    }

    /// Loads the weights of a checkpoint and starts a fresh optimizer, or one with the checkpoint's
    /// moments.
    ///
    /// - Parameter moments: those of the layers that train now, under the names of
    ///   `optimizerTensors`; nil for a fresh optimizer.
    package func load(_ tensors: NamedTensors, moments: NamedTensors?, adamStep: Int) {
        averages = []
        parameters.load(tensors)
        loadHead(tensors)
        unfreeze(from: fineTuneAt, kernels: tailKernels)
        guard let moments else { return }
        loadOptimizer(moments)
        self.adamStep = adamStep
    }

    var trainedBuffers: [Buffer] {
        var result: [Buffer] = []
        forEachTrained { _, _, _, weights, moments in result += [weights, moments.first, moments.second] }
        return result + averages
    }

    /// The implementation of each convolution; a name with `ref` in it means slow reference code.
    var implementations: [(name: String, implementation: String)] {
        frozenSections.flatMap(\.implementations) + (tail?.section.implementations ?? [])
    }
}
