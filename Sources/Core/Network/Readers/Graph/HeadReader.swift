import Basics

/// Translates the layers after the base into a `HeadProgram`.
struct HeadReader {
    let model: ModelReader
    var program = HeadProgram()
    /// Results of the operations read so far.
    private var values: [Int: Value] = [:]
    /// Numbers in all values.
    private var total = 0
    private static let mostNumbers = 1 << 22

    /// The result of an operation.
    struct Value {
        /// Its number in the program.
        var number: Int
        /// Without the axis of the photos; channels last.
        var shape: [Int]
        var meaning: Meaning
        var channels: Int { shape.last ?? 1 }
        var count: Int { shape.reduce(1, *) }
    }

    enum Meaning: Equatable {
        case features
        /// Unbounded numbers, the larger the likelier: logits.
        case scores
        /// Probabilities of classes, adding up to 1.
        case probabilities
        /// Each of its own, as a sigmoid gives them.
        case labels
        /// None of these, with the name of what made them so.
        case other(String)
    }

    private init(_ model: ModelReader) {
        self.model = model
        let shape = [model.side, model.side, model.channels]
        values[model.features] = Value(number: 0, shape: shape, meaning: .features)
    }

    /// Reads the layers from the base's output to the model's.
    ///
    /// - Parameter loss: the loss the model was trained with, as Keras stores it; it tells what
    ///   outputs without an activation mean.
    /// - Throws: `ModelRefusal`; errors of the model's tensors.
    static func head(_ model: ModelReader, loss: JSONValue) throws -> ModelHead {
        let graph = model.graph
        guard let output = graph.outputs.first, graph.outputs.count == 1 else {
            throw ModelRefusal.model(.outputs(ModelReader.names(graph.outputs, graph)))
        }
        var reader = HeadReader(model)
        for index in graph.operations.indices where reader.isHead(index) { try reader.read(index) }
        guard let value = reader.values[output] else {
            throw ModelRefusal.layer(graph.operations[output].layer, .otherInput)
        }
        return try reader.finish(value, graph.operations[output].layer, loss)
    }

    /// Whether the output depends on the operation and the operation on the base's output.
    private func isHead(_ index: Int) -> Bool {
        let isNeeded = !model.consumers[index].isEmpty || model.graph.outputs.contains(index)
        return index != model.features && isNeeded
            && model.graph.operations[index].inputs.contains { values[$0] != nil }
    }

    private mutating func read(_ index: Int) throws {
        let operation = model.graph.operations[index]
        let layer = operation.layer
        let inputs = operation.inputs.compactMap { values[$0] }
        guard inputs.count == operation.inputs.count else {
            throw ModelRefusal.layer(layer, .joinsOther)
        }
        try operation.checkPrecision()
        let input = inputs[0]
        if inputs.count > 1 {
            values[index] = try combined(operation, inputs)
        } else if try operation.isIdentity() {
            values[index] = input
        } else if let activation = try ActivationReader.activation(operation, rank: input.shape.count + 1) {
            values[index] = try activated(input, activation, layer)
        } else if let value = try pooled(operation, input) ?? reshaped(operation, input) {
            values[index] = value
        } else if operation.kind == "Dense" {
            values[index] = try dense(layer, input)
        } else if operation.kind == "LayerNormalization" {
            values[index] = try layerNormalized(layer, input)
        } else if let steps = try model.rescaling(
            operation, channels: input.channels, axes: [-1, input.shape.count])
        {
            values[index] = try rescaled(input, steps, layer)
        } else {
            throw Self.unsupported(layer)
        }
    }

    private static func unsupported(_ layer: ModelGraph.Layer) -> ModelRefusal {
        .layer(layer, .unsupportedAfterBase)
    }

    mutating func append(
        _ operation: HeadProgram.Operation, _ inputs: [Value], _ shape: [Int], _ meaning: Meaning,
        _ layer: ModelGraph.Layer
    ) throws(ModelRefusal) -> Value {
        let count = shape.reduce(1, *)
        total += count
        guard count > 0, total <= Self.mostNumbers else {
            throw .layer(layer, .tooManyNumbers(count))
        }
        let number = program.append(operation, inputs.map(\.number), channels: inputs.map(\.channels))
        return Value(number: number, shape: shape, meaning: meaning)
    }

