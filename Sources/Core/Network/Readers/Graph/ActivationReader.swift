/// Recognises activations as Keras' layers, operations and arguments name them.
enum ActivationReader {
    /// Returns the activation that an operation consists of; nil for other operations.
    ///
    /// - Parameter rank: number of axes of its input, that of the photos included.
    static func activation(_ operation: ModelGraph.Operation, rank: Int) throws(ModelRefusal) -> Activation? {
        let config = operation.layer.config
        func checkAxis() throws(ModelRefusal) {
            let axis = config["axis"].integer ?? operation.keywords["axis"]?.constant?.integer ?? -1
            guard axis == -1 || axis == rank - 1 else {
                throw .layer(operation.layer, .otherAxisThanLast)
            }
        }
        switch operation.kind {
        case "Activation": return try activation(config["activation"], operation.layer)
        case "Softmax", "LogSoftmax":
            try checkAxis()
            return operation.kind == "Softmax" ? .softmax : .logSoftmax
        case "ReLU", "LeakyReLU", "ELU": return layer(operation.kind, config)
        case "Relu": return named("relu")
        case "Relu6": return named("relu6")
        case "Sigmoid", "Tanh", "Silu", "Selu", "Softplus", "Softsign", "Exp", "Mish":
            return named(operation.kind == "Exp" ? "exponential" : operation.kind.lowercased())
        case "LeakyRelu": return layer("LeakyReLU", config)
        case "Elu": return .elu(alpha: Float(config["alpha"].number ?? 1))
        case "Gelu": return .gelu(isApproximate: config["approximate"].bool ?? true)
        default: return nil
        }
    }

    /// Reads the argument `activation` of a layer: a name, or a layer in place of one.
    static func activation(_ json: JSONValue, _ owner: ModelGraph.Layer) throws(ModelRefusal) -> Activation {
        if json.isNull { return .linear }
        let name = json.string ?? json["config"].string ?? json["class_name"].string ?? "?"
        let isCustom = (json["registered_name"].string ?? "").contains(">")
        if !isCustom, let found = named(name) ?? layer(name, json["config"]) { return found }
        throw .layer(owner, .activation(HDF5Structure.shown(name)))
    }

    private static func named(_ name: String) -> Activation? {
        switch name {
        case "linear": .linear
        case "relu": .relu(largest: nil, slope: 0, threshold: 0)
        case "relu6": .relu(largest: 6, slope: 0, threshold: 0)
        case "leaky_relu": .relu(largest: nil, slope: 0.2, threshold: 0)
        case "elu": .elu(alpha: 1)
        case "selu": .selu
        case "gelu": .gelu(isApproximate: false)
        case "silu", "swish": .silu
        case "mish": .mish
        case "sigmoid": .sigmoid
        case "tanh": .tanh
        case "softplus": .softplus
        case "softsign": .softsign
        case "exponential": .exponential
        case "softmax": .softmax
        case "log_softmax": .logSoftmax
        default: nil
        }
    }

    private static func layer(_ kind: String, _ config: JSONValue) -> Activation? {
        func number(_ keys: String..., default value: Double) -> Float {
            Float(keys.lazy.compactMap { config[$0].number }.first ?? value)
        }
        switch kind {
        case "ReLU":
            return .relu(
                largest: config["max_value"].number.map { Float($0) },
                slope: number("negative_slope", default: 0), threshold: number("threshold", default: 0))
        // Keras 2 calls the slope alpha.
        case "LeakyReLU":
            return .relu(
                largest: nil, slope: number("negative_slope", "alpha", default: 0.3), threshold: 0)
        case "ELU": return .elu(alpha: number("alpha", default: 1))
        case "Softmax": return config["axis"].integer ?? -1 == -1 ? .softmax : nil
        default: return nil
        }
    }
}
