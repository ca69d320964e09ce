/// A model as its configuration lists it: layers in order, their calls, and models among them.
/// Reads the forms of Keras 3 (`config.json`) and of Keras 2 and 3's `.h5` files (`model_config`).
///
/// Source: `keras/src/models/functional.py`, `sequential.py`, `tf_keras/src/engine/functional.py`.
struct ModelConfiguration {
    /// The output of a layer's call.
    struct Reference: Hashable {
        var layer: String
        var call: Int
        var output: Int
    }

    indirect enum Argument {
        case reference(Reference)
        case constant(JSONValue)
        case list([Argument])
    }

    struct Call {
        var arguments: [Argument]
        var keywords: [String: Argument]
        /// Whether the call fixes training mode, which Keras 2 keeps; Keras 3 records it but
        /// predicts without.
        var trains = false

        /// The outputs that it takes, in order.
        var references: [Reference] {
            func collect(_ argument: Argument) -> [Reference] {
                switch argument {
                case .reference(let reference): [reference]
                case .constant: []
                case .list(let arguments): arguments.flatMap(collect)
                }
            }
            return (arguments + keywords.sorted { $0.key < $1.key }.map(\.value)).flatMap(collect)
        }
    }

    struct Item {
        var layer: ModelGraph.Layer
        /// Set for a model among the layers.
        var model: ModelConfiguration?
        var calls: [Call]
        /// The number by which others refer to the first call. Keras 2 counts the call by which a
        /// model came into being, which it does not save.
        var firstCall = 0
    }

    var items: [Item] = []
    var inputs: [Reference] = []
    var outputs: [Reference] = []

    /// - Parameter json: an object with `class_name` and `config`.
    init(_ json: JSONValue) throws(ModelRefusal) {
        try self.init(json, in: ModelGraph.Place(names: [], objects: []), isTrainable: true)
    }

    /// - Parameter isTrainable: whether the layers of the models around it may train.
    private init(_ json: JSONValue, in place: ModelGraph.Place, isTrainable: Bool) throws(ModelRefusal) {
        let kind = json["class_name"].string ?? ""
        let trains = isTrainable && json["config"]["trainable"].bool != false
        switch kind {
        case "Sequential": try readSequential(json, place, isTrainable: trains)
        case "Functional", "Model": try readFunctional(json["config"], place, isTrainable: trains)
        case "": throw .damaged(.noModel)
        default:
            throw .model(.customClass(HDF5Structure.shown(kind)))
        }
    }

    /// Whether a layer is a model with layers of its own.
    private static func isModel(_ json: JSONValue) -> Bool {
        ["Sequential", "Functional", "Model"].contains(json["class_name"].string)
            && !(json["registered_name"].string ?? "").contains(">")
            && (json["config"]["layers"].array != nil || json["config"].array != nil)
    }

    private mutating func readFunctional(
        _ config: JSONValue, _ place: ModelGraph.Place, isTrainable: Bool
    ) throws(ModelRefusal) {
        guard let layers = config["layers"].array, layers.count <= ModelGraph.mostOperations else {
            throw .damaged(.layerCount(most: ModelGraph.mostOperations))
        }
        var counters: [String: Int] = [:]
        for layer in layers {
            let nodes = layer["inbound_nodes"].array ?? []
            var calls: [Call] = []
            for node in nodes { calls.append(try Self.call(node)) }
            items.append(try Self.item(layer, in: place, &counters, calls: calls, isTrainable: isTrainable))
        }
        inputs = try Self.references(config["input_layers"])
        outputs = try Self.references(config["output_layers"])
        var firstCalls: [String: Int] = [:]
        for reference in items.flatMap(\.calls).flatMap(\.references) + outputs {
            firstCalls[reference.layer] = min(firstCalls[reference.layer] ?? .max, reference.call)
        }
        for index in items.indices where items[index].model != nil {
            items[index].firstCall = firstCalls[items[index].layer.name] == 1 ? 1 : 0
        }
    }

    private mutating func readSequential(
        _ json: JSONValue, _ place: ModelGraph.Place, isTrainable: Bool
    ) throws(ModelRefusal) {
        let config = json["config"]
        guard let layers = config["layers"].array ?? config.array, let first = layers.first,
            layers.count <= ModelGraph.mostOperations
        else { throw .damaged(.layerCount(most: ModelGraph.mostOperations)) }
        var counters: [String: Int] = [:]
        if first["class_name"].string != "InputLayer" {
            let shapes = [
                first["config"]["batch_shape"], first["config"]["batch_input_shape"],
                config["build_input_shape"], json["build_config"]["input_shape"],
                first["build_config"]["input_shape"],
            ]
            let shape = shapes.first { $0.array != nil } ?? .null
            let input = JSONValue.object([
                "class_name": .string("InputLayer"),
                "config": .object(["name": .string("input"), "batch_shape": shape]),
            ])
            items.append(try Self.item(input, in: place, &counters, calls: [], isTrainable: false))
        }
        for layer in layers {
            let previous = items.last.map { Reference(layer: $0.layer.name, call: 0, output: 0) }
            let call = previous.map { Call(arguments: [.reference($0)], keywords: [:]) }
            items.append(
                try Self.item(
                    layer, in: place, &counters, calls: call.map { [$0] } ?? [], isTrainable: isTrainable))
        }
        inputs = [Reference(layer: items[0].layer.name, call: 0, output: 0)]
        outputs = [Reference(layer: items[items.count - 1].layer.name, call: 0, output: 0)]
    }

