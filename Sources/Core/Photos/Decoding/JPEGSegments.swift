import Canvas

/// The segments of a JPEG, checked before libjpeg-turbo reads them.
///
/// A progressive JPEG may have any number of scans of a few bytes each, and every scan costs a pass
/// over the whole picture. A header of a few bytes may also announce a picture far larger than the
/// file can hold.
///
/// Source: ITU-T T.81, annex B.
struct JPEGSegments {
    /// libjpeg-turbo's own limit, which it applies to progressive JPEGs only.
    static let mostScans = 500
    /// Limit of scans times pixels: twenty scans of the largest picture. Real photos have about ten
    /// scans.
    static let mostWork = 4_000_000_000

    private let bytes: [UInt8]
    /// Marker of the frame header, C0 to CF; nil if none precedes the first scan.
    private var frame: UInt8?
    /// The EXIF orientation in the first APP1 segment that has one.
    private(set) var orientation = Orientation.upright

    /// - Parameter bytes: the whole file.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var i = 2
        while let place = Self.marker(in: bytes, from: i), place + 3 <= bytes.count {
            let (marker, length) = (bytes[place], Int(bytes[place + 1]) << 8 | Int(bytes[place + 2]))
            // SOS and EOI end the header; TEM, RST and SOI have no content to skip.
            if marker == 0xda || marker == 0xd9 { break }
            i = place + 1
            if marker == 0x01 || (0xd0...0xd8).contains(marker) { continue }
            // C4, C8 and CC are tables and extensions, not frames.
            if (0xc0...0xcf).contains(marker), marker & 3 != 0 || marker == 0xc0 { frame = frame ?? marker }
            if marker == 0xe1, orientation == .upright, length >= 8, i + length <= bytes.count,
                bytes[i + 2..<i + 8].elementsEqual("Exif\0\0".utf8)
            {
                orientation = Orientation(exif: bytes[i + 8..<i + length])
            }
            i += max(2, length)
        }
    }

    /// Returns the index of the next marker's second byte, found as libjpeg-turbo finds it: other
    /// bytes are skipped, and any number of FF may come first.
    private static func marker(in bytes: [UInt8], from start: Int) -> Int? {
        var i = start
        while i + 1 < bytes.count {
            if bytes[i] == 0xff, bytes[i + 1] != 0xff, bytes[i + 1] != 0 { return i + 1 }
            i += 1
        }
        return nil
    }

    /// Checks the announced size against the number of scans and the length of the file.
    ///
    /// - Throws: `PhotoFault` if decoding would take too long, or the file is too short
    ///   for that many pixels.
    func check(width: Int, height: Int) throws {
        let pixels = width * height
        // Counts start-of-scan markers; a preview in the header may add a few.
        let scans = zip(bytes, bytes.dropFirst()).lazy.filter { $0 == 0xff && $1 == 0xda }.count
        guard scans <= Self.mostScans, scans * pixels <= Self.mostWork else {
            throw PhotoFault.tooManyScans(scans, width: width, height: height)
        }
        // Huffman coding spends at least a bit on each 8×8 block. Arithmetic coding (C9 and above)
        // may spend less, but hardly as little as a byte on 64 blocks, which only a blank page
        // would do.
        let blocks = (width + 7) / 8 * ((height + 7) / 8)
        guard bytes.count * (frame ?? 0 > 0xc7 ? 64 : 8) >= blocks else {
            throw PhotoFault.damaged(.jpeg, .tooShort(width: width, height: height))
        }
    }
}
