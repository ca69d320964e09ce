import Basics

/// Why a model's configuration cannot be used.
enum ModelRefusal: Error, Equatable {
    /// The configuration is not one that Keras writes.
    case damaged(String)
    /// A layer, with the reason as the rest of a sentence that begins with it.
    case layer(name: String, kind: String, String)
    /// Anything else, as a clause.
    case model(String)

    /// The reason, as a clause.
    var reason: String {
        switch self {
        case .damaged(let reason): "its configuration is damaged: \(reason)"
        case .layer(let name, let kind, let reason):
            "layer `\(HDF5Structure.shown(name))` (\(HDF5Structure.shown(kind))) \(reason)"
        case .model(let reason): reason
        }
    }

    func error(_ path: String) -> UserError {
        UserError("\(path) cannot be used: \(reason); docs/model-files.md lists what can be.")
    }
}

extension ModelRefusal {
    static func layer(_ layer: ModelGraph.Layer, _ reason: String) -> ModelRefusal {
        .layer(name: layer.name, kind: layer.kind, reason)
    }
}
