import Basics

/// The match between a weight file's tensors and those of the network and its head, with checks of
/// shapes and values.
package struct WeightMatcher {
    let network: Backbone
    /// Path of the file, for error messages.
    let path: String

    /// The stored tensor for each tensor of the network.
    struct Match {
        /// In the network's order.
        var base: [(weight: Backbone.Weight, stored: StoredTensor)]
        /// The only dense layer on the features; a failure if the file has none, or more than that.
        var head: Result<(kernel: StoredTensor, bias: StoredTensor?), WeightsFailure>
    }

    /// Matches by name or, failing that, by order.
    ///
    /// - Throws: `WeightsFailure` if the file is of another architecture.
    func match(_ model: StoredModel) throws -> Match {
        let named = Dictionary(model.tensors.map { ($0.name, $0) }) { first, _ in first }
        let ordered = Dictionary(model.byOrder.map { ($0.name, $0) }) { first, _ in first }
        let isNamed = network.weights.allSatisfy { named[$0.name] != nil }
        let isOrdered = !isNamed && network.weights.allSatisfy { ordered[$0.name] != nil }
        let source = isOrdered ? ordered : named
        if !isNamed, !isOrdered, !network.weights.contains(where: { named[$0.name] != nil }) {
            throw failure(
                .otherNetwork(tensors: model.tensors.count, expected: network.weights.count))
        }
        let base = try network.weights.map { weight in
            guard let stored = source[weight.name] else {
                throw failure(.missingTensor(weight.name, expected: weight.shape))
            }
            guard stored.shape == weight.shape else {
                throw mismatch(weight, stored.shape)
            }
            return (weight: weight, stored: stored)
        }
        let used = Set(base.map(\.stored.location))
        let rest = model.tensors.filter { !used.contains($0.location) }
        if let normalization = rest.first(where: { $0.layer.hasPrefix("normalization") }) {
            throw unexplained(normalization)
        }
        return Match(base: base, head: Result { () throws(WeightsFailure) in try head(among: rest) })
    }

    /// Reads and checks the values of the matched tensors.
    ///
    /// - Throws: `WeightsFailure` if values are missing or not finite, or a variance is negative.
    func load(
        _ match: Match, format: WeightsFormat, metadata: [String: String],
        values: (StoredTensor) throws -> [Float]
    ) throws -> LoadedWeights {
        func tensor(_ stored: StoredTensor, as name: String) throws -> Tensor {
            try checked(try values(stored), shape: stored.shape, name: name)
        }
        var tensors = NamedTensors(minimumCapacity: match.base.count)
        for (weight, stored) in match.base { tensors[weight.name] = try tensor(stored, as: weight.name) }
        var head: Result<ModelHead, UserError>
        switch match.head {
        case .success(let (kernel, bias)):
            head = .success(
                ModelHead(
                    kernel: try tensor(kernel, as: kernel.name),
                    bias: try bias.map { try tensor($0, as: $0.name) } ?? Tensor(zeros: [kernel.shape[1]])))
        case .failure(let failure): head = .failure(UserError(failure))
        }
        var loaded = LoadedWeights(tensors: tensors, head: head, format: format, metadata: metadata)
        loaded.architecture = network.architecture
        return loaded
    }

    /// Checks a tensor's values.
    ///
    /// - Throws: `WeightsFailure` if values are missing or not finite, or a variance is negative.
    func checked(_ numbers: [Float], shape: [Int], name: String) throws -> Tensor {
        guard numbers.count == shape.reduce(1, *) else {
            throw WeightsFailure(path, .notWhole(tensor: name))
        }
        guard numbers.allSatisfy(\.isFinite) else {
            throw WeightsFailure(path, .notFinite(tensor: name))
        }
        if name.hasSuffix("variance"), numbers.contains(where: { $0 < 0 }) {
            throw WeightsFailure(path, .negativeVariance(tensor: name))
        }
        return Tensor(shape: shape, values: numbers)
    }

    /// Returns the file's only dense layer if it fits the features and nothing else is in the file.
    private func head(among rest: [StoredTensor]) throws(WeightsFailure) -> (
        kernel: StoredTensor, bias: StoredTensor?
    ) {
        guard !rest.isEmpty else { throw failure(.noHead) }
        guard
            let kernel = rest.first(where: {
                $0.variable == "kernel" && $0.shape.count == 2 && $0.shape[0] == network.featureChannels
                    && $0.shape[1] > 0
            })
        else { throw unexplained(rest[0]) }
        let bias = rest.first {
            $0.layer == kernel.layer && $0.variable == "bias" && $0.shape == [kernel.shape[1]]
        }
        if let other = rest.first(where: { $0 != kernel && $0 != bias }) { throw unexplained(other) }
        return (kernel, bias)
    }

    private func unexplained(_ tensor: StoredTensor) -> WeightsFailure {
        failure(.unexplained(tensor: HDF5Structure.shown(tensor.name), shape: tensor.shape))
    }

    /// Reads a model that comes with its configuration.
    ///
    /// - Parameters:
    ///   - compilation: the arguments of Keras' `compile`, of which the loss and the optimizer matter;
    ///     `null` if unknown.
    /// - Throws: `WeightsFailure` naming the first layer up to the base's output that is not
    ///   supported.
    func read(
        _ file: HDF5File, _ graph: ModelGraph, compilation: JSONValue, format: WeightsFormat
    ) throws -> LoadedWeights {
        do {
            let stored = try StoredLayers(file, matcher: self)
            let model = try ModelReader(graph, tensors: stored, architecture: network.architecture)
            var tensors = NamedTensors(minimumCapacity: network.weights.count)
            for (expected, layer) in zip(network.layers.filter { !$0.weights.isEmpty }, model.base) {
                let variables = expected.weights.map { String($0.name.dropFirst(expected.name.count + 1)) }
                for (weight, tensor) in zip(expected.weights, try stored.tensors(layer, variables)) {
                    guard tensor.shape == weight.shape else {
                        throw mismatch(weight, tensor.shape)
                    }
                    tensors[weight.name] = tensor
                }
            }
            var loaded = LoadedWeights(
                tensors: tensors, preprocessing: model.preprocessing,
                head: try head(of: model, stored, compilation["loss"]), format: format)
            loaded.architecture = network.architecture
            loaded.training = try training(of: model, file, compilation, try? loaded.head.get())
            return loaded
        } catch let refusal as ModelRefusal {
            throw WeightsFailure(path, .model(refusal))
        }
    }

    /// Reads how far the model was trained. This may fail without the weights being unusable.
    private func training(
        of model: ModelReader, _ file: HDF5File, _ compilation: JSONValue, _ head: ModelHead?
    ) throws -> Result<ModelTraining?, WeightsFailure> {
        do {
            let optimizer =
                compilation["optimizer"].isNull ? compilation["optimizer_config"] : compilation["optimizer"]
            return .success(
                try KerasOptimizer(network: network, file: file, description: optimizer).training(
                    of: model, head))
        } catch let fault as WeightsFailure.TrainingFault {
            return .failure(failure(.training(fault)))
        }
    }

    /// Reads the layers after the base. Only these may fail without the base being unusable.
    private func head(of model: ModelReader, _ stored: StoredLayers, _ loss: JSONValue) throws -> Result<
        ModelHead, UserError
    > {
        do {
            let head = try HeadReader.head(model, loss: loss)
            let outputs = model.graph.outputs
            let unneeded = model.graph.operations.indices.filter {
                model.consumers[$0].isEmpty && !outputs.contains($0)
            }
            if let tensor = stored.unused(except: unneeded.map { model.graph.operations[$0].layer }) {
                throw ModelRefusal.model(.unusedTensor(HDF5Structure.shown(tensor)))
            }
            return .success(head)
        } catch let refusal as ModelRefusal {
            return .failure(UserError(WeightsFailure(path, .model(refusal))))
        } catch var failure as any WeightsFileFailure {
            // The person knows the file that was given, not one unpacked from it.
            failure.path = path
            return .failure(UserError(failure))
        } catch let error as any Failure {
            return .failure(UserError(error))
        }
    }

    private func failure(_ fault: WeightsFailure.Fault) -> WeightsFailure {
        WeightsFailure(path, fault, network.architecture)
    }

    private func mismatch(_ weight: Backbone.Weight, _ found: [Int]) -> WeightsFailure {
        failure(.shape(of: weight.name, found: found, expected: weight.shape))
    }

    package static func text(_ shape: [Int]) -> String {
        shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "×")
    }
}
