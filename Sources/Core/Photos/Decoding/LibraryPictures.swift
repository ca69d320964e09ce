import CPhotoDecoders
import Canvas

/// WebP, HEIC, AVIF and TIFF, each read by its library, which is loaded when it is first needed.
extension PhotoDecoder {
    private typealias ReadHeader = (
        UnsafePointer<UInt8>, Int, UnsafeMutablePointer<flowers_picture_header>,
        UnsafeMutablePointer<CChar>
    ) -> Int32
    private typealias Decode = (
        UnsafePointer<UInt8>, Int, UInt32, UInt32, UnsafeMutablePointer<UInt8>,
        UnsafeMutablePointer<CChar>
    ) -> Int32

    private static func library(_ format: PhotoHeader.Format) -> (header: ReadHeader, decode: Decode) {
        switch format {
        case .webP: (flowers_webp_read_header, flowers_webp_decode)
        case .tiff: (flowers_tiff_read_header, flowers_tiff_decode)
        default: (flowers_heif_read_header, flowers_heif_decode)
        }
    }

    /// Reads the header of a picture of one of these formats; of some, that takes the whole file.
    func libraryHeader(_ bytes: [UInt8], _ format: PhotoHeader.Format) throws -> PhotoHeader {
        var found = flowers_picture_header()
        try check(Self.library(format).header(bytes, bytes.count, &found, &message), format)
        guard found.has_animation == 0 else { throw PhotoFault.damaged(format, .animation) }
        guard found.width > 0, found.height > 0 else { throw PhotoFault.damaged(format, .headerSenseless) }
        let (width, height) = (Int(found.width), Int(found.height))
        guard width <= Self.pixelLimit, height <= Self.pixelLimit / width else {
            throw PhotoFault.tooManyPixels(format, width: width, height: height)
        }
        let modes: [Int32: PhotoHeader.ColorMode] = [1: .grey, 2: .greyAlpha, 4: .rgbAlpha]
        var mode = modes[found.channels] ?? .rgb
        if found.has_palette != 0 { mode = .palette }
        if found.has_inks != 0 { mode = .cmyk }
        var orientation = Orientation(rawValue: UInt8(clamping: found.orientation)) ?? .upright
        if format == .webP { orientation = try WebPFile.orientation(bytes) }
        return PhotoHeader(
            format: format, width: width, height: height, colorMode: mode, bits: max(1, Int(found.bits)),
            orientation: orientation)
    }

    func decodeByLibrary(_ bytes: [UInt8], _ format: PhotoHeader.Format) throws -> RGBImage {
        let header = try libraryHeader(bytes, format)
        let count = header.width * header.height
        let channels = format == .tiff ? 4 : 3
        var pixels = [UInt8](repeating: 0, count: count * channels)
        try check(
            Self.library(format).decode(
                bytes, bytes.count, UInt32(header.width), UInt32(header.height), &pixels, &message), format)
        if channels == 4 {
            // In place, because pictures may be large.
            pixels.withUnsafeMutableBufferPointer { pixels in
                for i in 0..<count { for c in 0..<3 { pixels[3 * i + c] = pixels[4 * i + c] } }
            }
            pixels.removeLast(count)
        }
        return RGBImage(
            width: header.width, height: header.height, pixels: pixels, orientation: header.orientation)
    }

    private func check(_ code: Int32, _ format: PhotoHeader.Format) throws {
        if code < 0 { throw PhotoFault.noLibrary(format) }
        if code == 0 { throw PhotoFault.damaged(format, .library(lastMessage)) }
    }
}

/// The chunks of a WebP (RIFF).
private enum WebPFile {
    /// Returns the orientation in the EXIF chunk, which follows the pixels.
    ///
    /// - Throws: `PhotoFault` if the file ends before it.
    static func orientation(_ bytes: [UInt8]) throws(PhotoFault) -> Orientation {
        // Only the extended form, VP8X, has one, and a flag for it.
        guard bytes.count > 20, bytes[12..<16].elementsEqual("VP8X".utf8), bytes[20] & 8 != 0 else {
            return .upright
        }
        var i = 12
        while i + 8 <= bytes.count {
            let length = bytes[i + 4..<i + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - i - 8 else { break }
            if bytes[i..<i + 4].elementsEqual("EXIF".utf8) {
                let exif = bytes[i + 8..<i + 8 + length]
                // Some programs write JPEG's marker before it.
                let marker = Array("Exif\0\0".utf8)
                return Orientation(exif: exif.starts(with: marker) ? exif.dropFirst(6) : exif)
            }
            i += 8 + length + length % 2
        }
        throw .damaged(.webP, .cutShort)
    }
}
