/// The layout of Keras 2's `.h5` files and Keras 3's "legacy" ones, both weights only and whole
/// models (then below `/model_weights`).
///
/// Each layer is a group whose attribute `weight_names` lists its tensors; a nested model is one
/// such group. The root's attribute `layer_names` gives the order of the layers. Source:
/// `keras/src/legacy/saving/legacy_h5_format.py`.
struct KerasHDF5Layout {
    let network: Backbone

    func read(_ file: HDF5File) throws -> StoredModel {
        let root = file.contains("/model_weights") ? "/model_weights" : "/"
        let datasets = try file.datasets(under: root).filter(\.isFloat)
        let layers = Set(network.layers.map(\.name))
        let tensors = datasets.compactMap { dataset -> StoredTensor? in
            let components = dataset.path.split(separator: "/").map(String.init)
            guard components.count >= 2, components[0] != "optimizer_weights" else { return nil }
            let owner = components.dropLast()
            // Old files repeat a layer's name with a counter, `Conv1/Conv1_1/kernel:0`; the group
            // above then carries the layer's own name.
            let layer = owner.last { layers.contains($0) } ?? owner[owner.endIndex - 1]
            return StoredTensor(
                layer: layer, variable: Self.variable(components[components.count - 1]), shape: dataset.shape,
                location: dataset.path)
        }
        return StoredModel(tensors: tensors, byOrder: ordered(file, root, datasets))
    }

    /// Returns Keras 3's name of a variable: Keras 2's `depthwise_kernel:0` is `kernel`.
    static func variable(_ leaf: String) -> String {
        let name = leaf.split(separator: ":").first.map(String.init) ?? leaf
        return name == "depthwise_kernel" ? "kernel" : name
    }

    /// Assigns the network's names to the file's layers by order, for models whose layers have
    /// other names. Empty unless each layer has as many tensors as the network's.
    private func ordered(_ file: HDF5File, _ root: String, _ datasets: [HDF5File.Dataset]) -> [StoredTensor] {
        guard let names = file.strings("layer_names", of: root) else { return [] }
        let shapes = Dictionary(datasets.map { ($0.path, $0.shape) }) { first, _ in first }
        let base = root == "/" ? "" : root
        let stored = names.map { layer in
            (file.strings("weight_names", of: "\(base)/\(layer)") ?? []).map { "\(base)/\(layer)/\($0)" }
        }.filter { !$0.isEmpty }
        let expected = network.layers.filter { !$0.weights.isEmpty }
        guard stored.count >= expected.count else { return [] }
        var tensors: [StoredTensor] = []
        for (layer, locations) in zip(expected, stored) {
            guard locations.count == layer.weights.count else { return [] }
            for (weight, location) in zip(layer.weights, locations) {
                guard let shape = shapes[location] else { return [] }
                tensors.append(
                    StoredTensor(
                        layer: layer.name, variable: String(weight.name.dropFirst(layer.name.count + 1)),
                        shape: shape,
                        location: location))
            }
        }
        return tensors
    }
}
