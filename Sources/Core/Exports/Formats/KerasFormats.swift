import Basics
package import Foundation

/// A network in Keras' three formats.
package enum KerasFormats {
    /// The version of Keras whose format is written.
    private static let version = "3.0.0"

    /// Returns a `.keras` archive: the configuration, the weights, and the classes in the metadata.
    package static func archive(_ graph: ExportGraph) throws -> Data {
        let metadata: [String: Any] = [
            "keras_version": version, "classes": graph.classes, "origin": graph.title,
        ]
        var zip = ZipWriter()
        zip.add("metadata.json", Data(try KerasConfiguration.text(metadata).utf8))
        zip.add("config.json", Data(try KerasConfiguration(graph: graph).json().utf8))
        zip.add("model.weights.h5", try weights(graph))
        return zip.finish()
    }

    /// Returns a `.weights.h5` file: each layer's variables by number, below its path in the model.
    /// Source: `keras/src/saving/saving_lib.py`.
    package static func weights(_ graph: ExportGraph) throws -> Data {
        try HDF5Writer.file { file in
            try writeVariables(ofLayers: outside(graph), of: graph, below: "/layers", to: file)
            let base = "/layers/functional"
            try writeVariables(ofLayers: Array(graph.base), of: graph, below: base + "/layers", to: file)
            for (group, name) in [(base, graph.baseName), ("", "functional")] {
                try file.group(group + "/vars")
                try file.attribute("name", of: group + "/vars", name)
            }
        }
    }

    private static func outside(_ graph: ExportGraph) -> [Int] {
        graph.layers.indices.filter { !graph.base.contains($0) }
    }

    private static func writeVariables(
        ofLayers layers: [Int], of graph: ExportGraph, below container: String,
        to file: HDF5Writer
    ) throws {
        // Layers of one class are counted: conv2d, conv2d_1, conv2d_2.
        var counts: [String: Int] = [:]
        for layer in layers.map({ graph.layers[$0] }) {
            let object = layer.operation.kerasObject
            let count = counts[object, default: 0]
            counts[object] = count + 1
            let group = "\(container)/\(object)\(count == 0 ? "" : "_\(count)")/vars"
            try file.group(group)
            try file.attribute("name", of: group, layer.name)
            for (index, variable) in layer.operation.variables.enumerated() {
                try file.tensor("\(group)/\(index)", variable.tensor)
            }
        }
    }

    /// Returns a whole model as `.h5`: a group for each layer of the model, the base being one of
    /// them, and the configuration as an attribute. Source:
    /// `keras/src/legacy/saving/legacy_h5_format.py`.
    package static func hdf5(_ graph: ExportGraph) throws -> Data {
        let configuration = try KerasConfiguration(graph: graph).json(isLegacy: true)
        let classes = try ClassNames.json(graph.classes)
        return try HDF5Writer.file { file in
            for (name, text) in [
                ("keras_version", version), ("backend", "tensorflow"), ("model_config", configuration),
                ("classes", classes), ("origin", graph.title),
            ] { try file.attribute(name, of: "/", text) }
            let root = "/model_weights"
            let top = outside(graph).filter { $0 < graph.base.lowerBound }
            let head = outside(graph).filter { $0 >= graph.base.upperBound }
            try file.group(root)
            let names =
                top.map { graph.layers[$0].name } + [graph.baseName] + head.map { graph.layers[$0].name }
            for (name, text) in [("keras_version", version), ("backend", "tensorflow")] {
                try file.attribute(name, of: root, text)
            }
            try file.attribute("layer_names", of: root, names)
            for layer in top + head {
                try writeLegacy([layer], of: graph, as: graph.layers[layer].name, below: root, to: file)
            }
            try writeLegacy(Array(graph.base), of: graph, as: graph.baseName, below: root, to: file)
            try file.group(root + "/top_level_model_weights")
            try file.attribute("weight_names", of: root + "/top_level_model_weights", [String]())
        }
    }

    /// Writes the variables of one layer, or of a model within the model: those that train first.
    private static func writeLegacy(
        _ layers: [Int], of graph: ExportGraph, as name: String, below root: String,
        to file: HDF5Writer
    ) throws {
        let group = "\(root)/\(name)"
        try file.group(group)
        let variables = layers.flatMap { index in
            graph.layers[index].operation.variables.map {
                (path: "\(graph.layers[index].name)/\($0.name)", variable: $0)
            }
        }
        let ordered = variables.filter(\.variable.trains) + variables.filter { !$0.variable.trains }
        try file.attribute("weight_names", of: group, ordered.map(\.path))
        for (path, variable) in ordered { try file.tensor("\(group)/\(path)", variable.tensor) }
    }
}
