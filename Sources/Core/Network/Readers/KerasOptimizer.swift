import Basics

/// The optimizer that a whole Keras model was saved with.
///
/// It lists its variables in one order: the steps taken, the learning rate, then for each variable that
/// trains its first and second moment; Keras 2 listed all first moments before all second ones. `.keras`
/// files number them (`/optimizer/vars/0`), `.h5` files name them in the attribute `weight_names` of
/// `/optimizer_weights`. The variables that train come in the order of the model's layers.
/// Source: `keras/src/optimizers/adam.py`, `keras/src/legacy/saving/legacy_h5_format.py`.
struct KerasOptimizer {
    typealias Fault = WeightsFailure.TrainingFault

    let network: Backbone
    let file: HDF5File
    /// Keras' description, with `class_name` and `config`; `null` if the model was not compiled.
    let description: JSONValue

    /// A variable that trains, under the network's name.
    private struct Variable {
        var name: String
        var shape: [Int]
    }

    /// Reads the state; nil if the model has no optimizer, or one that has not taken a step.
    ///
    /// - Throws: `Fault` if training cannot go on from it; `HDF5Failure`.
    func training(of model: ModelReader, _ head: ModelHead?) throws -> ModelTraining? {
        let stored = try slots()
        guard !stored.isEmpty, !description.isNull else { return nil }
        let steps = try stored.first { $0.role == .step }.map { try file.values(of: $0.dataset) }
        guard let step = steps?.first, step.isFinite, (0..<0x1p24).contains(step), step == step.rounded()
        else { throw Fault.step }
        guard step > 0 else { return nil }
        try checkSettings()
        let (variables, fineTuneAt) = try trained(by: model, head)
        let (first, second) = (
            stored.filter { $0.role == .first }, stored.filter { $0.role == .second }
        )
        guard first.count == variables.count, second.count == variables.count,
            !stored.contains(where: { $0.role == .other })
        else {
            throw Fault.variables(
                expected: 2 * variables.count, found: stored.count { ![.step, .rate].contains($0.role) })
        }
        var moments = NamedTensors(minimumCapacity: 2 * variables.count)
        for (index, variable) in variables.enumerated() {
            moments["m/\(variable.name)"] = try moment(first[index], of: variable)
            let squares = try moment(second[index], of: variable)
            guard squares.values.allSatisfy({ $0 >= 0 }) else { throw Fault.negativeMoment(variable.name) }
            moments["v/\(variable.name)"] = squares
        }
        let rate = try stored.first { $0.role == .rate }.flatMap { try file.values(of: $0.dataset).first }
        return ModelTraining(
            fineTuneAt: fineTuneAt, step: Int(step),
            learningRate: rate.map(Double.init) ?? description["config"]["learning_rate"].number,
            moments: moments)
    }

    private func moment(_ slot: Slot, of variable: Variable) throws -> Tensor {
        guard slot.dataset.shape == variable.shape, slot.dataset.isFloat else {
            throw Fault.variable(variable.name, found: slot.dataset.shape, expected: variable.shape)
        }
        let values = try file.values(of: slot.dataset)
        guard values.allSatisfy(\.isFinite) else { throw Fault.negativeMoment(variable.name) }
        return Tensor(shape: variable.shape, values: values)
    }

    // MARK: The stored variables

    private struct Slot {
        enum Role { case step, rate, first, second, other }
        var role: Role
        var dataset: HDF5File.Dataset
    }

    private func slots() throws -> [Slot] {
        let numbered = try file.datasets(under: "/optimizer/vars").compactMap { dataset in
            dataset.path.split(separator: "/").last.flatMap { Int($0) }.map { ($0, dataset) }
        }.sorted { $0.0 < $1.0 }.map(\.1)
        guard numbered.isEmpty else { return Self.slots(numbered: numbered) }
        let names = file.strings("weight_names", of: "/optimizer_weights") ?? []
        let datasets = try file.datasets(under: "/optimizer_weights")
        let byPath = Dictionary(datasets.map { ($0.path, $0) }) { first, _ in first }
        return names.compactMap { name in
            byPath["/optimizer_weights/" + name].map { Slot(role: Self.role(name), dataset: $0) }
        }
    }