    // MARK: Layers

    mutating func activated(_ input: Value, _ activation: Activation, _ layer: ModelGraph.Layer)
        throws(ModelRefusal) -> Value
    {
        if activation == .linear { return input }
        let meaning: Meaning =
            switch (activation, input.meaning) {
            case (_, .features): .features
            case (.softmax, _): .probabilities
            case (.sigmoid, .scores), (.sigmoid, .other): .labels
            case (.logSoftmax, .scores): .scores
            default: .other("\(activation)".prefix { $0 != "(" }.lowercased())
            }
        return try append(.activation(activation), [input], input.shape, meaning, layer)
    }

    private mutating func dense(_ layer: ModelGraph.Layer, _ input: Value) throws -> Value {
        guard let units = layer.config["units"].integer, units > 0 else {
            throw ModelRefusal.layer(layer, .noUnits)
        }
        let hasBias = layer.config["use_bias"].bool ?? true
        guard layer.config["quantization_config"].isNull, layer.config["lora_rank"].isNull else {
            throw ModelRefusal.layer(layer, .quantised)
        }
        let stored = try model.tensors.tensors(layer, hasBias ? ["kernel", "bias"] : ["kernel"])
        guard stored[0].shape == [input.channels, units] else {
            throw ModelRefusal.layer(layer, .kernel(stored[0].shape, channels: input.channels))
        }
        let bias = hasBias ? stored[1].values : [Float](repeating: 0, count: units)
        guard bias.count == units else {
            throw ModelRefusal.layer(layer, .biases(bias.count, units: units))
        }
        let scores = try append(
            .dense(kernel: stored[0].values, bias: bias), [input], input.shape.dropLast() + [units], .scores,
            layer)
        return try activated(
            scores, try ActivationReader.activation(layer.config["activation"], layer), layer)
    }

    private mutating func rescaled(
        _ input: Value, _ steps: [(Preprocessing.Arithmetic, [Float])], _ layer: ModelGraph.Layer
    ) throws(ModelRefusal) -> Value {
        var (scale, shift): ([Float], [Float]) = ([1], [0])
        func mix(_ a: [Float], _ b: [Float], _ operation: (Float, Float) -> Float) -> [Float] {
            (0..<max(a.count, b.count)).map { operation(a[$0 % a.count], b[$0 % b.count]) }
        }
        for (operation, values) in steps {
            switch operation {
            case .add: shift = mix(shift, values, +)
            case .subtract: shift = mix(shift, values, -)
            case .multiply: (scale, shift) = (mix(scale, values, *), mix(shift, values, *))
            case .divide: (scale, shift) = (mix(scale, values, /), mix(shift, values, /))
            }
        }
        let keeps = input.meaning == .features || input.meaning == .scores
        return try append(
            .affine(scale: scale, shift: shift), [input], input.shape,
            keeps ? input.meaning : .other(layer.kind), layer)
    }

    private mutating func layerNormalized(_ layer: ModelGraph.Layer, _ input: Value) throws -> Value {
        let config = layer.config
        let axis = config["axis"].integers ?? config["axis"].integer.map { [$0] } ?? []
        guard axis == [-1] || axis == [input.shape.count], config["rms_scaling"].bool != true else {
            throw ModelRefusal.layer(layer, .otherNormalization)
        }
        let names =
            (config["scale"].bool != false ? ["gamma"] : [])
            + (config["center"].bool != false ? ["beta"] : [])
        let stored = names.isEmpty ? [] : try model.tensors.tensors(layer, names)
        let tensors = Dictionary(uniqueKeysWithValues: zip(names, stored.map(\.values)))
        guard tensors.values.allSatisfy({ $0.count == input.channels }) else {
            throw ModelRefusal.layer(layer, .noWeight(channels: input.channels))
        }
        return try append(
            .layerNormalization(
                scale: tensors["gamma"] ?? [1], shift: tensors["beta"] ?? [0],
                epsilon: Float(config["epsilon"].number ?? 1e-3)), [input], input.shape,
            input.meaning == .features || input.meaning == .scores ? input.meaning : .other(layer.kind),
            layer)
    }

