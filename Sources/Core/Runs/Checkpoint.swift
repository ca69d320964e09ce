import Foundation

/// The state of a run in one safetensors file: the base's tensors under Keras' names,
/// `dense/kernel` [1280, classes], `dense/bias` [classes], Adam's moments of each trained tensor as
/// `optimizer/m/<name>` and `optimizer/v/<name>`, and a header in the metadata.
public struct Checkpoint: Sendable, Equatable {
    public var header: Header
    public var tensors: NamedTensors

    /// The file's description of itself, as JSON under the metadata's key `flowers_tui`.
    public struct Header: Codable, Sendable, Equatable {
        public static let currentVersion = 1

        /// Version of the format.
        public var version = Header.currentVersion
        /// The run's id, such as `0042`.
        public var run: String
        public var configuration: RunConfiguration
        /// Class names in the order of the head's units.
        public var classes: [String]
        /// The photo folder, and the origin of the run's first weights in words.
        public var data: String
        public var weights: String
        public var progress: TrainerProgress
        /// `Dataset.fingerprint` of the photos; nil in files of older versions.
        var photos: String?

        public init(
            run: String, configuration: RunConfiguration, classes: [String], data: String, weights: String,
            progress: TrainerProgress, photos: String? = nil
        ) {
            self.photos = photos
            (self.run, self.configuration, self.classes) = (run, configuration, classes)
            (self.data, self.weights, self.progress) = (data, weights, progress)
        }
    }

    static let momentsPrefix = "optimizer/"
    static let metadataKey = "flowers_tui"

    /// Adam's moments under their names without the prefix.
    var moments: NamedTensors {
        var result: NamedTensors = [:]
        for (name, tensor) in tensors where name.hasPrefix(Self.momentsPrefix) {
            result[String(name.dropFirst(Self.momentsPrefix.count))] = tensor
        }
        return result
    }

    /// Name of Adam's first moment of the tensor `name`.
    public static func firstMoment(of name: String) -> String { "\(momentsPrefix)m/\(name)" }
    /// Name of Adam's second moment of the tensor `name`.
    public static func secondMoment(of name: String) -> String { "\(momentsPrefix)v/\(name)" }

    public init(header: Header, tensors: NamedTensors) { (self.header, self.tensors) = (header, tensors) }

    /// Writes the file atomically.
    ///
    /// - Throws: `UserError` if it cannot be written; an existing file is then intact.
    public func save(to path: String) throws {
        let metadata = [
            Self.metadataKey: String(decoding: try Header.encoder().encode(header), as: UTF8.self)
        ]
        try Safetensors.write(tensors, metadata: metadata, to: path)
    }

    /// Reads and checks a file written by `save`.
    ///
    /// - Throws: `UserError` if it is not a checkpoint, is damaged, is from a newer version, or
    ///   lacks a tensor.
    public static func load(_ path: String) throws -> Checkpoint {
        let (tensors, metadata) = try Safetensors.read(path)
        guard let header = try Header(metadata: metadata, path: path) else {
            throw UserError(
                "\(path) is no checkpoint of flowers-tui: it has weights only; give it as --weights.")
        }
        let checkpoint = Checkpoint(header: header, tensors: tensors)
        try checkpoint.check(path)
        return checkpoint
    }

    private func check(_ path: String) throws {
        let head = [
            (name: "dense/kernel", shape: [MobileNetV2.featureChannels, header.classes.count]),
            (name: "dense/bias", shape: [header.classes.count]),
        ]
        let base = MobileNetV2().weights.map { (name: $0.name, shape: $0.shape) }
        for (name, shape) in base + head where tensors[name]?.shape != shape {
            throw UserError(
                "\(path) is damaged: \(name) should be \(WeightMatcher.text(shape)) and "
                    + (tensors[name].map { "is \(WeightMatcher.text($0.shape))" } ?? "is missing") + ".")
        }
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            guard tensor.values.allSatisfy(\.isFinite) else {
                throw UserError(
                    "\(path) cannot be resumed: \(name) holds values that are not finite numbers.")
            }
            guard name.hasPrefix(Self.momentsPrefix) else { continue }
            let owner = String(name.dropFirst(Self.momentsPrefix.count + 2))
            guard tensors[owner]?.shape == tensor.shape, tensors[Self.firstMoment(of: owner)] != nil,
                tensors[Self.secondMoment(of: owner)] != nil
            else { throw UserError("\(path) is damaged: the optimizer's \(name) fits no trained tensor.") }
        }
    }
}

extension Checkpoint.Header {
    /// Reads the header from a file's metadata; nil if the file has none.
    ///
    /// - Throws: `UserError` if it is from a newer version or cannot be read.
    init?(metadata: [String: String], path: String) throws {
        guard let text = metadata[Checkpoint.metadataKey] else { return nil }
        struct Version: Decodable { var version: Int }
        let version = try? Self.decoder().decode(Version.self, from: Data(text.utf8)).version
        if let version, version > Self.currentVersion {
            throw UserError(
                "\(path) was written by a newer flowers-tui (format \(version)): update the program.")
        }
        do {
            self = try Self.decoder().decode(Self.self, from: Data(text.utf8))
        } catch {
            throw UserError("\(path) is damaged: its header cannot be read.")
        }
        guard configuration.isPlausible, progress.isPlausible else {
            throw UserError("\(path) is damaged: its header has impossible numbers.")
        }
    }

    /// Reads only the header of a file.
    ///
    /// - Throws: `UserError` if the file is not a checkpoint.
    public static func load(_ path: String) throws -> Checkpoint.Header {
        guard let header = try Self(metadata: Safetensors.readMetadata(path), path: path) else {
            throw UserError("\(path) is no checkpoint of flowers-tui.")
        }
        return header
    }

    static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return encoder
    }

    static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return decoder
    }
}