    /// - Parameter counters: how many layers of each class came before, which Keras 3 numbers.
    private static func item(
        _ json: JSONValue, in place: ModelGraph.Place, _ counters: inout [String: Int], calls: [Call],
        isTrainable: Bool
    ) throws(ModelRefusal) -> Item {
        guard let kind = json["class_name"].string,
            let name = json["config"]["name"].string ?? json["name"].string
        else { throw .damaged(.namelessLayer) }
        let stem = ModelGraph.snakeCase(kind)
        let count = counters[stem, default: 0]
        counters[stem] = count + 1
        let own = ModelGraph.Place(
            names: place.names + [name], objects: place.objects + [count == 0 ? stem : "\(stem)_\(count)"])
        let layer = ModelGraph.Layer(
            name: name, kind: kind, config: json["config"], place: own,
            isCustom: (json["registered_name"].string ?? "").contains(">"),
            isTrainable: isTrainable && json["config"]["trainable"].bool != false)
        guard isModel(json) else { return Item(layer: layer, model: nil, calls: calls) }
        // Below a model's name, Keras 2 numbers the layers of old files without it.
        return Item(
            layer: layer, model: try ModelConfiguration(json, in: own, isTrainable: isTrainable), calls: calls
        )
    }

    // MARK: Calls

    private static func call(_ node: JSONValue) throws(ModelRefusal) -> Call {
        if node.object != nil { return try modernCall(node) }
        guard let parts = node.array, !parts.isEmpty else { throw .damaged(.malformedCall) }
        // An operation of Keras 2 with one argument is not wrapped in a list.
        let elements = parts[0].string != nil ? [node] : parts
        var call = Call(arguments: [], keywords: [:])
        for element in elements {
            guard let fields = element.array, fields.count >= 3 else {
                throw .damaged(.malformedCall)
            }
            if fields[0].string == "_CONSTANT_VALUE" {
                call.arguments.append(.constant(fields[2]))
            } else {
                call.arguments.append(.reference(try reference(element)))
            }
            for (key, value) in fields.count > 3 ? fields[3].object ?? [:] : [:] {
                call.keywords[key] = try legacyKeyword(value)
            }
        }
        if case .constant(.bool(true))? = call.keywords["training"] { call.trains = true }
        return call
    }

    private static func legacyKeyword(_ value: JSONValue) throws(ModelRefusal) -> Argument {
        guard let fields = value.array, fields.count == 3, fields[0].string != nil, fields[1].integer != nil
        else { return .constant(value) }
        return .reference(try reference(value))
    }

    private static func modernCall(_ node: JSONValue) throws(ModelRefusal) -> Call {
        var call = Call(arguments: [], keywords: [:])
        for argument in node["args"].array ?? [] { call.arguments.append(try modernArgument(argument)) }
        for (key, value) in node["kwargs"].object ?? [:] { call.keywords[key] = try modernArgument(value) }
        return call
    }

    private static func modernArgument(_ value: JSONValue) throws(ModelRefusal) -> Argument {
        if value["class_name"].string == "__keras_tensor__" {
            return .reference(try reference(value["config"]["keras_history"]))
        }
        guard let elements = value.array else { return .constant(value) }
        var arguments: [Argument] = []
        for element in elements { arguments.append(try modernArgument(element)) }
        let isConstant = arguments.allSatisfy { if case .constant = $0 { true } else { false } }
        return isConstant ? .constant(value) : .list(arguments)
    }

    private static func reference(_ json: JSONValue) throws(ModelRefusal) -> Reference {
        guard let fields = json.array, fields.count >= 3, let layer = fields[0].string,
            let call = fields[1].integer, let output = fields[2].integer
        else { throw .damaged(.malformedReference) }
        return Reference(layer: layer, call: call, output: output)
    }

    /// Reads `input_layers` or `output_layers`: one reference, or lists or dictionaries of them.
    private static func references(_ json: JSONValue) throws(ModelRefusal) -> [Reference] {
        if let fields = json.array {
            if fields.first?.string != nil { return [try reference(json)] }
            var result: [Reference] = []
            for field in fields { result += try references(field) }
            return result
        }
        var result: [Reference] = []
        for (_, value) in (json.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            result += try references(value)
        }
        return result
    }
}