    /// Scalars come first: steps are counted by an integer, and a rate is not one.
    private static func slots(numbered: [HDF5File.Dataset]) -> [Slot] {
        let scalars = numbered.prefix { $0.shape.isEmpty }
        return scalars.map { Slot(role: $0.isFloat ? .rate : .step, dataset: $0) }
            + numbered.dropFirst(scalars.count).enumerated().map { index, dataset in
                Slot(role: index.isMultiple(of: 2) ? .first : .second, dataset: dataset)
            }
    }

    /// Recognises `adam/dense_kernel_momentum` of Keras 3, `Adam/m/dense/kernel:0` and
    /// `Adam/dense/kernel/m:0` of Keras 2.
    private static func role(_ name: String) -> Slot.Role {
        let parts = name.split(separator: "/").map { $0.split(separator: ":").first.map(String.init) ?? "" }
        let leaf = parts.last ?? ""
        if ["iteration", "iter"].contains(leaf) { return .step }
        if leaf == "learning_rate" || leaf == "current_learning_rate" { return .rate }
        if leaf.hasSuffix("_momentum") || leaf == "m" || parts.dropFirst().first == "m" { return .first }
        if leaf.hasSuffix("_velocity") || leaf == "v" || parts.dropFirst().first == "v" { return .second }
        return .other
    }

    // MARK: What Keras trained

    private func checkSettings() throws(Fault) {
        let kind = description["class_name"].string?.split(separator: ">").last.map(String.init) ?? ""
        guard kind == "Adam" else { throw .optimizer(HDF5Structure.shown(kind)) }
        let config = description["config"]
        let constants: [(String, Float)] = [
            ("beta_1", Adam.beta1), ("beta_2", Adam.beta2), ("epsilon", Adam.epsilon),
        ]
        for (name, value) in constants {
            guard let number = config[name].number, Float(number) == value else { throw .setting(name) }
        }
        for name in [
            "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "loss_scale_factor",
            "gradient_accumulation_steps", "decay",
        ] where !config[name].isNull && config[name].number != 0 && config[name].bool != false {
            throw .setting(name)
        }
        for name in ["amsgrad", "use_ema"] where config[name].bool == true { throw .setting(name) }
    }

    /// Returns the variables that the model trains, in Keras' order, and the first layer of the base among
    /// them.
    private func trained(by model: ModelReader, _ head: ModelHead?) throws(Fault) -> ([Variable], Int?) {
        guard case .standard(let kernel, let bias)? = head?.form else { throw .otherHead }
        let layers = network.layers.filter { !$0.weights.isEmpty }
        let base = Dictionary(zip(model.base.map(\.place), layers)) { first, _ in first }
        var variables: [Variable] = []
        var trained: Set<Int> = []
        var seen: Set<ModelGraph.Place> = []
        var hasHead = false
        for layer in model.graph.operations.map(\.layer) where layer.isTrainable {
            guard seen.insert(layer.place).inserted else { continue }
            if let own = base[layer.place] {
                trained.insert(own.index)
                for weight in own.weights where !weight.name.contains("/moving_") {
                    variables.append(Variable(name: weight.name, shape: weight.shape))
                }
            } else if layer.kind == "Dense" {
                guard layer.config["use_bias"].bool != false else { throw .otherHead }
                hasHead = true
                variables.append(Variable(name: "dense/kernel", shape: kernel.shape))
                variables.append(Variable(name: "dense/bias", shape: bias.shape))
            } else if ["BatchNormalization", "LayerNormalization"].contains(layer.kind) {
                throw .trains(HDF5Structure.shown(layer.name))
            }
        }
        guard hasHead else { throw .frozen("dense", above: layers.last?.name ?? "") }
        let first = trained.min()
        if let first, let frozen = layers.first(where: { $0.index > first && !trained.contains($0.index) }) {
            throw .frozen(frozen.name, above: network.layers[first].name)
        }
        return (variables, first)
    }
}