    private mutating func pooled(_ operation: ModelGraph.Operation, _ input: Value) throws(ModelRefusal)
        -> Value?
    {
        let (layer, config) = (operation.layer, operation.layer.config)
        let isMaximum = operation.kind.contains("Max")
        let meaning: Meaning =
            isMaximum && input.meaning == .probabilities ? .other(layer.kind) : input.meaning
        switch operation.kind {
        case "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Mean", "Max":
            let axis = config["axis"].integers ?? operation.keywords["axis"]?.constant?.integers
            if operation.kind == "Mean" || operation.kind == "Max", axis != [1, 2] { return nil }
            guard input.shape.count == 3 else {
                throw .layer(layer, .poolsOther)
            }
            let keeps = config["keepdims"].bool ?? operation.keywords["keepdims"]?.constant?.bool ?? false
            let shape = keeps ? [1, 1, input.channels] : [input.channels]
            return try append(.globalPooling(isMaximum: isMaximum), [input], shape, meaning, layer)
        case "AveragePooling2D", "MaxPooling2D":
            let window = config["pool_size"].integers ?? []
            let strides = config["strides"].integers ?? window
            guard input.shape.count == 3, window.count == 2, strides.count == 2,
                (window + strides).allSatisfy({ (1...1024).contains($0) })
            else { throw .layer(layer, .poolsOther) }
            let pooling = HeadProgram.Pooling(
                isMaximum: isMaximum, height: input.shape[0], width: input.shape[1], window: window,
                strides: strides, isPadded: config["padding"].string == "same")
            return try append(
                .pooling(pooling), [input], pooling.outputSize + [input.channels], meaning, layer)
        default: return nil
        }
    }

    private func reshaped(_ operation: ModelGraph.Operation, _ input: Value) throws(ModelRefusal) -> Value? {
        var result = input
        switch operation.kind {
        case "Flatten": result.shape = [input.count]
        case "Reshape":
            let config = operation.layer.config
            // The operation's shape begins with the number of photos, the layer's does not.
            guard
                var shape = config["target_shape"].integers
                    ?? config["newshape"].integers.map({
                        Array($0.dropFirst())
                    }), !shape.isEmpty, shape.count <= 8
            else { return nil }
            if let free = shape.firstIndex(of: -1) {
                let rest = shape.enumerated().reduce(1) { $1.offset == free ? $0 : $0 &* $1.element }
                guard rest > 0, input.count % rest == 0 else {
                    throw .layer(operation.layer, .shapeDoesNotFit)
                }
                shape[free] = input.count / rest
            }
            guard shape.allSatisfy({ (1...input.count).contains($0) }),
                shape.reduce(1, &*) == input.count
            else { throw .layer(operation.layer, .shapeDoesNotFit) }
            result.shape = shape
        default: return nil
        }
        return result
    }

    private mutating func combined(_ operation: ModelGraph.Operation, _ inputs: [Value]) throws(ModelRefusal)
        -> Value
    {
        let (layer, shape) = (operation.layer, inputs[0].shape)
        let same = inputs.allSatisfy { $0.meaning == inputs[0].meaning } ? inputs[0].meaning : nil
        if operation.kind == "Concatenate" {
            let axis = layer.config["axis"].integer ?? -1
            guard axis == -1 || axis == shape.count,
                inputs.allSatisfy({ $0.shape.dropLast() == shape.dropLast() })
            else { throw .layer(layer, .joinsOtherAxis) }
            let channels = inputs.reduce(0) { $0 + $1.channels }
            return try append(
                .concatenation, inputs, shape.dropLast() + [channels],
                same == .features || same == .scores || same == .labels ? same! : .other(layer.kind), layer)
        }
        let combination: HeadProgram.Combination? =
            switch operation.kind {
            case "Add": .sum
            case "Average": .mean
            case "Multiply": .product
            case "Maximum": .maximum
            case "Subtract": .difference
            default: nil
            }
        guard let combination else { throw Self.unsupported(layer) }
        guard inputs.allSatisfy({ $0.shape == shape }) else {
            throw .layer(layer, .differentShapes)
        }
        let isLinear = combination == .sum || combination == .mean || combination == .difference
        let meaning: Meaning =
            switch same {
            case .features: .features
            case .scores where isLinear: .scores
            case .probabilities where combination == .mean: .probabilities
            case .labels where combination == .mean: .labels
            default: .other(layer.kind)
            }
        return try append(.combination(combination), inputs, shape, meaning, layer)
    }
}
