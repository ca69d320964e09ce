import Basics
import Foundation
import Network
import Photos

/// Examines photo files on several threads of this process, any number of times with one network.
final class PhotoExaminer {
    let folder: String
    let reading: PhotoReading
    let network: Backbone
    /// The weights of `network`; nil leaves out the features.
    let tensors: NamedTensors?
    private let threads: Int
    private let isBackground: Bool
    private lazy var engine = tensors.map {
        TrainingEngine(
            network: network, tensors: $0, classes: 1, batchSize: 16 * max(1, threads),
            chunks: max(1, threads), threads: threads, isBackground: isBackground)
    }

    init(
        folder: String, reading: PhotoReading, network: Backbone, tensors: NamedTensors?, threads: Int,
        isBackground: Bool
    ) {
        (self.folder, self.reading, self.network, self.tensors) = (folder, reading, network, tensors)
        (self.threads, self.isBackground) = (threads, isBackground)
    }

    /// Features of a row.
    var channels: Int { tensors == nil ? FeatureMatrix.standardChannels : network.featureChannels }

    /// - Throws: `MemoryFailure` if the network does not fit.
    func checkMemory() throws {
        if tensors == nil { return }
        try MemoryEstimate(network: network, classes: 1, threads: threads, chunks: threads).check()
    }

    /// Examines files, unless it is stopped before.
    ///
    /// - Parameter finish: receives the index of a file, its record and its features, zeros where there are
    ///   none, on the workers' threads.
    func examine(
        _ files: [PixelFile.Entry], isStopped: @escaping () -> Bool,
        finish: @escaping (_ index: Int, _ record: PhotoRecord, _ features: UnsafePointer<Float>) -> Void
    ) {
        if files.isEmpty { return }
        // Without features, and for an unusable photo, the row is all zeros.
        let none = Buffer(count: channels)
        guard let engine else {
            let pool = WorkerPool(count: threads, isBackground: isBackground)
            defer { pool.close() }
            let decoders = (0..<pool.count).map { _ in PhotoDecoder(reading) }
            pool.forEach(files.count) { [folder] item, worker in
                if isStopped() { return }
                finish(item, PhotoRecord.examine(files[item], in: folder, decoders[worker]).0, none.pointer)
            }
            return
        }
        let photos = FreshPhotos(
            files: files, folder: folder, reading: reading, network: network, workers: engine.pool.count)
        engine.features(photos, isCancelled: isStopped) { [channels] range, features in
            for (slot, item) in range.enumerated() {
                guard let (record, isUsable) = photos.take(item) else { continue }
                let features = features.baseAddress! + slot * channels
                finish(item, record, isUsable ? features : UnsafePointer(none.pointer))
            }
        }
    }
}

/// Photos that are examined as the network reads them.
private final class FreshPhotos: BatchSource, @unchecked Sendable {
    // Unchecked: `lock` guards `records`, and each worker has a decoder of its own.
    private let files: [PixelFile.Entry]
    private let folder: String
    private let imageSize: Int
    private let scale: InputScale
    private let decoders: [PhotoDecoder]
    private let lock = NSLock()
    private var records: [Int: (record: PhotoRecord, isUsable: Bool)] = [:]

    init(
        files: [PixelFile.Entry], folder: String, reading: PhotoReading, network: Backbone, workers: Int
    ) {
        (self.files, self.folder) = (files, folder)
        (imageSize, scale) = (network.imageSize, network.architecture.inputScale)
        decoders = (0..<workers).map { _ in PhotoDecoder(reading) }
    }

    var count: Int { files.count }

    func write(_ index: Int, to image: InputImage) {
        let (record, picture) = PhotoRecord.examine(files[index], in: folder, decoders[image.worker])
        if let picture {
            let input = scale.input(BilinearResize.resize(picture, to: imageSize))
            _ = image.values.update(fromContentsOf: input)
        } else {
            // Nobody reads the features of an unusable photo.
            image.values.update(repeating: 0)
        }
        lock.withLock { records[index] = (record, picture != nil) }
    }

    /// Removes and returns what was found out about photo `index`.
    func take(_ index: Int) -> (record: PhotoRecord, isUsable: Bool)? {
        lock.withLock { records.removeValue(forKey: index) }
    }
}
