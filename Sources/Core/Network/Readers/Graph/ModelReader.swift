import Basics

/// The stored tensors of a model, by layer.
protocol ModelTensors {
    /// Returns a layer's tensors.
    ///
    /// - Parameter variables: Keras 3's names of all the layer's variables, in Keras' order.
    func tensors(_ layer: ModelGraph.Layer, _ variables: [String]) throws -> [Tensor]
}

/// Translates a model's graph into what this program computes: the preparation of photos, the base,
/// and the layers after it. What it cannot compute exactly it refuses by the layer's name.
struct ModelReader {
    let graph: ModelGraph
    let consumers: [[Int]]
    let tensors: any ModelTensors
    /// The base that the model must contain.
    let architecture: Architecture
    var preprocessing = Preprocessing(photo: nil, steps: [])
    /// The layers of the base, in the order of the network's layers with weights.
    var base: [ModelGraph.Layer] = []
    /// The operation that gives the base's output, its height and width, and its channels.
    var features = 0
    var side = 0
    var channels = 0
    var isStemPadded = false

    /// Reads the model up to the base's output.
    ///
    /// - Throws: `ModelRefusal`; errors of `tensors`.
    init(
        _ graph: ModelGraph, tensors: any ModelTensors, architecture: Architecture = .mobileNetV2
    ) throws {
        (self.graph, self.tensors, self.architecture) = (graph, tensors, architecture)
        consumers = graph.consumers
        guard graph.inputs.count == 1 else {
            throw ModelRefusal.model(.inputs(Self.names(graph.inputs, graph)))
        }
        try readInput()
        var current = graph.inputs[0]
        while let next = try prepare(current) { current = next }
        try walkBase(from: current)
    }

    static func names(_ operations: [Int], _ graph: ModelGraph) -> [String] {
        operations.map { HDF5Structure.shown(graph.operations[$0].layer.name) }
    }

    private mutating func readInput() throws(ModelRefusal) {
        let operation = graph.operations[graph.inputs[0]]
        try operation.checkPrecision()
        let config = operation.layer.config
        let shape = config["batch_shape"].array ?? config["batch_input_shape"].array ?? []
        guard shape.count == 4, shape[3].integer == 3 else {
            throw .layer(operation.layer, .photoShape(shape.dropFirst().map(\.integer)))
        }
        if shape[1].isNull, shape[2].isNull { return }
        guard let height = shape[1].integer, let width = shape[2].integer, (1...4096).contains(height),
            (1...4096).contains(width)
        else { throw .layer(operation.layer, .photosOfAnySize) }
        preprocessing.photo = Preprocessing.Size(height: height, width: width)
    }

    /// Adds the operation after `current` to the preprocessing and returns it; nil where the base
    /// begins.
    private mutating func prepare(_ current: Int) throws -> Int? {
        let next = consumers[current]
        guard let first = next.first else {
            throw ModelRefusal.model(.noMobileNet)
        }
        if let stack = try reordered(next) { return stack }
        let operation = graph.operations[first]
        if next.count > 1 {
            throw ModelRefusal.layer(
                graph.operations[next[1]].layer, .photoBeside(HDF5Structure.shown(operation.layer.name)))
        }
        if ["Conv2D", "ZeroPadding2D"].contains(operation.kind) { return nil }
        guard operation.inputs == [current] else {
            throw ModelRefusal.layer(operation.layer, .photoTwice)
        }
        try operation.checkPrecision()
        if try operation.isIdentity() { return first }
        if let steps = try rescaling(operation, channels: 3, axes: [-1, 3]) {
            preprocessing.steps += steps.map { .arithmetic($0.0, $0.1) }
            return first
        }
        preprocessing.steps.append(try geometry(operation))
        return first
    }

    private func geometry(_ operation: ModelGraph.Operation) throws -> Preprocessing.Step {
        let config = operation.layer.config
        switch operation.kind {
        case "Resizing", "Resize":
            let method =
                config["interpolation"].string ?? operation.keywords["method"]?.constant?.string ?? "bilinear"
            guard ["bilinear", "nearest"].contains(method), config["pad_to_aspect_ratio"].bool != true,
                config["antialias"].bool != true,
                operation.keywords.keys.allSatisfy({ ["size", "method", "training", "name"].contains($0) })
            else {
                throw ModelRefusal.layer(operation.layer, .resizing)
            }
            return .resize(
                try operation.targetSize(), isNearest: method == "nearest",
                crops: config["crop_to_aspect_ratio"].bool == true)
        case "CenterCrop": return .centerCrop(try operation.targetSize())
        case "GetItem" where Self.reversesChannels(operation): return .channels([2, 1, 0])
        case "Flip" where [-1, 3].contains(config["axis"].integer): return .channels([2, 1, 0])
        default:
            throw ModelRefusal.layer(operation.layer, .unsupportedBeforeBase)
        }
    }

