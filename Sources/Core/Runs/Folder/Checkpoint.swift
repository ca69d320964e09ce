package import Basics
package import Foundation
import Network
package import Recipes

/// The state of a run in one safetensors file: the base's tensors under Keras' names,
/// `dense/kernel` [channels, classes], `dense/bias` [classes], Adam's moments of each trained tensor as
/// `optimizer/m/<name>` and `optimizer/v/<name>`, and a header in the metadata.
package struct Checkpoint: Sendable, Equatable {
    package var header: Header
    package var tensors: NamedTensors

    package typealias Header = CheckpointHeader

    package static let momentsPrefix = WeightsFile.optimizerPrefix

    /// Adam's moments under their names without the prefix.
    package var moments: NamedTensors {
        var result: NamedTensors = [:]
        for (name, tensor) in tensors where name.hasPrefix(Self.momentsPrefix) {
            result[String(name.dropFirst(Self.momentsPrefix.count))] = tensor
        }
        return result
    }

    /// Name of Adam's first moment of the tensor `name`.
    package static func firstMoment(of name: String) -> String { "\(momentsPrefix)m/\(name)" }
    /// Name of Adam's second moment of the tensor `name`.
    package static func secondMoment(of name: String) -> String { "\(momentsPrefix)v/\(name)" }

    package init(header: Header, tensors: NamedTensors) { (self.header, self.tensors) = (header, tensors) }

    /// The checkpoint without the optimizer's moments: what evaluation and prediction need.
    package var withoutMoments: Checkpoint {
        Checkpoint(header: header, tensors: tensors.filter { !$0.key.hasPrefix(Self.momentsPrefix) })
    }

    /// Writes the file atomically.
    ///
    /// - Throws: `FileFailure` if it cannot be written; an existing file is then intact.
    package func save(to path: String) throws {
        try Safetensors.write(tensors, metadata: metadata(), to: path)
    }

    /// Writes the file to a path that a person named (`ExportFile`).
    package func export(to path: String, replacing: Bool) throws -> ExportFile.Kind {
        try Safetensors.export(tensors, metadata: metadata(), to: path, replacing: replacing)
    }

    private func metadata() throws -> [String: String] {
        [Header.metadataKey: String(decoding: try Header.encoder().encode(header), as: UTF8.self)]
    }

    /// Reads and checks a file written by `save`.
    ///
    /// - Throws: `CheckpointFailure` if it is not a checkpoint, is damaged, is from a newer version, or
    ///   lacks a tensor.
    package static func load(_ path: String) throws -> Checkpoint {
        try Checkpoint(Safetensors.read(path), path)
    }

    /// The bytes of its file.
    package func data() throws -> Data { try Safetensors.data(tensors, metadata: metadata()) }

    /// Reads and checks what `data` returned.
    package init(data: Data) throws {
        try self.init(Safetensors.read(data, from: "checkpoint"), "checkpoint")
    }

    private init(_ file: (tensors: NamedTensors, metadata: [String: String]), _ path: String) throws {
        let (tensors, metadata) = file
        guard let header = try Header(metadata: metadata, path: path) else {
            throw CheckpointFailure(path, .weightsOnly)
        }
        self.init(header: header, tensors: tensors)
        try check(path)
    }

    private func check(_ path: String) throws {
        let network = header.recipe.network
        let head = [
            (name: "dense/kernel", shape: [network.featureChannels, header.classes.count]),
            (name: "dense/bias", shape: [header.classes.count]),
        ]
        let base = network.weights.map { (name: $0.name, shape: $0.shape) }
        for (name, shape) in base + head where tensors[name]?.shape != shape {
            throw CheckpointFailure(path, .tensor(name, shape: shape, found: tensors[name]?.shape))
        }
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            guard tensor.values.allSatisfy(\.isFinite) else {
                throw CheckpointFailure(path, .notFinite(tensor: name))
            }
            guard name.hasPrefix(Self.momentsPrefix) else { continue }
            let owner = String(name.dropFirst(Self.momentsPrefix.count + 2))
            guard tensors[owner]?.shape == tensor.shape, tensors[Self.firstMoment(of: owner)] != nil,
                tensors[Self.secondMoment(of: owner)] != nil
            else { throw CheckpointFailure(path, .strayMoment(name)) }
        }
    }
}
