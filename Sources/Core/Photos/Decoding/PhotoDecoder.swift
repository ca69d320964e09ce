import Basics
import CPNG
import CTurboJPEG
package import Canvas
package import Foundation

/// A decoder of JPEG and PNG files to 8-bit RGB, bit for bit as TensorFlow decodes them.
///
/// TensorFlow decodes JPEG with libjpeg-turbo's fast inverse DCT; the default one differs by up to
/// 20 levels. Grey and CMYK pictures become RGB by TensorFlow's formulas. A decoder belongs to one
/// thread.
package final class PhotoDecoder {
    private var jpeg: tjhandle
    /// libjpeg-turbo's warning about the last picture decoded; nil if there was none.
    package private(set) var warning: String?

    package init() { jpeg = Self.makeHandle() }

    private static func makeHandle() -> tjhandle {
        guard let handle = tjInitDecompress() else { fatalError("libjpeg-turbo cannot start") }
        return handle
    }

    /// Returns a failure of libjpeg-turbo and replaces the handle: one that has met a truncated
    /// header reports the next file as truncated too.
    private func failure(_ reason: String) -> Failure {
        tjDestroy(jpeg)
        jpeg = Self.makeHandle()
        return Failure(reason: reason)
    }

    deinit { tjDestroy(jpeg) }

    /// The reason why a photo cannot be used, as the end of a sentence.
    package struct Failure: Error, Equatable { package let reason: String }

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
            throw Failure(reason: "has more than \(byteLimit >> 20) MiB, too many for a photo")
        } catch {
            throw Failure(reason: "cannot be read")
        }
    }

    package func decode(_ bytes: [UInt8]) throws -> RGBImage {
        warning = nil
        if bytes.isEmpty { throw Failure(reason: "is empty (0 bytes)") }
        if bytes.starts(with: [0xff, 0xd8, 0xff]) { return try decodeJPEG(bytes) }
        if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) { return try decodePNG(bytes) }
        if bytes.starts(with: Array("GIF8".utf8)) {
            throw Failure(reason: "is a GIF; only JPEG and PNG are read")
        }
        if bytes.starts(with: Array("BM".utf8)) {
            throw Failure(reason: "is a BMP; only JPEG and PNG are read")
        }
        throw Failure(reason: "is neither JPEG nor PNG inside")
    }

    /// Whether a file looks whole by its first and last bytes: a JPEG with a valid header and an
    /// end marker, as nearly all photos are. Anything else has to be decoded to find out.
    func looksWhole(path: String) -> Bool {
        guard let file = BoundedFile.open(path) else { return false }
        defer { try? file.close() }
        guard let end = try? file.seekToEnd(), end > 1024, (try? file.seek(toOffset: 0)) != nil,
            let head = try? file.read(upToCount: 128 << 10), head.starts(with: [0xff, 0xd8, 0xff]),
            (try? readHeader([UInt8](head))) != nil, (try? file.seek(toOffset: end - 1024)) != nil,
            let tail = try? file.readToEnd()
        else { return false }
        return zip(tail, tail.dropFirst()).contains { $0 == 0xff && $1 == 0xd9 }
    }

    /// - Parameter bytes: a JPEG, or at least its beginning.
    func readHeader(_ bytes: [UInt8]) throws -> (width: Int32, height: Int32, colors: Int32) {
        var (width, height, subsampling, colors): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        guard tjDecompressHeader3(jpeg, bytes, UInt(bytes.count), &width, &height, &subsampling, &colors) == 0
        else {
            throw failure("is a damaged JPEG: \(lastMessage)")
        }
        guard width > 0, height > 0 else { throw failure("is a damaged JPEG: its header is cut short") }
        guard Int(width) * Int(height) <= Self.pixelLimit else {
            throw failure("is a JPEG of \(width)×\(height) pixels, too large to decode")
        }
        return (width, height, colors)
    }

    private func decodeJPEG(_ bytes: [UInt8]) throws -> RGBImage {
        let (width, height, colors) = try readHeader(bytes)
        try JPEGSegments(bytes).check(width: Int(width), height: Int(height))
        let length = UInt(bytes.count)
        let cmyk = colors == TJCS_CMYK.rawValue || colors == TJCS_YCCK.rawValue
        let format = cmyk ? TJPF_CMYK : TJPF_RGB
        let count = Int(width) * Int(height)
        var pixels = [UInt8](repeating: 0, count: count * (cmyk ? 4 : 3))
        let result = tjDecompress2(
            jpeg, bytes, length, &pixels, width, 0, height, format.rawValue,
            TJFLAG_FASTDCT | TJFLAG_LIMITSCANS)
        // Warnings such as stray bytes between markers leave a whole picture; a premature end does
        // not.
        if result != 0, tjGetErrorCode(jpeg) != TJERR_WARNING.rawValue || lastMessage.contains("remature end")
        {
            throw failure("is a damaged JPEG: \(lastMessage)")
        }
        if result != 0 { warning = lastMessage }
        if cmyk { Self.makeRGB(fromCMYK: &pixels, inverted: JPEGSegments(bytes).hasAdobeMarker) }
        return RGBImage(width: Int(width), height: Int(height), pixels: pixels)
    }

    private var lastMessage: String { String(cString: tjGetErrorStr2(jpeg)) }

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
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        defer { png_image_free(&image) }
        func message() -> String {
            withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        // The size is checked before libpng sees the file.
        let (width, height, bits) = try readPNGHeader(bytes)
        // Deflate expands a byte to at most 1,032.
        guard bytes.count * 1032 >= height * (width * bits / 8) else {
            throw Failure(reason: "is a damaged PNG: it is too short for \(width)×\(height) pixels")
        }
        try checkPNGChunks(bytes)
        guard png_image_begin_read_from_memory(&image, bytes, bytes.count) != 0, image.width == width,
            image.height == height
        else {
            throw Failure(reason: "is a damaged PNG: \(message())")
        }
        // TensorFlow drops alpha instead of blending it, and treats 16-bit samples as sRGB.
        image.format = UInt32(PNG_FORMAT_FLAG_COLOR) | UInt32(PNG_FORMAT_FLAG_ALPHA)
        image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
        var pixels = [UInt8](repeating: 0, count: width * height * 4)
        guard png_image_finish_read(&image, nil, &pixels, 0, nil) != 0, image.warning_or_error & 2 == 0 else {
            throw Failure(reason: "is a damaged PNG: \(message())")
        }
        for i in 0..<width * height {
            for c in 0..<3 { pixels[3 * i + c] = pixels[4 * i + c] }
        }
        pixels.removeLast(width * height)
        return RGBImage(width: width, height: height, pixels: pixels)
    }
}

extension RGBImage {
    /// Decodes a JPEG or PNG file.
    ///
    /// - Throws: `UserError` if it cannot be decoded.
    package init(file: String) throws {
        let data: Data
        do {
            data = try PhotoDecoder.contents(file)
        } catch let failure as PhotoDecoder.Failure {
            throw UserError(
                FileManager.default.fileExists(atPath: file)
                    ? "\(file) \(failure.reason)." : "There is no file \(file).")
        }
        try self.init([UInt8](data), name: file)
    }

    /// Returns the `size`×`size` square that the network sees, rounded to 8 bits.
    package func asSeen(size: Int) -> RGBImage {
        RGBImage(
            width: size, height: size,
            pixels: BilinearResize.resize(self, to: size).map { UInt8($0.rounded()) })
    }

    /// Decodes a JPEG or PNG.
    ///
    /// - Parameter name: the picture's name in errors.
    /// - Throws: `UserError` if it cannot be decoded.
    package init(_ bytes: [UInt8], name: String) throws {
        do {
            self = try PhotoDecoder().decode(bytes)
        } catch let failure as PhotoDecoder.Failure {
            throw UserError("\(name) \(failure.reason).")
        }
    }
}
