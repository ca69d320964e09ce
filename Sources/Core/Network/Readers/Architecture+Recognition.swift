/// Recognition of the base in a file that nobody has named it for. It only chooses the base that the file
/// is then read for; whatever does not fit that is refused there, by its name.
extension Architecture {
    /// Returns the base whose convolutions a model's begin with, by their filters.
    static func recognised(in graph: ModelGraph) -> Architecture {
        let filters = graph.operations.filter { $0.kind == Backbone.Kind.conv2D.rawValue }.map {
            $0.layer.config["filters"].integer ?? 0
        }
        return best { network in
            let own = network.convolutions.filter { !$0.form.isDepthwise }.map(\.outputChannels)
            return Double(zip(own, filters).prefix { $0.0 == $0.1 }.count) / Double(own.count)
        }
    }

    /// Returns the base most of whose tensors are among those of a file, by their shapes in Keras' layouts.
    static func recognised(among shapes: [[Int]]) -> Architecture {
        let stored = Dictionary(shapes.map { ($0, 1) }, uniquingKeysWith: +)
        return best { network in
            let own = Dictionary(network.weights.map { ($0.shape, 1) }, uniquingKeysWith: +)
            let found = own.reduce(0) { $0 + min($1.value, stored[$1.key] ?? 0) }
            return Double(found) / Double(network.weights.count)
        }
    }

    private static func best(_ share: (Backbone) -> Double) -> Architecture {
        var (best, most) = (Architecture.mobileNetV2, 0.0)
        for architecture in allCases {
            let found = share(Backbone(architecture, imageSize: architecture.standardImageSize))
            if found > most { (best, most) = (architecture, found) }
        }
        return best
    }
}
