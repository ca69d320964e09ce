import Foundation

/// A trained network for evaluation and prediction: a run's checkpoint, a checkpoint file,
/// or a Keras model of the same architecture with its dense head.
public final class Classifier {
    /// Class names in the order of the head's units; nil when the file does not name them.
    public let classes: [String]?
    /// Units of the head.
    public let classCount: Int
    public let imageSize: Int
    public let path: String
    private let engine: TrainingEngine

    public struct Evaluation: Codable, Sendable, Equatable {
        /// Mean cross-entropy in nats.
        public var loss: Double
        public var accuracy: Double
        public var images: Int
    }

    /// - Parameters:
    ///   - checkpoint: a run's id or a path.
    ///   - home: where runs live.
    /// - Throws: `UserError` when there is neither such a run nor such a file, or the file has no head.
    public init(checkpoint: String, home: String, threads: Int) throws {
        path =
            FileManager.default.fileExists(atPath: checkpoint)
            ? checkpoint : try RunFolder.find(home: home, id: checkpoint).last
        let loaded = try WeightsFile.read(path)
        guard let head = loaded.head else {
            throw UserError("\(path) has the base's weights but no dense head; give a run or a model that was trained.")
        }
        imageSize = loaded.checkpoint?.configuration.imageSize ?? 160
        classes = loaded.checkpoint?.classes
        classCount = head.bias.values.count
        engine = TrainingEngine(
            network: MobileNetV2(imageSize: imageSize), tensors: loaded.tensors, classes: classCount,
            batchSize: 16 * max(1, threads), threads: threads)
        engine.loadHead(["dense/kernel": head.kernel, "dense/bias": head.bias])
    }

    /// Loss and accuracy on a subset of `dataset` (nil: all photos).
    ///
    /// - Throws: `UserError` when the classes do not fit the head.
    public func evaluate(_ dataset: Dataset, subset: Subset?) throws -> Evaluation {
        try check(dataset)
        let photos = dataset.photos.indices.filter { subset == nil || dataset.photos[$0].subset == subset }
        let probabilities = engine.predict(count: photos.count) { item, output, _, scratch in
            dataset.normalize(photos[item], into: output, scratch: scratch)
            return 0
        }
        let labels = photos.map { dataset.photos[$0].label }
        let (loss, correct) = TrainingEngine.score(probabilities, labels, images: photos.count, classes: classCount)
        return Evaluation(
            loss: loss / Double(photos.count), accuracy: Double(correct) / Double(photos.count), images: photos.count)
    }

    private func check(_ dataset: Dataset) throws {
        guard dataset.classes.count == classCount, classes == nil || classes! == dataset.classes else {
            throw UserError(
                "\(path) tells \(classCount) classes apart\(classes.map { " (\($0.joined(separator: ", ")))" } ?? ""), "
                    + "but \(dataset.path) has \(dataset.classes.count) (\(dataset.classes.joined(separator: ", "))).")
        }
    }

    /// The validation photos' predictions.
    ///
    /// - Parameter epoch: epochs that the weights have seen.
    /// - Throws: `UserError` when the classes do not fit the head.
    func predictions(_ dataset: Dataset, epoch: Int) throws -> PredictionSet {
        try check(dataset)
        let first = dataset.trainingCount
        let probabilities = engine.predict(count: dataset.validationCount) { item, output, _, scratch in
            dataset.normalize(first + item, into: output, scratch: scratch)
            return 0
        }
        return PredictionSet(
            epoch: epoch,
            predictions: (0..<dataset.validationCount).map { i in
                Prediction(
                    photo: first + i, label: dataset.photos[first + i].label,
                    probabilities: Array(probabilities[i * classCount..<(i + 1) * classCount]))
            })
    }

    /// Class probabilities of one photo file.
    ///
    /// - Throws: `UserError` when it cannot be decoded.
    public func predict(file: String) throws -> [Float] {
        guard FileManager.default.fileExists(atPath: file) else { throw UserError("There is no file \(file).") }
        let pixels: [Float]
        do {
            pixels = BilinearResize.resize(try PhotoDecoder().decode(path: file), to: imageSize)
        } catch let failure as PhotoDecoder.Failure {
            throw UserError("\(file) \(failure.reason).")
        }
        return engine.predict(count: 1) { _, output, _, _ in
            for i in pixels.indices { output[i] = pixels[i] / 127.5 - 1 }
            return 0
        }
    }
}