    /// Whether an operation is `x[..., ::-1]`.
    private static func reversesChannels(_ operation: ModelGraph.Operation) -> Bool {
        let spec =
            operation.arguments.last?.constant?.array ?? operation.keywords["slice_spec"]?.constant?.array
        guard let spec, spec.count == 2, spec[0]["class_name"].string == "__ellipsis__" else { return false }
        let slice = spec[1]["config"].isNull ? spec[1] : spec[1]["config"]
        return slice["start"].isNull && slice["stop"].isNull && slice["step"].integer == -1
    }

    /// Recognises `stack([x[..., 2], x[..., 1], x[..., 0]], -1)` and returns the stack.
    private mutating func reordered(_ next: [Int]) throws(ModelRefusal) -> Int? {
        var channels: [Int: Int] = [:]
        for index in next {
            let operation = graph.operations[index]
            guard operation.kind == "GetItem", let spec = operation.arguments.last?.constant?.array,
                spec.count == 2, spec[0]["class_name"].string == "__ellipsis__",
                let channel = spec[1].integer, (0..<3).contains(channel)
            else { return nil }
            channels[index] = channel
        }
        let stacks = Set(next.flatMap { consumers[$0] })
        guard let stack = stacks.first, stacks.count == 1 else { return nil }
        let operation = graph.operations[stack]
        let order = operation.inputs.compactMap { channels[$0] }
        guard operation.kind == "Stack", [-1, 3].contains(operation.layer.config["axis"].integer),
            order.count == 3, operation.inputs.count == 3
        else { return nil }
        preprocessing.steps.append(.channels(order))
        return stack
    }

    /// Returns what an operation computes if it multiplies and adds fixed numbers; nil for others.
    ///
    /// - Parameters:
    ///   - channels: extent of the last axis.
    ///   - axes: the numbers under which Keras may know that axis.
    func rescaling(_ operation: ModelGraph.Operation, channels: Int, axes: [Int]) throws -> [(
        Preprocessing.Arithmetic, [Float]
    )]? {
        let layer = operation.layer
        func checked(_ values: [Float]?, _ what: String) throws(ModelRefusal) -> [Float] {
            guard let values, values.count == 1 || values.count == channels, values.allSatisfy(\.isFinite)
            else { throw .layer(layer, .parameter(what)) }
            return values
        }
        let axis = layer.config["axis"]
        let isOnChannels =
            axis.integer.map { axes.contains($0) }
            ?? (axis.integers.map {
                $0.count == 1 && axes.contains($0[0])
            } ?? false)
        switch operation.kind {
        case "Rescaling":
            let scale = try checked(layer.config["scale"].constants, "scale")
            let offset = try checked(layer.config["offset"].constants, "offset")
            return [(.multiply, scale), (.add, offset)]
        case "Normalization":
            guard isOnChannels || axis.isNull || axis.array == [] else {
                throw ModelRefusal.layer(layer, .otherAxesThanChannels)
            }
            var (mean, variance) = (layer.config["mean"].constants, layer.config["variance"].constants)
            if mean == nil {
                let stored = try tensors.tensors(layer, ["mean", "variance", "count"])
                (mean, variance) = (stored[0].values, stored[1].values)
            }
            let deviation = try checked(variance, "variance").map { max($0.squareRoot(), 1e-7) }
            return layer.config["invert"].bool == true
                ? [(.multiply, deviation), (.add, try checked(mean, "mean"))]
                : [(.subtract, try checked(mean, "mean")), (.divide, deviation)]
        case "BatchNormalization":
            guard isOnChannels else {
                throw ModelRefusal.layer(layer, .otherAxisThanChannels)
            }
            guard !operation.trains else {
                throw ModelRefusal.layer(layer, .batchStatistics)
            }
            let (scale, shift) = try batchNormalization(layer, channels: channels)
            return [(.multiply, scale), (.add, shift)]
        case "Negative": return [(.multiply, [-1])]
        default: return try operation.arithmetic(channels: channels)
        }
    }

    private func batchNormalization(_ layer: ModelGraph.Layer, channels: Int) throws -> (
        scale: [Float], shift: [Float]
    ) {
        let hasScale = layer.config["scale"].bool ?? true
        let hasShift = layer.config["center"].bool ?? true
        let names =
            (hasScale ? ["gamma"] : []) + (hasShift ? ["beta"] : []) + ["moving_mean", "moving_variance"]
        let stored = Dictionary(uniqueKeysWithValues: zip(names, try tensors.tensors(layer, names)))
        let epsilon = Float(layer.config["epsilon"].number ?? 1e-3)
        func values(_ name: String, else value: Float) throws -> [Float] {
            guard let tensor = stored[name] else { return [Float](repeating: value, count: channels) }
            guard tensor.values.count == channels else {
                throw ModelRefusal.layer(layer, .numbers(tensor.values.count, in: name, channels: channels))
            }
            return tensor.values
        }
        let (mean, variance) = (try values("moving_mean", else: 0), try values("moving_variance", else: 1))
        let (gamma, beta) = (try values("gamma", else: 1), try values("beta", else: 0))
        let scale = zip(gamma, variance).map { $0 / ($1 + epsilon).squareRoot() }
        return (scale, zip(beta, zip(mean, scale)).map { $0 - $1.0 * $1.1 })
    }
}
