/// The walk through the base.
extension ModelReader {
    /// Follows the layers of the base from its input, `start`.
    mutating func walkBase(from start: Int) throws(ModelRefusal) {
        guard let size = preprocessing.outputSize else {
            throw .model(.anySize)
        }
        guard size.isSquare, architecture.accepts(imageSize: size.height) else {
            throw .model(.size(height: size.height, width: size.width))
        }
        let network = Backbone(architecture, imageSize: size.height)
        let starts = Set(network.convolutions.filter(\.startsBlock).map(\.layer))
        var (current, block) = (start, start)
        // Until TensorFlow 2.3 the first convolution's padding was a layer of its own.
        if let pad = consumers[start].first, consumers[start].count == 1,
            graph.operations[pad].kind == Backbone.Kind.zeroPadding2D.rawValue
        {
            try checkPadding(graph.operations[pad].layer, as: "Conv1_pad")
            (current, isStemPadded) = (pad, true)
        }
        for expected in network.layers.dropFirst() {
            if starts.contains(expected.index) { block = current }
            current = try step(expected, in: network, after: current, block: block)
            if !expected.weights.isEmpty { base.append(graph.operations[current].layer) }
        }
        (features, side, channels) = (current, network.featureSize, network.featureChannels)
    }

    /// Finds the layer of the graph that is the network's layer `expected`.
    private func step(
        _ expected: Backbone.Layer, in network: Backbone, after current: Int, block: Int
    ) throws(ModelRefusal) -> Int {
        let kind = expected.kind.rawValue
        let next = consumers[current]
        guard !next.isEmpty else {
            throw .layer(
                graph.operations[current].layer,
                .endsBase(before: expected.name, kind: kind, of: architecture))
        }
        let inputs = expected.kind == .add ? [current, block] : [current]
        let found = next.first {
            graph.operations[$0].kind == kind && graph.operations[$0].inputs.sorted() == inputs.sorted()
        }
        let added = network.layers.first { $0.index > expected.index && $0.kind == .add }
        // The input of a block is also added to its output.
        let mayBranch = current == block && added != nil && expected.kind != .add
        let others = next.filter { other in
            other != found && !(mayBranch && graph.operations[other].kind == Backbone.Kind.add.rawValue)
        }
        guard let found else {
            throw .layer(
                graph.operations[others.first ?? next[0]].layer,
                .replaces(expected.name, kind: kind, of: architecture))
        }
        if let other = others.first {
            let name = HDF5Structure.shown(graph.operations[current].layer.name)
            throw .layer(graph.operations[other].layer, .branches(from: name))
        }
        let operation = graph.operations[found]
        try operation.checkPrecision()
        try check(operation, is: expected, network)
        return found
    }

    private func checkPadding(_ layer: ModelGraph.Layer, as expected: String) throws(ModelRefusal) {
        guard layer.config["padding"].array?.map(\.integers) == [[0, 1], [0, 1]] else {
            throw .layer(layer, .differs(.padding, from: expected, of: architecture))
        }
    }

    private func check(
        _ operation: ModelGraph.Operation, is expected: Backbone.Layer, _ network: Backbone
    ) throws(ModelRefusal) {
        let (layer, config) = (operation.layer, operation.layer.config)
        func differs(_ difference: LayerFault.Difference) -> ModelRefusal {
            .layer(layer, .differs(difference, from: expected.name, of: architecture))
        }
        switch expected.kind {
        case .conv2D, .depthwiseConv2D:
            guard let convolution = network.convolutions.first(where: { $0.layer == expected.index }) else {
                return
            }
            let isDepthwise = expected.kind == .depthwiseConv2D
            let side = convolution.form.side
            guard config["kernel_size"].integers == [side, side] else { throw differs(.kernelSize) }
            let stride = convolution.stride
            guard config["strides"].integers == [stride, stride] else { throw differs(.stride) }
            guard
                isDepthwise
                    ? config["depth_multiplier"].integer ?? 1 == 1
                    : config["filters"].integer == convolution.outputChannels
            else { throw differs(.filters) }
            let isPadded = network.layers[expected.index - 1].kind == .zeroPadding2D
            let isValid = isPadded || isStemPadded && convolution.place == .stem
            // Padding makes no difference to a kernel of one place.
            guard side == 1 || config["padding"].string == (isValid ? "valid" : "same") else {
                throw differs(.padding)
            }
            guard config["use_bias"].bool == false, config["groups"].integer ?? 1 == 1,
                config["dilation_rate"].integers ?? [1, 1] == [1, 1],
                config["activation"].string ?? "linear" == "linear"
            else { throw differs(.form) }
        case .batchNormalization:
            let axis = config["axis"].integer ?? config["axis"].integers?.first ?? -1
            guard let epsilon = config["epsilon"].number,
                abs(epsilon - Double(Backbone.standardEpsilon)) < 1e-9,
                config["center"].bool != false, config["scale"].bool != false, axis == -1 || axis == 3
            else { throw differs(.normalization) }
            guard !operation.trains else {
                throw .layer(layer, .batchStatistics)
            }
        case .relu:
            guard config["max_value"].number == 6, config["negative_slope"].number ?? 0 == 0,
                config["threshold"].number ?? 0 == 0
            else { throw differs(.activation) }
        case .zeroPadding2D: try checkPadding(layer, as: expected.name)
        case .add, .inputLayer: break
        }
    }
}
