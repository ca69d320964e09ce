/// The layout of Keras 3's `.weights.h5` files, which `.keras` files also contain.
///
/// A layer's tensors are `…/vars/0`, `…/vars/1` and so on, below the attribute path of the layer:
/// `layers/functional/layers/conv2d_5/vars/0`. The last step of that path is the layer's class with
/// a counter; newer versions also store the layer's own name in the attribute `name` of the group
/// `vars`. Source: `keras/src/saving/saving_lib.py`.
struct KerasVariablesLayout {
    let network: Backbone

    /// Whether any of a file's datasets have this layout.
    static func matches(_ datasets: [HDF5File.Dataset]) -> Bool { datasets.contains { Slot($0) != nil } }

    func read(_ file: HDF5File) throws -> StoredModel {
        let slots = try file.datasets().compactMap { Slot($0) }
        let tensors = slots.map { slot in
            let name = file.strings("name", of: slot.group)?.first ?? slot.object
            return slot.tensor(layer: name, variables: Self.variables(slot.object))
        }
        return StoredModel(tensors: tensors, byOrder: ordered(slots))
    }

    /// One dataset: `/<container>/<object>/vars/<index>`.
    private struct Slot {
        let container: String
        /// Class in snake case with a counter: `batch_normalization_3`.
        let object: String
        let index: Int
        let dataset: HDF5File.Dataset
        var group: String { "\(container)/\(object)/vars" }

        init?(_ dataset: HDF5File.Dataset) {
            let components = dataset.path.split(separator: "/")
            guard dataset.isFloat, components.count >= 3, components[0] != "optimizer",
                components[components.count - 2] == "vars", let index = Int(components[components.count - 1])
            else { return nil }
            container = components.dropLast(3).map { "/" + $0 }.joined()
            object = String(components[components.count - 3])
            (self.index, self.dataset) = (index, dataset)
        }

        func tensor(layer: String, variables: [String]) -> StoredTensor {
            StoredTensor(
                layer: layer, variable: index < variables.count ? variables[index] : "\(index)",
                shape: dataset.shape,
                location: dataset.path)
        }
    }

    private static let normalization = ["gamma", "beta", "moving_mean", "moving_variance"]

    /// Returns the names of a layer's variables, in the order of its slots.
    private static func variables(_ object: String) -> [String] {
        object.hasPrefix("batch_normalization") ? normalization : ["kernel", "bias"]
    }

    /// Names layers by class and counter, which follow the network's order, in the one container
    /// that has all of the network's layers with weights.
    private func ordered(_ slots: [Slot]) -> [StoredTensor] {
        var automatic: [String: Backbone.Layer] = [:]
        var counters: [String: Int] = [:]
        for layer in network.layers {
            guard let stem = Self.stem(layer.kind) else { continue }
            let count = counters[stem, default: 0]
            automatic[count == 0 ? stem : "\(stem)_\(count)"] = layer
            counters[stem] = count + 1
        }
        for (_, members) in Dictionary(grouping: slots, by: \.container).sorted(by: { $0.key < $1.key }) {
            let objects = Set(members.map(\.object))
            guard automatic.keys.allSatisfy(objects.contains) else { continue }
            return members.compactMap { slot in
                automatic[slot.object].map { layer in
                    slot.tensor(
                        layer: layer.name,
                        variables: layer.weights.map { String($0.name.dropFirst(layer.name.count + 1)) })
                }
            }
        }
        return []
    }

    /// Returns Keras' snake-case class name of a layer that has weights.
    private static func stem(_ kind: Backbone.Kind) -> String? {
        switch kind {
        case .conv2D: "conv2d"
        case .depthwiseConv2D: "depthwise_conv2d"
        case .batchNormalization: "batch_normalization"
        case .inputLayer, .relu, .zeroPadding2D, .add: nil
        }
    }
}
