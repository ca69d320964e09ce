import Basics

/// The meaning of a model's outputs.
extension HeadReader {
    mutating func finish(_ output: Value, _ layer: ModelGraph.Layer, _ loss: JSONValue)
        throws(ModelRefusal) -> ModelHead
    {
        guard output.shape.count == 1 || output.count == output.channels, output.meaning != .features else {
            throw .layer(layer, .endsWithFeatures)
        }
        var (value, count) = (output, output.count)
        switch output.meaning {
        case .features: break
        case .other(let name):
            throw .layer(layer, .endsWith(HDF5Structure.shown(name)))
        case .probabilities:
            guard count > 1 else { throw .layer(layer, .softmaxOfOne) }
        case .labels: break
        case .scores:
            let isOneOf = try Loss(loss, layer).isOneOf ?? (count > 1)
            guard !isOneOf || count > 1 else {
                throw .layer(layer, .lossForSeveral)
            }
            value = try activated(value, isOneOf ? .softmax : .sigmoid, layer)
        }
        var answer: ModelHead.Answer = value.meaning == .probabilities ? .classes(count) : .labels(count)
        if value.meaning == .labels, count == 1 {
            value = try append(.complement, [value], [2], .probabilities, layer)
            (answer, count) = (.classes(2), 2)
        }
        guard program.steps.count == value.number else {
            throw .layer(layer, .outOfOrder)
        }
        program.outputs = count
        return ModelHead(program, answer)
    }

    /// The loss that a model was trained with.
    private struct Loss {
        /// Whether it compares one class with the others, or each label by itself; nil if unknown.
        var isOneOf: Bool?

        init(_ json: JSONValue, _ layer: ModelGraph.Layer) throws(ModelRefusal) {
            var json = json
            // One loss may be given in a list or by its output's name.
            if let only = json.array?.first, json.array?.count == 1 { json = only }
            if let only = json.object?.values.first, json.object?.count == 1 { json = only }
            let name = json.string ?? json["config"]["name"].string ?? json["class_name"].string
            guard let name else { return }
            switch name.lowercased().replacing("_", with: "") {
            case "binarycrossentropy", "binaryfocalcrossentropy": isOneOf = false
            case "categoricalcrossentropy", "sparsecategoricalcrossentropy", "categoricalfocalcrossentropy":
                isOneOf = true
            default:
                throw .layer(layer, .loss(HDF5Structure.shown(name)))
            }
        }
    }
}
