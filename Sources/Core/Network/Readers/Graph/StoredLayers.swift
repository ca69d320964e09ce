import Basics

/// The tensors of a Keras file that has a configuration, found by layer. Every tensor is used once
/// at most, and asked for by the layer that owns it.
final class StoredLayers: ModelTensors {
    private let file: HDF5File
    private let datasets: [String: HDF5File.Dataset]
    /// Group of the layers in the layout of Keras 2; nil for that of Keras 3 (`KerasVariablesLayout`).
    private let root: String?
    private let matcher: WeightMatcher
    private var used: Set<String> = []

    init(_ file: HDF5File, matcher: WeightMatcher) throws {
        (self.file, self.matcher) = (file, matcher)
        let found = try file.datasets()
        datasets = Dictionary(found.map { ($0.path, $0) }) { first, _ in first }
        root =
            KerasVariablesLayout.matches(found)
            ? nil : file.contains("/model_weights") ? "/model_weights" : ""
    }

    func tensors(_ layer: ModelGraph.Layer, _ variables: [String]) throws -> [Tensor] {
        let locations =
            try root.map { try legacyLocations(layer, variables, $0) } ?? locations(layer, variables)
        return try zip(variables, locations).map { variable, location in
            let dataset = location.flatMap { datasets[$0] }
            if let dataset { used.insert(dataset.path) }
            // The number of batches that a Normalization saw is an integer, and means nothing here.
            if variable == "count" { return Tensor(zeros: []) }
            guard let dataset, dataset.isFloat else {
                throw ModelRefusal.layer(layer, .missingTensor(variable))
            }
            return try matcher.checked(
                try file.values(of: dataset), shape: dataset.shape, name: "\(layer.name)/\(variable)")
        }
    }

    private func locations(_ layer: ModelGraph.Layer, _ variables: [String]) throws(ModelRefusal) -> [String?]
    {
        let group = Self.group(layer.place) + "/vars"
        if let name = file.strings("name", of: group)?.first, name != layer.name {
            throw .layer(layer, .otherName(HDF5Structure.shown(name)))
        }
        return variables.indices.map { "\(group)/\($0)" }
    }

    private static func group(_ place: ModelGraph.Place) -> String {
        place.objects.map { "/layers/" + $0 }.joined()
    }

    private func legacyLocations(_ layer: ModelGraph.Layer, _ variables: [String], _ root: String)
        throws(ModelRefusal) -> [String?]
    {
        let group = "\(root)/\(layer.place.names[0])"
        let names = file.strings("weight_names", of: group) ?? []
        var locations: [String?] = []
        for variable in variables {
            let own = names.filter { name in
                let parts = name.split(separator: "/").map(String.init)
                guard let leaf = parts.last, KerasHDF5Layout.variable(leaf) == variable else { return false }
                // A layer's own group holds nothing else. Among a model's layers the name decides.
                return layer.place.names.count == 1 || parts.dropLast().last == layer.name
            }
            // Models within a model may have layers of one name.
            let exact = own.filter { name in
                let parts = name.split(separator: "/").map(String.init)
                return layer.place.names.dropFirst().dropLast().allSatisfy(parts.contains)
            }
            let found = own.count > 1 ? exact : own
            guard found.count < 2 else {
                throw .layer(layer, .ambiguousName)
            }
            locations.append(found.first.map { "\(group)/\($0)" })
        }
        return locations
    }

    /// The first tensor of the model that no layer has asked for.
    ///
    /// - Parameter ignored: layers that do not count.
    func unused(except ignored: [ModelGraph.Layer]) -> String? {
        let groups = Set(
            ignored.map { layer in
                root.map { "\($0)/\(layer.place.names[0])" } ?? Self.group(layer.place)
            })
        let names = Set(ignored.map(\.name))
        return datasets.keys.sorted().first { location in
            guard !used.contains(location), location.hasPrefix(root.map { $0 + "/" } ?? "/layers/"),
                !location.contains("/seed_generator/")
            else { return false }
            guard let group = groups.first(where: { location.hasPrefix($0 + "/") }) else { return true }
            // In the layout of Keras 2 the layers of a model share a group.
            return root != nil
                && !location.dropFirst(group.count).split(separator: "/").contains {
                    names.contains(String($0))
                }
        }
    }
}
