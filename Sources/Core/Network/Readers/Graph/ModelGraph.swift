/// A Keras model as one graph: the calls of its layers in an order in which they can be computed.
/// The layers of models among them take part as the model's own.
struct ModelGraph {
    /// Names that lead to a layer, from the outermost model's layer inwards.
    struct Place: Hashable, Sendable {
        /// The layers' own names.
        var names: [String]
        /// Classes in snake case with counters, as Keras 3 numbers them in a weights file.
        var objects: [String]
    }

    struct Layer {
        var name: String
        /// Keras' class, such as `Dense`.
        var kind: String
        var config: JSONValue
        var place: Place
        /// Whether the class is the author's own, whatever its name.
        var isCustom: Bool
        /// Whether its weights, if it has any, were trained.
        var isTrainable = true
    }

    enum Argument {
        /// The output of the operation of that index.
        case operation(Int)
        case constant(JSONValue)
        case list([Argument])

        /// The operations whose outputs it contains, in order.
        var operations: [Int] {
            switch self {
            case .operation(let index): [index]
            case .constant: []
            case .list(let arguments): arguments.flatMap(\.operations)
            }
        }
        var constant: JSONValue? { if case .constant(let value) = self { value } else { nil } }
    }

    /// One call of a layer.
    struct Operation {
        var layer: Layer
        var arguments: [Argument]
        var keywords: [String: Argument]
        /// Whether the layer behaves as in training whenever the model is used.
        var trains: Bool

        /// The operations whose outputs it takes, in order.
        var inputs: [Int] {
            arguments.flatMap(\.operations)
                + keywords.sorted { $0.key < $1.key }.flatMap { $0.value.operations }
        }
    }

    private(set) var operations: [Operation] = []
    /// Operations that are the model's inputs, and those whose outputs are its own.
    private(set) var (inputs, outputs): ([Int], [Int]) = ([], [])

    private var expansions = 0

    /// Limit of the layers of a model, and of all calls. MobileNetV2 has 154 layers.
    static let mostOperations = 4096

    /// - Parameter json: an object with `class_name` and `config`.
    init(_ json: JSONValue) throws(ModelRefusal) {
        let model = try ModelConfiguration(json)
        for input in model.inputs {
            guard let item = model.items.first(where: { $0.layer.name == input.layer }) else {
                throw .damaged(.noInputLayer)
            }
            inputs.append(try append(item.layer, ModelConfiguration.Call(arguments: [], keywords: [:]), [:]))
        }
        outputs = try expand(model, inputs, trains: false)
    }

    /// The operations that take the output of each operation, of those on which an output depends.
    var consumers: [[Int]] {
        var isNeeded = [Bool](repeating: false, count: operations.count)
        for output in outputs { isNeeded[output] = true }
        var result = [[Int]](repeating: [], count: operations.count)
        // Inputs come before the operations that take them.
        for index in operations.indices.reversed() where isNeeded[index] {
            for input in Set(operations[index].inputs) {
                isNeeded[input] = true
                result[input].append(index)
            }
        }
        return result.map { $0.sorted() }
    }

    /// Returns Keras' name for an object of a class: `BatchNormalization` is `batch_normalization`,
    /// `Conv2D` is `conv2d`. Source: `keras/src/utils/naming.py`.
    static func snakeCase(_ name: String) -> String {
        let characters = Array(name.unicodeScalars.filter { $0.isWord })
        var result = ""
        for (index, character) in characters.enumerated() {
            if index > 0, character.isUpper {
                let followsLower = characters[index - 1].isLower
                let beginsWord = index + 1 < characters.count && characters[index + 1].isLower
                if followsLower || beginsWord { result += "_" }
            }
            result.unicodeScalars.append(character)
        }
        return result.lowercased()
    }

    private mutating func append(
        _ layer: Layer, _ call: ModelConfiguration.Call, _ known: [ModelConfiguration.Reference: Int],
        trains: Bool = false
    ) throws(ModelRefusal) -> Int {
        guard operations.count < Self.mostOperations else {
            throw .model(.moreLayers(than: Self.mostOperations))
        }
        operations.append(
            Operation(
                layer: layer, arguments: call.arguments.map { Self.resolve($0, known) },
                keywords: call.keywords.mapValues { Self.resolve($0, known) },
                trains: trains || call.trains))
        return operations.count - 1
    }

    private static func resolve(
        _ argument: ModelConfiguration.Argument, _ known: [ModelConfiguration.Reference: Int]
    ) -> Argument {
        switch argument {
        case .reference(let reference): known[reference].map { .operation($0) } ?? .constant(.null)
        case .constant(let value): .constant(value)
        case .list(let arguments): .list(arguments.map { resolve($0, known) })
        }
    }

    /// Appends a model's operations.
    ///
    /// - Parameter bound: the operations that are the model's inputs.
    /// - Returns: those that are its outputs.
    private mutating func expand(_ model: ModelConfiguration, _ bound: [Int], trains: Bool)
        throws(ModelRefusal) -> [Int]
    {
        guard model.inputs.count == bound.count, !model.outputs.isEmpty else {
            throw .damaged(.inputCount(given: bound.count, expected: model.inputs.count))
        }
        // Models may be called many times, from models that are too.
        expansions += 1
        guard expansions <= Self.mostOperations else {
            throw .model(.moreModels(than: Self.mostOperations))
        }
        var known = Dictionary(zip(model.inputs, bound)) { first, _ in first }
        var pending = model.items.flatMap { item in
            item.calls.enumerated().map { (item: item, index: $0.offset, call: $0.element) }
        }.filter { known[.init(layer: $0.item.layer.name, call: 0, output: 0)] == nil }
        // Keras lists layers nearly in order; what waits for later ones gets another round.
        while !pending.isEmpty {
            var waiting: [(item: ModelConfiguration.Item, index: Int, call: ModelConfiguration.Call)] = []
            for entry in pending {
                let references = entry.call.references
                guard references.allSatisfy({ known[$0] != nil }) else {
                    waiting.append(entry)
                    continue
                }
                let name = entry.item.layer.name
                if let inner = entry.item.model {
                    let outputs = try expand(
                        inner, references.compactMap { known[$0] }, trains: trains || entry.call.trains)
                    for (output, operation) in outputs.enumerated() {
                        let call = entry.index + entry.item.firstCall
                        known[.init(layer: name, call: call, output: output)] = operation
                    }
                } else {
                    known[.init(layer: name, call: entry.index, output: 0)] = try append(
                        entry.item.layer, entry.call, known, trains: trains)
                }
            }
            guard waiting.count < pending.count else { break }
            pending = waiting
        }
        var outputs: [Int] = []
        for output in model.outputs {
            guard let operation = known[output] else {
                throw .damaged(.unreachableOutput(HDF5Structure.shown(output.layer)))
            }
            outputs.append(operation)
        }
        return outputs
    }
}

extension Unicode.Scalar {
    fileprivate var isUpper: Bool { ("A"..."Z").contains(self) }
    fileprivate var isLower: Bool { ("a"..."z").contains(self) }
    fileprivate var isWord: Bool { isUpper || isLower || ("0"..."9").contains(self) || self == "_" }
}
