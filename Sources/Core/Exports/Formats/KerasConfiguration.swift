import Basics
import Foundation

/// A network's configuration as Keras 3 serialises it: a functional model that holds the base as a
/// model of its own. Arguments with Keras' defaults are left out.
///
/// Source: `keras/src/saving/serialization_lib.py`, `keras/src/models/functional.py`.
struct KerasConfiguration {
    let graph: ExportGraph

    /// Returns the JSON of the whole model.
    ///
    /// - Parameter isLegacy: as in a `.h5` file, where the model does not name its module.
    func json(isLegacy: Bool = false) throws -> String {
        let inside = graph.layers.indices.filter { !graph.base.contains($0) }
        var layers = inside.filter { $0 < graph.base.lowerBound }.map(layer)
        layers.append(base())
        layers += inside.filter { $0 >= graph.base.upperBound }.map(layer)
        var model: [String: Any] = [
            "class_name": "Functional",
            "config": functional("functional", layers, from: 0, to: graph.layers.count - 1),
        ]
        if !isLegacy {
            model["module"] = "keras.src.models.functional"
            model["registered_name"] = "Functional"
            model["compile_config"] = NSNull()
        }
        return try Self.text(model)
    }

    static func text(_ object: [String: Any]) throws -> String {
        String(
            decoding: try JSONSerialization.data(
                withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes]), as: UTF8.self)
    }

    private func functional(_ name: String, _ layers: [[String: Any]], from input: Int, to output: Int)
        -> [String: Any]
    {
        [
            "name": name, "trainable": true, "layers": layers,
            "input_layers": [graph.layers[input].name, 0, 0] as [Any],
            "output_layers": [graph.layers[output].name, 0, 0] as [Any],
        ]
    }

    private func base() -> [String: Any] {
        let layers = graph.base.map(layer)
        // As in Keras' guide to transfer learning.
        let node = node([graph.base.lowerBound - 1], ["training": false, "mask": NSNull()])
        return [
            "module": "keras.src.models.functional", "class_name": "Functional",
            "registered_name": "Functional", "name": graph.baseName, "inbound_nodes": [node],
            "config": functional(
                graph.baseName, layers, from: graph.base.lowerBound, to: graph.base.upperBound - 1),
        ]
    }

    private func layer(_ index: Int) -> [String: Any] {
        let layer = graph.layers[index]
        var config: [String: Any] = ["name": layer.name, "dtype": "float32"]
        for (key, value) in arguments(layer) { config[key] = value }
        var nodes: [[String: Any]] = []
        if layer.operation != .input {
            config["trainable"] = true
            nodes = [node(layer.inputs, isInBase: graph.base.contains(index))]
        }
        return [
            "module": "keras.layers", "class_name": layer.operation.kerasClass, "config": config,
            "registered_name": NSNull(), "name": layer.name, "inbound_nodes": nodes,
        ]
    }

    private func arguments(_ layer: ExportGraph.Layer) -> [String: Any] {
        switch layer.operation {
        case .input:
            ["batch_shape": [NSNull()] + layer.shape as [Any], "sparse": false, "ragged": false]
        case .rescaling(let scale, let offset):
            ["scale": Self.plain(scale), "offset": Self.plain(offset)]
        case .convolution(let kernel, let stride, let isDepthwise, let isSame):
            [
                "kernel_size": [kernel.shape[0], kernel.shape[1]], "strides": [stride, stride],
                "padding": isSame ? "same" : "valid", "data_format": "channels_last",
                "activation": "linear", "use_bias": false,
                isDepthwise ? "depth_multiplier" : "filters": isDepthwise ? 1 : layer.shape[2],
            ]
        case .normalization(let normalization):
            ["axis": -1, "momentum": 0.999, "epsilon": normalization.epsilon, "center": true, "scale": true]
        case .relu6: ["max_value": 6.0, "negative_slope": 0.0, "threshold": 0.0]
        case .padding(let before, let after):
            ["padding": [[before, after], [before, after]], "data_format": "channels_last"]
        case .add: [:]
        case .globalAveragePooling: ["data_format": "channels_last", "keepdims": false]
        case .dropout(let rate): ["rate": rate]
        case .dense(_, let bias):
            ["units": bias.values.count, "activation": "softmax", "use_bias": true]
        }
    }

    /// Returns a number for all channels as such, and one for each as a list.
    private static func plain(_ numbers: [Double]) -> Any {
        if numbers.count == 1 { return numbers[0] }
        return numbers
    }

    /// Returns a call with the outputs of `inputs`.
    ///
    /// - Parameter isInBase: whether the call is within the base; from outside, the base's last
    ///   output is the model's.
    private func node(_ inputs: [Int], isInBase: Bool = false, _ arguments: [String: Any] = [:]) -> [String:
        Any]
    {
        let tensors = inputs.map { input -> [String: Any] in
            let name =
                graph.base.contains(input) && !isInBase ? graph.baseName : graph.layers[input].name
            return [
                "class_name": "__keras_tensor__",
                "config": [
                    "shape": [NSNull()] + graph.layers[input].shape as [Any], "dtype": "float32",
                    "keras_history": [name, 0, 0] as [Any],
                ] as [String: Any],
            ]
        }
        let argument: Any = tensors.count == 1 ? tensors[0] : tensors
        return ["args": [argument], "kwargs": arguments]
    }
}
