import Foundation

/// What goes over a run's control socket. The first frame of either side is its `hello`, whose form never changes; the
/// rest belongs to one `ControlHello.version`.
public struct ControlHello: Codable, Sendable, Equatable {
    public static let version = 1

    public var version = ControlHello.version
    /// The run's id.
    public var run: String
    /// Of the sender.
    public var process: Int

    public init(run: String, process: Int = Int(getpid())) { (self.run, self.process) = (run, process) }
}

/// From a front end to the process that trains.
public enum ClientMessage: Codable, Sendable, Equatable {
    case hello(ControlHello)
    case command(TrainerCommand)
}

/// From the process that trains to a front end.
///
/// After the front end's `hello` comes what it must know to show the run: `run`, `photos` as often as it takes, `begun`
/// with the bytes of the event log that it reads itself, then the newest of the other kinds; after that, events as they
/// happen. A run that begins again sends `run`, `photos` and `begun` anew.
public enum ServerMessage: Codable, Sendable, Equatable {
    case hello(ControlHello)
    /// Why the connection ends, in one sentence.
    case refused(String)
    case preparing(Preparation)
    case run(RunHead)
    case photos([Photo])
    /// - Parameters:
    ///   - logBytes: of `events.jsonl`, before the next `training` message.
    ///   - seconds: since training began in that process.
    case begun(logBytes: Int, seconds: Double)
    case training(TrainerEvent)
    case predictions(PackedPredictions)
    case layers(LayerReport)
    case settings(TrainerSettings)
    case sweep(LearningRateSweep)
    case status(TrainerStatus)
    case failed(String)
    /// The run ends here and goes on at once in another process.
    case moves

    /// Most photos in one message.
    static let photosInMessage = 10_000

    /// What a front end cannot find in the run's folder of `SessionContext`, but for the photos.
    public struct RunHead: Codable, Sendable, Equatable {
        public var configuration: RunConfiguration
        public var weights: String
        public var randomWeights: Bool
        public var headParameters: Int
        public var name: String
        public var synthetic: Bool
        public var classes: [String]
        public var skipped: [SkippedPhoto]
        public var path: String
        public var imageSize: Int
        public var photos: Int

        init(_ context: SessionContext) {
            let dataset = context.dataset
            (configuration, weights, randomWeights) = (
                context.configuration, context.weights, context.randomWeights
            )
            (headParameters, name, synthetic) = (context.headParameters, dataset.name, dataset.synthetic)
            (classes, skipped, path) = (dataset.classes, dataset.skipped, dataset.path)
            (imageSize, photos) = (dataset.imageSize, dataset.photos.count)
        }
    }

    /// The messages of an event.
    ///
    /// - Parameters:
    ///   - logBytes: of the event log when it happened.
    ///   - seconds: for which training has gone on.
    static func messages(_ event: SessionEvent, logBytes: Int, seconds: Double = 0) -> [ServerMessage] {
        switch event {
        case .ready(let context):
            let photos = context.dataset.photos
            let parts = stride(from: 0, to: photos.count, by: photosInMessage).map {
                ServerMessage.photos(Array(photos[$0..<min($0 + photosInMessage, photos.count)]))
            }
            return [.run(RunHead(context))] + parts + [.begun(logBytes: logBytes, seconds: seconds)]
        case .preparing(let preparation): return [.preparing(preparation)]
        case .training(let event): return [.training(event)]
        case .predictions(let set): return [.predictions(PackedPredictions(set))]
        case .layers(let report): return [.layers(report)]
        case .settings(let settings): return [.settings(settings)]
        case .sweep(let sweep): return [.sweep(sweep)]
        case .statusChanged(let status): return [.status(status)]
        case .failed(let message): return [.failed(message)]
        }
    }

    /// The event that a message carries; nil for those that carry none by themselves.
    var event: SessionEvent? {
        switch self {
        case .hello, .refused, .run, .photos, .begun, .moves, .predictions: nil
        case .preparing(let preparation): .preparing(preparation)
        case .training(let event): .training(event)
        case .layers(let report): .layers(report)
        case .settings(let settings): .settings(settings)
        case .sweep(let sweep): .sweep(sweep)
        case .status(let status): .statusChanged(status)
        case .failed(let message): .failed(message: message)
        }
    }
}

/// A `PredictionSet` as three arrays in base64: a JSON number for each probability would take several times as much.
public struct PackedPredictions: Codable, Sendable, Equatable {
    var epoch: Int
    var classes: Int
    /// Int32, little-endian.
    var photos: Data
    var labels: Data
    /// Float32, little-endian, [photo][class].
    var probabilities: Data

    init(_ set: PredictionSet) {
        epoch = set.epoch
        classes = set.predictions.first?.probabilities.count ?? 0
        photos = Self.bytes(set.predictions.map { Int32(clamping: $0.photo) })
        labels = Self.bytes(set.predictions.map { Int32(clamping: $0.label) })
        probabilities = Self.bytes(set.predictions.flatMap(\.probabilities).map(\.bitPattern))
    }

    private static func bytes(_ values: [some FixedWidthInteger]) -> Data {
        values.map(\.littleEndian).withUnsafeBytes { Data($0) }
    }

    private static func values<T: FixedWidthInteger>(_ data: Data, _: T.Type) -> [T] {
        let size = MemoryLayout<T>.size
        return data.withUnsafeBytes { bytes in
            (0..<bytes.count / size).map {
                T(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * size, as: T.self))
            }
        }
    }

    /// Nil when the parts do not fit each other, or a dataset of so many photos and classes.
    func unpacked(photos count: Int, classes: Int) -> PredictionSet? {
        let photos = Self.values(photos, Int32.self).map(Int.init)
        let labels = Self.values(labels, Int32.self).map(Int.init)
        let values = Self.values(probabilities, UInt32.self).map(Float.init(bitPattern:))
        guard photos.count == labels.count, photos.isEmpty || self.classes == classes,
            values.count == photos.count * classes,
            photos.allSatisfy((0..<count).contains), labels.allSatisfy((0..<classes).contains)
        else { return nil }
        return PredictionSet(
            epoch: epoch,
            predictions: photos.indices.map {
                Prediction(
                    photo: photos[$0], label: labels[$0],
                    probabilities: Array(values[$0 * classes..<($0 + 1) * classes]))
            })
    }
}

/// Messages as JSON and back.
public enum ControlCoding {
    static func frame(_ message: some Encodable) throws -> [UInt8] {
        Frame.encoded(try Checkpoint.Header.encoder().encode(message))
    }

    /// - Throws: a `DecodingError` for anything but a message.
    public static func message<Message: Decodable>(_ bytes: [UInt8], as _: Message.Type = Message.self) throws
        -> Message
    {
        try Checkpoint.Header.decoder().decode(Message.self, from: Data(bytes))
    }
}
