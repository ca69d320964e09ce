import Basics
import Canvas
import Foundation
import Photos

/// The result of examining one photo file, kept so that it need not be examined again.
struct PhotoRecord: Codable, Sendable {
    /// Path, size and modification time of the file when it was examined.
    var file: PixelFile.Entry
    /// The decoder's warning about a photo that can be used nevertheless.
    var warning: String?
    /// Nil if the photo cannot be used; `file.fault` then says why.
    var header: PhotoHeader?
    /// Checksum of the file's bytes.
    var contentSum: UInt64 = 0
    /// Checksum of the decoded pixels.
    var pixelSum: UInt64 = 0
    var hash: UInt64 = 0
    var mirroredHash: UInt64 = 0
    /// Standard deviation of the luminance, 0…255, after averaging to 32×32.
    var contrast: Float = 0
    /// Mean difference between a pixel's largest and smallest channel, 0…255; 0 for grey.
    var chroma: Float = 0

    var isUsable: Bool { file.fault == nil }
    var path: PhotoPath { file.path }

    /// Examines a file.
    ///
    /// - Returns: its record and, if it can be used, the decoded picture.
    static func examine(_ file: PixelFile.Entry, in folder: String, _ decoder: PhotoDecoder) -> (
        PhotoRecord, RGBImage?
    ) {
        var record = PhotoRecord(file: file)
        do {
            let data = try PhotoDecoder.contents("\(folder)/\(file.path)")
            record.contentSum = data.withUnsafeBytes(WordChecksum.sum)
            let bytes = [UInt8](data)
            let image = try decoder.decode(bytes)
            record.warning = decoder.warning
            record.header = try decoder.header(bytes)
            record.measure(image)
            return (record, image)
        } catch {
            record.file.fail(error)
            return (record, nil)
        }
    }

    private mutating func measure(_ image: RGBImage) {
        pixelSum = image.pixels.withUnsafeBytes(WordChecksum.sum)
        let small = SmallPicture(image, side: PerceptualHash.side)
        let perceptual = PerceptualHash(luminance: small.luminance)
        (hash, mirroredHash) = (perceptual.bits, perceptual.mirrored)
        let mean = small.luminance.reduce(0, +) / Float(small.luminance.count)
        contrast =
            (small.luminance.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(small.luminance.count))
            .squareRoot()
        chroma = small.chroma
    }
}

/// A picture averaged to `side`×`side` cells.
struct SmallPicture {
    /// Rec. 601 luminance, 0…255; `side`·`side` values, rows from the top.
    let luminance: [Float]
    /// Mean over all pixels of the largest channel minus the smallest.
    let chroma: Float

    init(_ image: RGBImage, side: Int) {
        var sums = [SIMD4<UInt32>](repeating: .zero, count: side * side)
        var counts = [UInt32](repeating: 0, count: side * side)
        var chromaSum = 0
        // Along a side shorter than `side`, pixels are read more than once.
        let rows = Swift.max(image.height, side)
        let columns = Swift.max(image.width, side)
        image.pixels.withUnsafeBufferPointer { pixels in
            for y in 0..<rows {
                let row = y * image.height / rows * image.width * 3
                let bin = y * side / rows * side
                for x in 0..<columns {
                    let pixel = row + x * image.width / columns * 3
                    let (r, g, b) = (pixels[pixel], pixels[pixel + 1], pixels[pixel + 2])
                    sums[bin + x * side / columns] &+= SIMD4(UInt32(r), UInt32(g), UInt32(b), 0)
                    counts[bin + x * side / columns] += 1
                    chromaSum += Int(Swift.max(r, g, b)) - Int(Swift.min(r, g, b))
                }
            }
        }
        luminance = zip(sums, counts).map { sum, count in
            (0.299 * Float(sum.x) + 0.587 * Float(sum.y) + 0.114 * Float(sum.z)) / Float(Swift.max(count, 1))
        }
        chroma = Float(chromaSum) / Float(rows * columns)
    }
}
