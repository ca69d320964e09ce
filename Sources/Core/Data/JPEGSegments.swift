/// What the segments of a JPEG say before libjpeg-turbo reads them.
///
/// A progressive JPEG may have any number of scans, each of a few bytes, for each of which the whole picture is gone
/// through; a header of a few bytes may announce a picture that the file cannot have.
/// Source: ITU-T T.81, annex B.
struct JPEGSegments {
    /// libjpeg-turbo's own limit, which holds for progressive ones only.
    static let mostScans = 500
    /// Scans times pixels: twenty of the largest pictures. Real ones have about ten.
    static let mostWork = 4_000_000_000

    private let bytes: [UInt8]
    /// The marker of the frame, C0 to CF; nil where none stands before the first scan.
    private var frame: UInt8?
    /// Whether an APP14 segment named Adobe stands before the first scan.
    private(set) var hasAdobeMarker = false

    /// - Parameter bytes: a whole file's.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var i = 2
        while let place = Self.marker(in: bytes, from: i), place + 3 <= bytes.count {
            let (marker, length) = (bytes[place], Int(bytes[place + 1]) << 8 | Int(bytes[place + 2]))
            // A scan, or the end. Those without content are passed over.
            if marker == 0xda || marker == 0xd9 { break }
            i = place + 1
            if marker == 0x01 || (0xd0...0xd8).contains(marker) { continue }
            // C4, C8 and CC are tables and extensions.
            if (0xc0...0xcf).contains(marker), marker & 3 != 0 || marker == 0xc0 { frame = frame ?? marker }
            if marker == 0xee, length >= 7, i + 7 <= bytes.count,
                bytes[i + 2..<i + 7].elementsEqual("Adobe".utf8)
            {
                hasAdobeMarker = true
            }
            i += max(2, length)
        }
    }

    /// The place of the next marker's second byte, as libjpeg-turbo finds it: it skips what is none, and takes any number of FF.
    private static func marker(in bytes: [UInt8], from start: Int) -> Int? {
        var i = start
        while i + 1 < bytes.count {
            if bytes[i] == 0xff, bytes[i + 1] != 0xff, bytes[i + 1] != 0 { return i + 1 }
            i += 1
        }
        return nil
    }

    /// - Throws: `PhotoDecoder.Failure` when decoding would take without end, or the file cannot hold that many pixels.
    func check(width: Int, height: Int) throws {
        let pixels = width * height
        // Beginnings of scans; a preview in the header may add a few.
        let scans = zip(bytes, bytes.dropFirst()).lazy.filter { $0 == 0xff && $1 == 0xda }.count
        guard scans <= Self.mostScans, scans * pixels <= Self.mostWork else {
            throw PhotoDecoder.Failure(
                reason: "is a JPEG of \(width)×\(height) pixels in \(scans) scans, too many to decode")
        }
        // Huffman codes spend a bit or more on each block of 8×8. Arithmetic ones (C9 and above) may spend less, but hardly as
        // little as a byte on 64 blocks, which only a blank page would do.
        let blocks = (width + 7) / 8 * ((height + 7) / 8)
        guard bytes.count * (frame ?? 0 > 0xc7 ? 64 : 8) >= blocks else {
            throw PhotoDecoder.Failure(
                reason: "is a damaged JPEG: it is too short for \(width)×\(height) pixels")
        }
    }
}
