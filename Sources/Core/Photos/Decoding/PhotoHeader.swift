import Basics
import CPhotoDecoders
package import Canvas
import Foundation

/// The header of a photo file: format, size and colour mode, read without decoding pixels.
package struct PhotoHeader: Codable, Sendable, Hashable {
    package enum Format: String, Codable, Sendable, CaseIterable {
        case jpeg, png, gif, bmp
        case webP = "webp"
        case heic, avif, tiff

        /// Nil for the kind of a file that cannot be read.
        init?(_ kind: FileKind) { self.init(rawValue: kind.rawValue) }

        /// File name suffixes of the format.
        package var suffixes: [String] {
            switch self {
            case .jpeg: [".jpg", ".jpeg"]
            case .heic: [".heic", ".heif"]
            case .tiff: [".tif", ".tiff"]
            case .png, .gif, .bmp, .webP, .avif: [".\(rawValue)"]
            }
        }
        package var name: String { FileKind(rawValue: rawValue)?.name ?? rawValue }
    }

    package enum ColorMode: String, Codable, Sendable, CaseIterable {
        case rgb, grey, cmyk, palette
        case rgbAlpha = "rgb_alpha"
        case greyAlpha = "grey_alpha"
    }

    package var format: Format
    /// In pixels.
    package var width: Int
    package var height: Int
    package var colorMode: ColorMode
    /// Bits per channel.
    package var bits: Int
    /// Stored by EXIF; training ignores it, as Keras does.
    package var orientation: Orientation

    /// Whether the values are within bounds; those of a record read from disk may not be.
    package var isPlausible: Bool {
        (1...PhotoDecoder.pixelLimit).contains(width) && (1...PhotoDecoder.pixelLimit).contains(height)
            && (1...16).contains(bits)
    }

    package init(
        format: Format, width: Int, height: Int, colorMode: ColorMode = .rgb, bits: Int = 8,
        orientation: Orientation = .upright
    ) {
        (self.format, self.width, self.height) = (format, width, height)
        (self.colorMode, self.bits, self.orientation) = (colorMode, bits, orientation)
    }
}

extension PhotoDecoder {
    /// Lengths of the beginning to try, in bytes: most headers are short, but colour profiles and
    /// previews make some long.
    private static let headBytes = [8 << 10, 128 << 10, PhotoDecoder.byteLimit]

    /// Reads a file's header, and no more of the file than that takes.
    ///
    /// - Throws: `PhotoFault` if there is no readable header.
    func header(path: String) throws -> PhotoHeader {
        guard let file = BoundedFile.open(path) else { throw PhotoFault.cannotBeRead }
        defer { try? file.close() }
        var head: [UInt8] = []
        for length in Self.headBytes {
            guard let more = try? file.read(upToCount: length - head.count) ?? Data() else {
                throw PhotoFault.cannotBeRead
            }
            head += more
            if let header = try? header(head) { return header }
            if head.count < length { break }
        }
        return try header(head)
    }

    /// Parses the header of a photo. One that is to be turned upright has the sides that it then has.
    ///
    /// - Parameter bytes: the file, or at least its beginning.
    /// - Throws: `PhotoFault` if it is of a kind that is not read, or its header is damaged.
    package func header(_ bytes: [UInt8]) throws -> PhotoHeader {
        var header = try self.header(bytes, format(bytes))
        if reading.orientation == .apply {
            if header.orientation.swapsSides { swap(&header.width, &header.height) }
            header.orientation = .upright
        }
        return header
    }

    private func header(_ bytes: [UInt8], _ format: PhotoHeader.Format) throws -> PhotoHeader {
        switch format {
        case .jpeg:
            let header = try readJPEGHeader(bytes)
            return PhotoHeader(
                format: .jpeg, width: Int(header.width), height: Int(header.height),
                colorMode: header.is_cmyk != 0 ? .cmyk : header.components == 1 ? .grey : .rgb,
                orientation: JPEGSegments(bytes).orientation)
        case .png:
            let (width, height, _) = try readPNGHeader(bytes)
            return PhotoHeader(
                format: .png, width: width, height: height,
                colorMode: Self.pngModes[bytes[25]]?.mode ?? .rgb, bits: Int(bytes[24]),
                orientation: pngOrientation(bytes))
        case .bmp:
            let file = try BMPFile(bytes)
            return PhotoHeader(
                format: .bmp, width: file.width, height: file.height,
                colorMode: [8: .grey, 32: .rgbAlpha][file.bits] ?? .rgb)
        case .gif:
            let file = try GIFFile(bytes)
            return PhotoHeader(format: .gif, width: file.width, height: file.height, colorMode: .palette)
        case .webP, .heic, .avif, .tiff: return try libraryHeader(bytes, format)
        }
    }

    private static let pngModes: [UInt8: (mode: PhotoHeader.ColorMode, channels: Int)] = [
        0: (.grey, 1), 2: (.rgb, 3), 3: (.palette, 1), 4: (.greyAlpha, 2), 6: (.rgbAlpha, 4),
    ]

    /// Parses the header of a PNG.
    ///
    /// - Parameter bytes: the PNG, or at least its beginning.
    /// - Returns: its sides in pixels, and the bits per pixel.
    /// - Throws: `PhotoFault` if it is malformed or announces a picture too large to decode.
    func readPNGHeader(_ bytes: [UInt8]) throws -> (width: Int, height: Int, bits: Int) {
        // Signature; the first chunk's length and name; width, height, depth and colour type (PNG,
        // 11.2.1).
        guard bytes.count >= 26 else { throw PhotoFault.damaged(.png, .headerCutShort) }
        func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        let (width, height) = (number(at: 16), number(at: 20))
        guard bytes[12..<16].elementsEqual("IHDR".utf8), width > 0, height > 0, bytes[24] > 0,
            bytes[24] <= 16,
            let mode = Self.pngModes[bytes[25]]
        else { throw PhotoFault.damaged(.png, .headerSenseless) }
        // Sides have 32 bits each, so their product could overflow.
        guard width <= Self.pixelLimit, height <= Self.pixelLimit / width else {
            throw PhotoFault.tooManyPixels(.png, width: width, height: height)
        }
        return (width, height, mode.channels * Int(bytes[24]))
    }

    /// Returns the orientation in a PNG's eXIf chunk, if that precedes the picture.
    func pngOrientation(_ bytes: [UInt8]) -> Orientation {
        var i = 8
        while i + 8 <= bytes.count {
            let length = bytes[i..<i + 4].reduce(0) { $0 << 8 | Int($1) }
            let name = bytes[i + 4..<i + 8]
            if name.elementsEqual("IDAT".utf8) || length > bytes.count - i - 8 { break }
            if name.elementsEqual("eXIf".utf8) { return Orientation(exif: bytes[i + 8..<i + 8 + length]) }
            i += 12 + length
        }
        return .upright
    }

    /// Checks the lengths of the chunks before the picture. libpng allocates and clears the length
    /// that a chunk announces, up to 2 GiB, before it looks for the content in the file.
    ///
    /// - Parameter bytes: a whole PNG.
    /// - Throws: `PhotoFault` if a chunk before the picture is longer than the file.
    func checkPNGChunks(_ bytes: [UInt8]) throws {
        // Length, name, content, checksum (PNG, 5.3).
        var i = 8
        while i + 8 <= bytes.count, !bytes[i + 4..<i + 8].elementsEqual("IDAT".utf8) {
            let length = bytes[i..<i + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - i - 8 else {
                throw PhotoFault.damaged(.png, .cutShort)
            }
            i += 12 + length
        }
    }
}
