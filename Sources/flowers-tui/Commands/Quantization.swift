import Basics
import Exports
import Foundation
import Network
import Photos
import Recipes
import Runs

/// A run's network in 8 bits: calibrated on the run's training photos, measured on those kept for
/// validation.
struct Quantization {
    /// Photos that the ranges are taken from.
    private static let calibrationPhotos = 200
    /// The loss of accuracy that is worth a warning.
    private static let largestLoss = 0.005

    let network: QuantizedGraph
    /// The accuracy before and after, and how far the answers agree, in words.
    let notes: [String]

    /// - Parameter data: the photos' folder, if not the run's.
    /// - Throws: `UserError` if the photos are gone or have other classes.
    init(_ folder: RunFolder, _ checkpoint: Checkpoint, _ graph: ExportGraph, data: String?) throws {
        let dataset = try Self.dataset(folder, checkpoint.header, data)
        let pool = WorkerPool(count: Machine.cores)
        defer { pool.close() }
        let progress = SharedProgressLine()
        defer { progress.clear() }
        let quantizer = Quantizer(graph, pool: pool)
        let count = min(dataset.trainingCount, Self.calibrationPhotos)
        let (network, rule) = quantizer.quantize(
            photos: count, photo: { dataset.values(at: $0) },
            progress: { progress.show("calibrating", done: $0, of: $1) })
        self.network = network
        let first = dataset.trainingCount
        let labels = dataset.photos[first...].map(\.label)
        let comparison = quantizer.compare(
            network, labels: labels, photo: { dataset.values(at: first + $0) },
            progress: { progress.show("measuring", done: $0, of: $1) })
        let photos = Double(labels.count)
        let before = Double(comparison.exact) / photos
        let after = Double(comparison.rounded) / photos
        let covered =
            switch rule {
            case .widest: "the widest range of their values"
            case .mean: "the mean range of their values"
            case .leastError: "the range that rounds their values best"
            }
        notes = [
            "calibrated on \(count) training photos: \(covered)",
            String(
                format: "accuracy %.4f in Float32, %.4f in 8 bits (%+.2f points) on %d validation photos",
                before, after, (after - before) * 100, labels.count),
            String(
                format: "%.1f %% of them keep their class; a probability changes by %.4f on average",
                (1 - Double(comparison.changed) / photos) * 100, comparison.difference),
        ]
        if before - after > Self.largestLoss {
            progress.clear()
            Console.error(
                "warning: 8 bits cost more than half a point of accuracy; --format tflite keeps all of it.")
        }
    }

    private static func dataset(_ folder: RunFolder, _ header: CheckpointHeader, _ data: String?) throws
        -> Dataset
    {
        let path = data ?? header.data
        guard data != nil || FileManager.default.fileExists(atPath: path) else {
            throw UserError(
                "tflite-int8 is calibrated on the run's photos, but \(path) is no longer there; give --data a folder "
                    + "of such photos.")
        }
        let dataset = try Dataset(
            path: path, reading: header.recipe.reading, imageSize: header.recipe.imageSize,
            inputScale: header.recipe.architecture.inputScale, split: header.recipe.split,
            exclusions: folder.loadExclusions(header.recipe), cacheDirectory: Home.cachePath() + "/pixels")
        guard dataset.classes == header.classes else {
            throw UserError(
                "\(path) has the classes \(dataset.classes.joined(separator: ", ")), but run \(folder.id) tells "
                    + "\(header.classes.joined(separator: ", ")) apart; give the folder of the run's photos.")
        }
        return dataset
    }
}
