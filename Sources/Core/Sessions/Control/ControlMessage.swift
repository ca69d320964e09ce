package import Basics
import Foundation
package import Network
package import Photos
package import Ranks
package import Recipes
import Runs
import Training

/// The first message of either side on a run's control socket. Its form never changes; all other
/// messages belong to one `version`.
package struct ControlHello: Codable, Sendable, Equatable {
    package static let version = 1

    package var version = ControlHello.version
    /// The run's id.
    package var run: String
    /// The sender's process id.
    package var process: Int

    package init(run: String, process: Int = Int(getpid())) { (self.run, self.process) = (run, process) }
}

/// A message from a front end to the process that trains.
package enum ClientMessage: Codable, Sendable, Equatable {
    case hello(ControlHello)
    case command(TrainerCommand)
}

/// A message from the process that trains to a front end.
///
/// The front end's `hello` is answered with all it needs to show the run: `run`, as many `photos`
/// as necessary, `begun` with the length of the event log, which the front end reads itself, then
/// the newest of each other kind. Afterwards events follow as they happen. A run that starts over
/// sends `run`, `photos` and `begun` again.
///
/// An `EpochOutcome` comes in parts: the `layers` of its last batch, `predictions` for an epoch that
/// has not ended yet, and `training` with its end.
package enum ServerMessage: Codable, Sendable, Equatable {
    case hello(ControlHello)
    /// The reason why the connection ends, in one sentence.
    case refused(String)
    case preparing(Preparation)
    case run(RunHead)
    case photos([Photo])
    /// All photos have been sent.
    ///
    /// - Parameters:
    ///   - logBytes: length of `events.jsonl` without the events of later `training` messages.
    ///   - seconds: time for which the run has been trained, in that process and before.
    case begun(logBytes: Int, seconds: Double)
    case training(TrainerEvent)
    case predictions(PackedPredictions)
    case layers(LayerReport)
    case ranks(RankReport)
    case settings(RecipeState)
    case sweep(LearningRateSweep)
    case status(TrainerStatus)
    case failed(String)
    /// The run ends here and continues at once in another process.
    case moves

    /// Most photos in one message.
    static let photosInMessage = 10_000

    /// The part of `SessionContext` that a front end cannot read in the run's folder, except for
    /// the photos.
    package struct RunHead: Codable, Sendable, Equatable {
        package var recipe: Recipe
        package var weights: String
        package var randomWeights: Bool
        package var headParameters: Int
        package var name: String
        package var synthetic: Bool
        package var classes: [String]
        package var skipped: [SkippedPhoto]
        package var path: String
        package var imageSize: Int
        package var photos: Int

        private enum CodingKeys: String, CodingKey {
            case recipe = "configuration"
            case weights, randomWeights, headParameters, name, synthetic, classes, skipped, path, imageSize,
                photos
        }

        init(_ context: SessionContext) {
            let dataset = context.dataset
            (recipe, weights) = (context.recipe, context.weights.text)
            randomWeights = context.weights == .random
            (headParameters, name, synthetic) = (context.headParameters, dataset.name, dataset.synthetic)
            (classes, skipped, path) = (dataset.classes, dataset.skipped, dataset.path)
            (imageSize, photos) = (dataset.imageSize, dataset.photos.count)
        }

        package var origin: WeightsOrigin { randomWeights ? .random : WeightsOrigin(recorded: weights) }
    }

    /// Returns the messages for an event.
    ///
    /// - Parameters:
    ///   - logBytes: length of the event log when the event happened.
    ///   - seconds: time for which the run has been trained.
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
        case .epochEnded(let outcome):
            return [
                .predictions(PackedPredictions(outcome.predictions)), .training(.epochEnded(outcome.metrics)),
            ]
        case .predictions(let set): return [.predictions(PackedPredictions(set))]
        case .layers(let report): return [.layers(report)]
        case .ranks(let report): return [.ranks(report)]
        case .settings(let settings): return [.settings(settings)]
        case .sweep(let sweep): return [.sweep(sweep)]
        case .statusChanged(let status): return [.status(status)]
        case .failed(let error): return [.failed(error.message)]
        }
    }

    /// The event that a message carries; nil for messages that carry none by themselves.
    var event: SessionEvent? {
        switch self {
        case .hello, .refused, .run, .photos, .begun, .moves, .predictions: nil
        case .preparing(let preparation): .preparing(preparation)
        case .training(let event): .training(event)
        case .layers(let report): .layers(report)
        case .ranks(let report): .ranks(report)
        case .settings(let settings): .settings(settings)
        case .sweep(let sweep): .sweep(sweep)
        case .status(let status): .statusChanged(status)
        case .failed(let message): .failed(UserError(message))
        }
    }
}

/// A `PredictionSet` as three arrays in base64; a JSON number per probability would take several
/// times the space.
package struct PackedPredictions: Codable, Sendable, Equatable {
    var epoch: Int
    var classes: Int
    /// Int32, little-endian, as are `labels`; one per photo.
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

    /// Returns nil if the arrays do not match each other, or a dataset with this many photos and
    /// classes.
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

/// Encoding and decoding of messages as JSON.
package enum ControlCoding {
    static func frame(_ message: some Encodable) throws -> [UInt8] {
        Frame.encoded(try Checkpoint.Header.encoder().encode(message))
    }

    /// - Throws: `DecodingError` if the bytes are not such a message.
    package static func message<Message: Decodable>(_ bytes: [UInt8], as _: Message.Type = Message.self)
        throws
        -> Message
    {
        try Checkpoint.Header.decoder().decode(Message.self, from: Data(bytes))
    }
}
