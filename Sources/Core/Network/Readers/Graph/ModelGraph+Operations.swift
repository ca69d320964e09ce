/// The operations of a graph under one name each, whichever version of Keras wrote them.
extension ModelGraph.Operation {
    /// Keras 3's name of the class. Of Keras 2's operations on tensors, `TFOpLambda`, the function
    /// tells it. Empty for the author's own classes.
    var kind: String {
        if layer.isCustom { return "" }
        switch layer.kind {
        case "TFOpLambda", "SlicingOpLambda":
            return Self.functions[layer.config["function"].string ?? ""] ?? layer.kind
        case "TrueDivide": return "Divide"
        default: return layer.kind
        }
    }

    private static let functions = [
        "math.truediv": "Divide", "math.divide": "Divide", "math.subtract": "Subtract",
        "math.multiply": "Multiply", "math.add": "Add", "__operators__.add": "Add", "nn.bias_add": "Add",
        "cast": "Cast", "image.resize": "Resize", "__operators__.getitem": "GetItem",
        "nn.softmax": "Softmax", "math.sigmoid": "Sigmoid", "nn.sigmoid": "Sigmoid", "nn.relu": "Relu",
        "nn.relu6": "Relu6", "math.tanh": "Tanh", "math.reduce_mean": "Mean", "math.reduce_max": "Max",
        "identity": "Identity",
    ]

    /// Layers that pass their input on unchanged outside of training.
    private static let trainingOnly: Set = [
        "ActivityRegularization", "AlphaDropout", "AugMix", "CutMix", "Dropout", "GaussianDropout",
        "GaussianNoise", "MixUp", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
        "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomFlip",
        "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert",
        "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation",
        "RandomSharpness", "RandomShear", "RandomTranslation", "RandomWidth", "RandomZoom", "Solarization",
        "SpatialDropout1D", "SpatialDropout2D",
    ]

    /// Whether the operation passes its input on unchanged.
    ///
    /// - Throws: `ModelRefusal` if it would but is called as in training.
    func isIdentity() throws(ModelRefusal) -> Bool {
        if Self.trainingOnly.contains(kind) {
            if trains { throw .layer(layer, .randomAnswers) }
            return true
        }
        switch kind {
        case "Identity": return true
        case "Activation": return layer.config["activation"].string == "linear"
        case "Cast":
            let type = layer.config["dtype"].string ?? keywords["dtype"]?.constant?.string ?? ""
            guard type == "float32" || type == "float64" else {
                throw .layer(layer, .rounds(to: HDF5Structure.shown(type)))
            }
            return true
        default: return false
        }
    }

    /// Checks that the layer computes in 32-bit numbers, or in mixed precision, whose results 32-bit
    /// numbers give more exactly.
    func checkPrecision() throws(ModelRefusal) {
        let type = layer.config["dtype"]
        let name = type.string ?? type["config"]["name"].string ?? "float32"
        guard kind == "Cast" || ["float32", "float64", "mixed_float16"].contains(name) else {
            throw .layer(layer, .precision(HDF5Structure.shown(name)))
        }
        let isChannelsFirst =
            layer.config["data_format"].string == "channels_first"
            || keywords["data_format"]?.constant?.string == "NCHW"
        if isChannelsFirst { throw .layer(layer, .channelsFirst) }
    }

    /// Height and width of `Resizing`, `CenterCrop` and `Resize`.
    func targetSize() throws(ModelRefusal) -> Preprocessing.Size {
        let config = layer.config
        let sizes =
            [config["height"], config["width"]].compactMap(\.integer)
            + (config["size"].integers ?? keywords["size"]?.constant?.integers ?? [])
        guard sizes.count == 2, sizes.allSatisfy({ (1...4096).contains($0) }) else {
            throw .layer(layer, .noFixedSize)
        }
        return Preprocessing.Size(height: sizes[0], width: sizes[1])
    }

    /// Values of one operation with constants: `nil` if it takes tensors only.
    ///
    /// - Parameter channels: extent of the last axis.
    /// - Throws: `ModelRefusal` if the constants are not one number, or one for each channel.
    func arithmetic(channels: Int) throws(ModelRefusal) -> [(Preprocessing.Arithmetic, [Float])]? {
        guard ["Add", "Subtract", "Multiply", "Divide"].contains(kind) else { return nil }
        let second = ["y", "x2", "bias"].compactMap { keywords[$0] }
        let operands = arguments + second
        let constants = operands.compactMap(\.constant)
        guard operands.count == 2, constants.count == 1 else { return nil }
        guard let values = constants[0].constants, values.count == 1 || values.count == channels,
            values.allSatisfy(\.isFinite)
        else { throw .layer(layer, .constants(channels: channels)) }
        let isReversed = operands[0].constant != nil
        switch kind {
        case "Add": return [(.add, values)]
        case "Multiply": return [(.multiply, values)]
        case "Subtract": return isReversed ? [(.multiply, [-1]), (.add, values)] : [(.subtract, values)]
        case "Divide" where !isReversed: return [(.divide, values)]
        default: return nil
        }
    }
}
