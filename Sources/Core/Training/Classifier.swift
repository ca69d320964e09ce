import Basics
import Foundation
import Network
package import Photos
package import Recipes
import Runs

/// A trained network for evaluation and prediction: a run's checkpoint, a checkpoint file, or a
/// Keras model of the same architecture with its dense head.
///
/// It owns its weights and shares nothing with a trainer, so any thread may use it while a run goes
/// on. It reads a run's last checkpoint, which is written at the end of each epoch. With one thread
/// it takes about 45 MB.
package final class Classifier: @unchecked Sendable {
    // Unchecked: `lock` admits one caller at a time to the engine; the rest is immutable.

    /// Class names in the order of the head's units; nil when the file does not name them.
    package let classes: [String]?
    /// Units of the head.
    package let classCount: Int
    package let imageSize: Int
    package let path: String
    /// Epochs that a run's weights have trained for; nil for other files.
    package let epoch: Int?
    private let engine: TrainingEngine
    private let lock = NSLock()

    package struct Evaluation: Codable, Sendable, Equatable {
        /// Mean cross-entropy in nats.
        package var loss: Double
        package var accuracy: Double
        package var images: Int
    }

    /// - Parameters:
    ///   - checkpoint: a run's id or a path.
    ///   - home: the folder of the runs.
    ///   - isBackground: computes at the lowest priority.
    /// - Throws: `UserError` if there is neither such a run nor such a file, or if the file has no
    ///   head.
    package init(checkpoint: String, home: String, threads: Int, isBackground: Bool = false) throws {
        path =
            FileManager.default.fileExists(atPath: checkpoint)
            ? checkpoint : try RunFolder.find(home: home, id: checkpoint).last
        let loaded = try WeightsFile.read(path, isCheckpoint: Checkpoint.Header.isIn)
        let header = try Checkpoint.Header(metadata: loaded.metadata, path: path)
        guard let head = loaded.head else {
            throw UserError(
                "\(path) has the base's weights but no dense head; give a run or a model that was trained.")
        }
        imageSize = header?.configuration.imageSize ?? 160
        classes = header?.classes
        epoch = header?.progress.epoch
        classCount = head.bias.values.count
        let network = MobileNetV2(imageSize: imageSize)
        // A chunk of 16 photos for each thread.
        let (batchSize, chunks) = (16 * max(1, threads), max(1, threads))
        try MemoryEstimate(network: network, classes: classCount, threads: threads, chunks: chunks).check()
        engine = TrainingEngine(
            network: network, tensors: loaded.tensors, classes: classCount, batchSize: batchSize,
            chunks: chunks, threads: threads, isBackground: isBackground)
        engine.loadHead(["dense/kernel": head.kernel, "dense/bias": head.bias])
    }

    func withEngine<Result>(_ body: (TrainingEngine) throws -> Result) rethrows -> Result {
        try lock.withLock { try body(engine) }
    }

    /// Computes loss and accuracy on a subset of `dataset` (nil: all photos).
    ///
    /// - Throws: `UserError` if the classes do not match the head.
    package func evaluate(_ dataset: Dataset, subset: Subset?) throws -> Evaluation {
        try check(dataset)
        let photos = dataset.photos.indices.filter { subset == nil || dataset.photos[$0].subset == subset }
        let probabilities = withEngine {
            $0.predict(count: photos.count) { item, output, _, scratch in
                dataset.normalize(photos[item], into: output, scratch: scratch)
                return 0
            }
        }
        let labels = photos.map { dataset.photos[$0].label }
        let (loss, correct) = TrainingEngine.score(
            probabilities, labels, images: photos.count, classes: classCount)
        return Evaluation(
            loss: loss / Double(photos.count), accuracy: Double(correct) / Double(photos.count),
            images: photos.count)
    }

    private func check(_ dataset: Dataset) throws {
        guard dataset.classes.count == classCount, classes == nil || classes! == dataset.classes else {
            throw UserError(
                "\(path) tells \(classCount) classes apart\(classes.map { " (\($0.joined(separator: ", ")))" } ?? ""), "
                    + "but \(dataset.path) has \(dataset.classes.count) (\(dataset.classes.joined(separator: ", ")))."
            )
        }
    }

    /// Computes the predictions for the validation photos.
    ///
    /// - Parameter epoch: epochs that the weights have trained for.
    /// - Throws: `UserError` if the classes do not match the head.
    package func predictions(_ dataset: Dataset, epoch: Int) throws -> PredictionSet {
        try check(dataset)
        let first = dataset.trainingCount
        let probabilities = withEngine {
            $0.predict(count: dataset.validationCount) { item, output, _, scratch in
                dataset.normalize(first + item, into: output, scratch: scratch)
                return 0
            }
        }
        return PredictionSet(
            epoch: epoch,
            predictions: (0..<dataset.validationCount).map { i in
                Prediction(
                    photo: first + i, label: dataset.photos[first + i].label,
                    probabilities: Array(probabilities[i * classCount..<(i + 1) * classCount]))
            })
    }

    /// Returns the class probabilities of one photo file.
    ///
    /// - Throws: `UserError` if it cannot be decoded.
    package func predict(file: String) throws -> [Float] {
        let image = Self.normalized(try pixels(of: file))
        return withEngine { $0.predict(count: 1, fill: Self.fill(image)) }
    }

    /// Returns a photo file as [size, size, 3] with values in 0…255.
    func pixels(of file: String) throws -> [Float] {
        BilinearResize.resize(try RGBImage(file: file), to: imageSize)
    }

    static func normalized(_ pixels: [Float]) -> [Float] { pixels.map { $0 / 127.5 - 1 } }

    static func fill(_ image: [Float]) -> TrainingEngine.FillImage {
        { _, output, _, _ in
            output.update(from: image, count: image.count)
            return 0
        }
    }
}
