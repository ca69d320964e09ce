import Basics
package import Canvas
import Foundation
package import Network
package import Photos
package import Runs

/// Explanations, feature maps and features of photos. Any thread may call; a call waits for the one
/// before it.
extension Classifier {
    /// A photo to inspect: one of the dataset's, by its index, or any file.
    package enum Subject: Sendable, Equatable, Hashable {
        case photo(Int)
        case file(String)
    }

    /// Returns the probabilities, class activation maps and features of a photo.
    ///
    /// - Parameter dataset: the photos that `Subject.photo` refers to; nil if only files are
    ///   inspected.
    /// - Throws: a `Failure` if the photo does not exist, cannot be decoded, or has another image
    ///   size than the network; or if the model has another head than this program's runs.
    package func explain(_ subject: Subject, in dataset: DatasetSummary? = nil) throws -> Explanation {
        guard hasStandardHead else {
            throw ClassifierFailure(path, .noActivationMap)
        }
        let image = try image(subject, in: dataset)
        return withEngine { engine in
            let head = engine.head
            let side = engine.network.featureSize
            var map = [Float](repeating: 0, count: side * side * head.channels)
            let features = map.withUnsafeMutableBufferPointer { target in
                let target = target.baseAddress!
                return engine.features(ImageBatch([image])) {
                    [count = side * side * head.channels] _, source in
                    target.update(from: source, count: count)
                }
            }
            var probabilities = [Float](repeating: 0, count: head.classes)
            head.forward(features, images: 1, into: &probabilities)
            return Explanation(
                probabilities: probabilities, features: features, baseOutput: map, side: side,
                kernel: head.kernel.pointer,
                bias: head.bias.pointer)
        }
    }

    /// Returns the output of a layer for a photo.
    ///
    /// - Parameter layer: index of a layer of the base.
    /// - Throws: a `Failure` as `explain`, or if there is no such layer.
    package func featureMaps(layer: Int, _ subject: Subject, in dataset: DatasetSummary? = nil) throws
        -> FeatureMaps
    {
        let image = try image(subject, in: dataset)
        return try withEngine { engine in
            guard engine.network.layers.indices.contains(layer) else {
                throw InspectionFailure.noLayer(layer, count: engine.network.layers.count)
            }
            return FeatureMaps(layer: layer, of: image, engine.parameters)
        }
    }

    /// The 32 filters of the first convolution as pictures of 3×3 pixels: grey is 0, and each
    /// filter's weight of largest magnitude is full intensity or none.
    package var firstFilters: [RGBImage] {
        withEngine { engine in
            let parameters = engine.parameters.convolutions[0]
            let fanIn = parameters.convolution.fanIn
            return (0..<parameters.convolution.outputChannels).map { filter in
                let weights = parameters.kernel.pointer + filter * fanIn
                let largest = (0..<fanIn).reduce(Float.leastNormalMagnitude) { max($0, abs(weights[$1])) }
                return RGBImage(
                    width: 3, height: 3,
                    pixels: (0..<fanIn).map { i in
                        // From [channel][row][column] to a picture's [row][column][channel].
                        UInt8((127.5 + 127.5 * weights[i % 3 * 9 + i / 3] / largest).rounded())
                    })
            }
        }
    }

    /// Weight norms of every layer with weights, ascending.
    package var layerNorms: [LayerNorms] { withEngine { $0.layerNorms } }

    /// Fingerprint of the base's weights and the image size: features under the same fingerprint
    /// can be compared. The head does not count.
    package var baseFingerprint: UInt64 {
        withEngine { engine in
            engine.parameters.convolutions.reduce(UInt64(imageSize)) { sum, parameters in
                ([parameters.kernel] + parameters.vectors.map(\.buffer)).reduce(sum) { sum, buffer in
                    (sum
                        ^ WordChecksum.sum(
                            UnsafeRawBufferPointer(start: buffer.pointer, count: buffer.count * 4)))
                        &* 0x100_0000_01b3
                }
            }
        }
    }

    /// Maximum number of photos that `trainingFeatures` covers. Training photos are shuffled, so
    /// the first ones are a sample of all.
    package static let featuresLimit = 50_000

    /// Computes the features of some photos.
    ///
    /// - Parameters:
    ///   - photos: indices into `dataset.photos`.
    ///   - between: called after each group of 16 photos with the number done, while no lock is
    ///     held; returning false cancels.
    /// - Throws: `CancellationError` if `between` returned false.
    package func features(
        of photos: some Collection<Int>, in dataset: DatasetSummary,
        between: (_ done: Int) -> Bool = { _ in true }
    ) throws -> PhotoFeatures {
        let fingerprint = baseFingerprint
        var features: [Float] = []
        features.reserveCapacity(photos.count * engine.network.featureChannels)
        var rest = photos[...]
        while !rest.isEmpty {
            let images = rest.prefix(16).map { input(of: dataset.pixels.values(at: $0)) }
            features += withEngine { $0.features(ImageBatch(images)) }
            rest = rest.dropFirst(16)
            if !between(photos.count - rest.count) { throw CancellationError() }
        }
        return PhotoFeatures(
            files: photos.map { dataset.photos[$0].file }, features: features,
            channels: engine.network.featureChannels, fingerprint: fingerprint)
    }

    /// Returns the features of the training photos: those kept in the run's folder if the same base
    /// computed them, as in all of stage 1; otherwise computes them and keeps them there.
    ///
    /// - Throws: `CancellationError` if `between` returned false.
    package func trainingFeatures(
        _ dataset: DatasetSummary, keptIn folder: RunFolder?, between: (_ done: Int) -> Bool = { _ in true }
    ) throws -> PhotoFeatures {
        let photos = 0..<min(dataset.trainingCount, Self.featuresLimit)
        let files = photos.map { dataset.photos[$0].file }
        if let folder,
            let kept = PhotoFeatures(path: folder.features, files: files, fingerprint: baseFingerprint)
        {
            return kept
        }
        let features = try features(of: photos, in: dataset, between: between)
        // If they cannot be saved, they are computed again next time.
        if let folder { try? features.save(to: folder.features) }
        return features
    }

    /// Returns the photo as network input.
    private func image(_ subject: Subject, in dataset: DatasetSummary?) throws -> [Float] {
        switch subject {
        case .file(let file): return try input(ofFile: file)
        case .photo(let index):
            guard let dataset, dataset.photos.indices.contains(index) else {
                throw InspectionFailure.noPhoto(index, count: dataset?.photos.count ?? 0)
            }
            guard dataset.imageSize == imageSize else {
                throw ClassifierFailure(path, .imageSize(imageSize, loaded: dataset.imageSize))
            }
            return input(of: dataset.pixels.values(at: index))
        }
    }
}
