import Basics
import Canvas
import Foundation
import Photos

/// The photos of a run that another process trains. They are decoded from their files on demand, to
/// the same values as in the pixel cache, which that process may still be filling.
final class RemotePhotos: PhotoSquares, @unchecked Sendable {
    // Unchecked: `lock` guards `kept`; the rest is immutable.
    private let folder: String
    private let photos: [Photo]
    let imageSize: Int
    private let reading: PhotoReading
    let inputScale: InputScale
    private let lock = NSLock()
    /// Squares in the pixel cache's format, the most recently used last.
    private var kept: [(index: Int, square: Square)] = []

    private typealias Square = (values: [UInt16], orientation: Orientation)

    /// The photos of one screen: about 4 MB at the usual size.
    private static let mostKept = 24

    init(
        folder: String, reading: PhotoReading, photos: [Photo], imageSize: Int, inputScale: InputScale
    ) {
        (self.folder, self.photos, self.imageSize) = (folder, photos, imageSize)
        (self.reading, self.inputScale) = (reading, inputScale)
    }

    func square(at index: Int) -> [UInt16] { square(index).values }

    func orientation(at index: Int) -> Orientation { square(index).orientation }

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
        if let image = try? PhotoDecoder(reading).decode(path: "\(folder)/\(photos[index].file)") {
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
}
