import Basics

/// The match between a weight file's tensors and those of the network and its head, with checks of
/// shapes and values.
package struct WeightMatcher {
    let network: MobileNetV2
    /// Path of the file, for error messages.
    let path: String

    /// The stored tensor for each tensor of the network.
    struct Match {
        /// In the network's order.
        var base: [(weight: MobileNetV2.Weight, stored: StoredTensor)]
        var headKernel: StoredTensor?
        var headBias: StoredTensor?
    }

    /// Matches by name or, failing that, by order.
    ///
    /// - Throws: `UserError` if the file is of another architecture.
    func match(_ model: StoredModel) throws -> Match {
        let named = Dictionary(model.tensors.map { ($0.name, $0) }) { first, _ in first }
        let ordered = Dictionary(model.byOrder.map { ($0.name, $0) }) { first, _ in first }
        let isNamed = network.weights.allSatisfy { named[$0.name] != nil }
        let isOrdered = !isNamed && network.weights.allSatisfy { ordered[$0.name] != nil }
        let source = isOrdered ? ordered : named
        if !isNamed, !isOrdered, !network.weights.contains(where: { named[$0.name] != nil }) {
            throw UserError(
                "\(path) holds no MobileNetV2: none of its \(model.tensors.count) tensors is one of the network's "
                    + "\(network.weights.count); give weights of keras.applications.MobileNetV2 with alpha 1."
            )
        }
        let base = try network.weights.map { weight in
            guard let stored = source[weight.name] else { throw mismatch(weight, "is missing") }
            guard stored.shape == weight.shape else {
                throw mismatch(weight, "has the shape \(Self.text(stored.shape))")
            }
            return (weight: weight, stored: stored)
        }
        var match = Match(base: base)
        let used = Set(base.map(\.stored.location))
        findHead(among: model.tensors.filter { !used.contains($0.location) }, into: &match)
        return match
    }

    /// Reads and checks the values of the matched tensors.
    ///
    /// - Throws: `UserError` if values are missing or not finite, or a variance is negative.
    func load(
        _ match: Match, format: WeightsFormat, metadata: [String: String],
        values: (StoredTensor) throws -> [Float]
    ) throws -> LoadedWeights {
        func tensor(_ stored: StoredTensor, as name: String) throws -> Tensor {
            let numbers = try values(stored)
            guard numbers.count == stored.shape.reduce(1, *) else {
                throw UserError("\(path) is damaged: \(name) is not whole; fetch or save the file again.")
            }
            guard numbers.allSatisfy(\.isFinite) else {
                throw UserError("\(path) cannot be used: \(name) holds values that are not finite numbers.")
            }
            if name.hasSuffix("/moving_variance"), numbers.contains(where: { $0 < 0 }) {
                throw UserError("\(path) cannot be used: \(name) holds a negative variance.")
            }
            return Tensor(shape: stored.shape, values: numbers)
        }
        var tensors = NamedTensors(minimumCapacity: match.base.count)
        for (weight, stored) in match.base { tensors[weight.name] = try tensor(stored, as: weight.name) }
        var head: (kernel: Tensor, bias: Tensor)?
        if let kernel = match.headKernel {
            let bias =
                try match.headBias.map { try tensor($0, as: $0.name) } ?? Tensor(zeros: [kernel.shape[1]])
            head = (try tensor(kernel, as: kernel.name), bias)
        }
        return LoadedWeights(tensors: tensors, head: head, format: format, metadata: metadata)
    }

    /// Takes the file's only dense layer as the head, if it fits the features. With more than one,
    /// the model's top is not the one that this program trains.
    private func findHead(among rest: [StoredTensor], into match: inout Match) {
        let kernels = rest.filter { $0.variable == "kernel" && $0.shape.count == 2 }
        guard kernels.count == 1, kernels[0].shape[0] == MobileNetV2.featureChannels else { return }
        match.headKernel = kernels[0]
        match.headBias = rest.first {
            $0.layer == kernels[0].layer && $0.variable == "bias" && $0.shape == [kernels[0].shape[1]]
        }
    }

    private func mismatch(_ weight: MobileNetV2.Weight, _ found: String) -> UserError {
        UserError(
            "\(path) is of another architecture: \(weight.name) \(found) where MobileNetV2 has "
                + "\(Self.text(weight.shape)); give weights of keras.applications.MobileNetV2 with alpha 1.")
    }

    package static func text(_ shape: [Int]) -> String {
        shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "×")
    }
}
