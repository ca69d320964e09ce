import Foundation
import Photos

/// The photos of a run that another process trains. They are decoded from their files on demand, to
/// the same values as in the pixel cache, which that process may still be filling.
final class RemotePhotos: PhotoPixels, @unchecked Sendable {
    // Unchecked: `lock` guards `kept`; the rest is immutable.
    private let folder: String
    private let photos: [Photo]
    private let imageSize: Int
    private let lock = NSLock()
    /// Squares in the pixel cache's format, the most recently used last.
    private var kept: [(index: Int, square: Square)] = []

    private typealias Square = (values: [UInt16], orientation: Orientation)

    /// The photos of one screen: about 4 MB at the usual size.
    private static let mostKept = 24

    init(folder: String, photos: [Photo], imageSize: Int) {
        (self.folder, self.photos, self.imageSize) = (folder, photos, imageSize)
    }

    private func square(_ index: Int) -> Square {
        let known: Square? = lock.withLock {
            guard let place = kept.firstIndex(where: { $0.index == index }) else { return nil }
            kept.append(kept.remove(at: place))
            return kept.last!.square
        }
        if let known { return known }
        let count = imageSize * imageSize * 3
        // As in the pixel cache, a photo that cannot be read appears grey.
        var square: Square = (Array(repeating: 127 << 8, count: count), .upright)
        if let image = try? PhotoDecoder().decode(path: "\(folder)/\(photos[index].file)") {
            square.values.withUnsafeMutableBufferPointer {
                PixelCache.encode(image, imageSize, into: $0.baseAddress!)
            }
            square.orientation = image.orientation
        }
        lock.withLock {
            kept.append((index, square))
            if kept.count > Self.mostKept { kept.removeFirst() }
        }
        return square
    }

    func values(at index: Int) -> [Float] { square(index).values.map { Float($0) * (1 / 256) } }

    func image(at index: Int) -> RGBImage { picture(values(at: index), at: index) }

    private func picture(_ values: [Float], at index: Int) -> RGBImage {
        RGBImage(
            width: imageSize, height: imageSize, pixels: values.map { UInt8(min(max($0.rounded(), 0), 255)) },
            orientation: square(index).orientation)
    }

    private func augmented(_ index: Int, _ draw: Augmentation) -> [Float] {
        var image = values(at: index)
        var scratch = image
        var result = image
        draw.apply(to: &image, size: imageSize, scratch: &scratch, output: &result)
        return result
    }

    func augmentedImage(at index: Int, variant: UInt64, strength: AugmentationStrength) -> RGBImage {
        picture(
            augmented(index, AugmentationView.draw(at: index, variant: variant, strength: strength)),
            at: index)
    }

    func augmentedView(at index: Int, variant: UInt64, strength: AugmentationStrength) -> AugmentationView {
        let draw = AugmentationView.draw(at: index, variant: variant, strength: strength)
        return AugmentationView(
            draw, size: imageSize, tensor: augmented(index, draw).map { $0 * (1 / 127.5) - 1 })
    }
}
