import Basics
import COpenBLAS
import Foundation
import Network
package import Photos

/// Pooled features of many photos, for finding the most similar ones. Takes 5 kB of memory per
/// photo.
package struct PhotoFeatures: Sendable, Equatable {
    /// Paths relative to the data folder.
    package let files: [PhotoPath]
    /// Fingerprint of the base that computed them; see `Classifier.baseFingerprint`.
    package let fingerprint: UInt64
    /// [photo][channel], each photo's features scaled to unit length.
    let values: [Float]
    let channels: Int

    /// - Parameter features: [photo][channel].
    init(files: [PhotoPath], features: [Float], channels: Int, fingerprint: UInt64) {
        precondition(
            features.count == files.count * channels,
            "\(features.count) features for \(files.count) photos")
        (self.files, self.fingerprint, self.channels) = (files, fingerprint, channels)
        var values = features
        for photo in files.indices {
            let range = photo * channels..<(photo + 1) * channels
            let length = Self.length(features[range])
            if length > 0 { for i in range { values[i] /= length } }
        }
        self.values = values
    }

    private static func length(_ values: some Sequence<Float>) -> Float {
        Float(values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
    }

    package struct Neighbor: Sendable, Equatable {
        /// Index into `files`.
        package var photo: Int
        /// Cosine distance, 1 − cos of the angle between the features: 0 for the same direction, 1
        /// for orthogonal ones.
        package var distance: Float
    }

    /// Returns the photos at the smallest cosine distance from `features`, nearest first.
    ///
    /// - Parameters:
    ///   - features: [channel], of any norm, such as `Explanation.features`.
    ///   - file: a file to leave out: the photo itself.
    /// - Complexity: O(*n* log *n*) for *n* photos; about 1 ms for a thousand.
    package func nearest(to features: [Float], count: Int, excluding file: PhotoPath? = nil) -> [Neighbor] {
        precondition(features.count == channels, "\(features.count) features")
        let length = Self.length(features)
        guard !files.isEmpty, length > 0, length.isFinite else { return [] }
        var products = [Float](repeating: 0, count: files.count)
        cblas_sgemv(
            CblasRowMajor, CblasNoTrans, blasint(files.count), blasint(channels), 1 / length, values,
            blasint(channels), features, 1, 0, &products, 1)
        return files.indices.filter { files[$0] != file }.map {
            Neighbor(photo: $0, distance: max(0, 1 - products[$0]))
        }
        .sorted { ($0.distance, $0.photo) < ($1.distance, $1.photo) }
        .prefix(max(0, count)).map { $0 }
    }

    /// Writes `features` [photos, channels] atomically, with the files' names and the fingerprint as
    /// metadata.
    ///
    /// - Throws: `FileFailure` if it cannot be written.
    func save(to path: String) throws {
        let names = String(decoding: try JSONEncoder().encode(files), as: UTF8.self)
        try Safetensors.write(
            ["features": Tensor(shape: [files.count, channels], values: values)],
            metadata: ["files": names, "base": String(fingerprint, radix: 16)], to: path)
    }

    /// Reads what `save` wrote for these photos and this base; nil for anything else.
    init?(path: String, files: [PhotoPath], fingerprint: UInt64) {
        guard let metadata = try? Safetensors.readMetadata(path),
            metadata["base"] == String(fingerprint, radix: 16),
            let names = metadata["files"],
            let stored = try? JSONDecoder().decode([PhotoPath].self, from: Data(names.utf8)),
            stored == files, let tensor = try? Safetensors.read(path).tensors["features"],
            tensor.shape.count == 2, tensor.shape[0] == files.count, tensor.values.allSatisfy(\.isFinite)
        else { return nil }
        (self.files, self.fingerprint, values) = (files, fingerprint, tensor.values)
        channels = tensor.shape[1]
    }
}
