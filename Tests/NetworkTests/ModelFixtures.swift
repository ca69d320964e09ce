import Foundation
import TestSupport

@testable import Basics
@testable import Network

/// The models made by `Tests/Fixtures/models.py`, with Keras' answers and the models to be refused.
enum ModelFixtures {
    /// Returns the path of a model; those in `.h5` are packed.
    static func path(_ name: String) -> String {
        URL(fileURLWithPath: ReaderFixtures.path("")).deletingLastPathComponent()
            .appendingPathComponent("models/" + name + (name.hasSuffix(".h5") ? ".zip" : "")).path
    }

    /// By model: the photos' `size`, and the `probabilities` of two photos.
    static func answers() throws -> JSONValue {
        try JSONValue(Data(contentsOf: URL(fileURLWithPath: path("answers.json"))))
    }

    /// [height, width, 3] in 0…255.
    static func pixels(_ index: Int, size: [Int]) -> [Float] {
        HashNetwork.values("pixels_\(index)", size[0] * size[1] * 3).map { Float(($0 + 1) * 127.5) }
    }

    struct Refusal {
        var name: String
        var configuration: JSONValue
        var loss: JSONValue
        /// Shapes of the tensors outside the base, by layer and variable.
        var shapes: [String: [Int]]
        /// Parts of the sentence.
        var words: [String]
    }

    static func refusals() throws -> [Refusal] {
        let folder = try TemporaryFolder()
        _ = try Archive.extractMember(
            of: path("refusals.zip"), to: folder("refusals.json"), where: { $0 == "refusals.json" })
        let json = try JSONValue(Data(contentsOf: URL(fileURLWithPath: folder("refusals.json"))))
        let parts = json["parts"].array ?? []
        return (json["models"].array ?? []).map { model in
            Refusal(
                name: model["name"].string ?? "", configuration: whole(model["config"], parts),
                loss: model["loss"], shapes: (model["shapes"].object ?? [:]).compactMapValues(\.integers),
                words: (model["words"].array ?? []).compactMap(\.string))
        }
    }

    /// Puts the parts that models share back in place.
    private static func whole(_ value: JSONValue, _ parts: [JSONValue]) -> JSONValue {
        switch value {
        case .array(let values): return .array(values.map { whole($0, parts) })
        case .object(let members):
            guard let part = value["$part"].integer else {
                return .object(members.mapValues { whole($0, parts) })
            }
            return .object((parts[part].object ?? [:]).merging(members) { $1 })
        default: return value
        }
    }

    /// Tensors of zeros.
    struct Zeros: ModelTensors {
        var shapes: [String: [Int]]

        func tensors(_ layer: ModelGraph.Layer, _ variables: [String]) throws -> [Tensor] {
            try variables.map { variable in
                guard let shape = shapes["\(layer.name)/\(variable)"] else {
                    throw UserError("The fixture has no shape of \(layer.name)/\(variable).")
                }
                return Tensor(zeros: shape)
            }
        }
    }
}
