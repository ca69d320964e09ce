import Basics
import CPhotoDecoders
package import Canvas
package import Foundation

/// A decoder of photos to 8-bit RGB: JPEG, PNG, BMP and GIF, bit for bit as
/// `tf.io.decode_image(channels=3, expand_animations=False)` decodes them, with which Keras reads
/// photos; and WebP, HEIC, AVIF and TIFF.
///
/// TensorFlow decodes JPEG with libjpeg-turbo's fast inverse DCT; the default one differs by up to
/// 20 levels. Grey and CMYK pictures become RGB by TensorFlow's formulas; gamma, colour profiles and
/// the EXIF orientation are ignored, the latter unless the reading applies it. Only damaged pictures are treated more strictly: one whose data
/// end too early is refused, where TensorFlow fills up the rest with grey. A decoder belongs to one
/// thread.
package final class PhotoDecoder {
    /// libjpeg-turbo's last warning about the last picture decoded; nil if there was none.
    package private(set) var warning: String?
    var message = [CChar](repeating: 0, count: Int(flowers_message_length))
    let reading: PhotoReading

    /// - Parameter reading: the formats that are read, and what becomes of the orientation.
    package init(_ reading: PhotoReading = .file) { self.reading = reading }

    /// Largest picture that is decoded, in pixels; anything larger is more likely a mistake or an
    /// attack. Decoding takes up to four bytes per pixel.
    static let pixelLimit = 200_000_000
    /// Largest file that is read, in bytes.
    static let byteLimit = 256 << 20

    package func decode(path: String) throws -> RGBImage { try decode([UInt8](Self.contents(path))) }

    /// Reads the file's bytes.
    package static func contents(_ path: String) throws -> Data {
        do {
            return try BoundedFile.read(path, limit: byteLimit)
        } catch BoundedFile.Failure.tooLarge {
            throw PhotoFault.larger(thanMiB: byteLimit >> 20)
        } catch {
            throw PhotoFault.cannotBeRead
        }
    }

    package func decode(_ bytes: [UInt8]) throws -> RGBImage {
        warning = nil
        let image = try decode(bytes, format(bytes))
        return reading.orientation == .apply ? image.upright : image
    }

    /// Returns the format of a file by its first bytes.
    ///
    /// - Throws: `PhotoFault` if it is not among those to read.
    func format(_ bytes: [UInt8]) throws -> PhotoHeader.Format {
        let kind = FileKind(bytes)
        guard reading.formats.reads(kind), let format = PhotoHeader.Format(kind) else {
            throw PhotoFault.kind(kind)
        }
        return format
    }

    private func decode(_ bytes: [UInt8], _ format: PhotoHeader.Format) throws -> RGBImage {
        switch format {
        case .jpeg: try decodeJPEG(bytes)
        case .png: try decodePNG(bytes)
        case .bmp: try BMPFile(bytes).decode(bytes)
        case .gif: try GIFFile(bytes).decode(bytes)
        case .webP, .heic, .avif, .tiff: try decodeByLibrary(bytes, format)
        }
    }

    /// Returns the header of a file that looks whole by its first and last bytes: a JPEG with a valid
    /// header and an end marker, as nearly all photos are. Anything else has to be decoded to find
    /// out; then it returns nil.
    func headerIfWhole(path: String) -> PhotoHeader? {
        guard let file = BoundedFile.open(path) else { return nil }
        defer { try? file.close() }
        guard let end = try? file.seekToEnd(), end > 1024, (try? file.seek(toOffset: 0)) != nil,
            let head = try? file.read(upToCount: 128 << 10), head.starts(with: [0xff, 0xd8, 0xff]),
            let header = try? header([UInt8](head)), (try? file.seek(toOffset: end - 1024)) != nil,
            let tail = try? file.readToEnd()
        else { return nil }
        return zip(tail, tail.dropFirst()).contains { $0 == 0xff && $1 == 0xd9 } ? header : nil
    }

    /// - Parameter bytes: a JPEG, or at least its beginning.
    func readJPEGHeader(_ bytes: [UInt8]) throws -> flowers_jpeg_header {
        var header = flowers_jpeg_header()
        guard flowers_jpeg_read_header(bytes, bytes.count, &header, &message) != 0 else {
            throw PhotoFault.damaged(.jpeg, .library(lastMessage))
        }
        guard header.width > 0, header.height > 0 else {
            throw PhotoFault.damaged(.jpeg, .headerCutShort)
        }
        guard Int(header.width) * Int(header.height) <= Self.pixelLimit else {
            throw PhotoFault.tooManyPixels(.jpeg, width: Int(header.width), height: Int(header.height))
        }
        return header
    }

    private func decodeJPEG(_ bytes: [UInt8]) throws -> RGBImage {
        var header = try readJPEGHeader(bytes)
        let (width, height) = (Int(header.width), Int(header.height))
        let segments = JPEGSegments(bytes)
        try segments.check(width: width, height: height)
        let isCMYK = header.is_cmyk != 0
        var pixels = [UInt8](repeating: 0, count: width * height * (isCMYK ? 4 : 3))
        guard flowers_jpeg_decode(bytes, bytes.count, &header, &pixels, &message) != 0 else {
            throw PhotoFault.damaged(.jpeg, .library(lastMessage))
        }
        warning = lastMessage.isEmpty ? nil : lastMessage
        if isCMYK { Self.makeRGB(fromCMYK: &pixels, inverted: header.has_adobe_marker != 0) }
        return RGBImage(width: width, height: height, pixels: pixels, orientation: segments.orientation)
    }

    var lastMessage: String {
        String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Converts CMYK to RGB by TensorFlow's formula; Adobe stores inverted inks. Works in place,
    /// because pictures may be large.
    private static func makeRGB(fromCMYK pixels: inout [UInt8], inverted: Bool) {
        for i in 0..<pixels.count / 4 {
            let black = inverted ? Int(pixels[4 * i + 3]) : 255 - Int(pixels[4 * i + 3])
            for c in 0..<3 {
                let ink = inverted ? Int(pixels[4 * i + c]) : 255 - Int(pixels[4 * i + c])
                pixels[3 * i + c] = UInt8(black * ink / 255)
            }
        }
        pixels.removeLast(pixels.count / 4)
    }

    private func decodePNG(_ bytes: [UInt8]) throws -> RGBImage {
        // The size is checked before libpng sees the file.
        let (width, height, bits) = try readPNGHeader(bytes)
        // Deflate expands a byte to at most 1,032.
        guard bytes.count * 1032 >= height * (width * bits / 8) else {
            throw PhotoFault.damaged(.png, .tooShort(width: width, height: height))
        }
        try checkPNGChunks(bytes)
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        guard
            flowers_png_decode(bytes, bytes.count, UInt32(width), UInt32(height), &pixels, &message) != 0
        else {
            throw PhotoFault.damaged(.png, .library(lastMessage))
        }
        return RGBImage(width: width, height: height, pixels: pixels, orientation: pngOrientation(bytes))
    }
}

extension RGBImage {
    /// Decodes a photo file.
    ///
    /// - Throws: `PhotoFailure` if it cannot be decoded.
    package init(file: String, _ reading: PhotoReading = .file) throws {
        let data: Data
        do {
            data = try PhotoDecoder.contents(file)
        } catch let fault as PhotoFault {
            throw BoundedFile.exists(file) ? PhotoFailure.unusable(file, fault) : .missing(file)
        }
        try self.init([UInt8](data), name: file, reading)
    }

    /// Returns the `size`×`size` square that the network sees, rounded to 8 bits.
    package func asSeen(size: Int) -> RGBImage {
        RGBImage(
            width: size, height: size,
            pixels: BilinearResize.resize(self, to: size).map { UInt8($0.rounded()) },
            orientation: orientation)
    }

    /// Decodes a photo.
    ///
    /// - Parameter name: the picture's name in errors.
    /// - Throws: `PhotoFailure` if it cannot be decoded.
    package init(_ bytes: [UInt8], name: String, _ reading: PhotoReading = .file) throws {
        do {
            self = try PhotoDecoder(reading).decode(bytes)
        } catch let fault as PhotoFault {
            throw PhotoFailure.unusable(name, fault)
        }
    }
}
