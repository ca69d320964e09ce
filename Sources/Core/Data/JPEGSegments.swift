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
        while i + 4 <= bytes.count, bytes[i] == 0xff, bytes[i + 1] != 0xda {
            let (marker, length) = (bytes[i + 1], Int(bytes[i + 2]) << 8 | Int(bytes[i + 3]))
            // C4, C8 and CC are tables and extensions.
            if (0xc0...0xcf).contains(marker), marker & 3 != 0 || marker == 0xc0 { frame = frame ?? marker }
            if marker == 0xee, length >= 7, i + 9 <= bytes.count, bytes[i + 4..<i + 9].elementsEqual("Adobe".utf8) {
                hasAdobeMarker = true
            }
            i += 2 + length
        }
    }

    /// - Throws: `PhotoDecoder.Failure` when decoding would take without end, or the file cannot hold that many pixels.
    func check(width: Int, height: Int) throws {
        let pixels = width * height
        // Beginnings of scans; a preview in the header may add a few.
        let scans = zip(bytes, bytes.dropFirst()).lazy.filter { $0 == 0xff && $1 == 0xda }.count
        guard scans <= Self.mostScans, scans * pixels <= Self.mostWork else {
            throw PhotoDecoder.Failure(reason: "is a JPEG of \(width)×\(height) pixels in \(scans) scans, too many to decode")
        }
        // Huffman codes spend a bit or more on each block of 8×8; arithmetic ones (C9 and above) may spend less.
        guard frame ?? 0xc9 > 0xc7 || bytes.count * 8 >= (width + 7) / 8 * ((height + 7) / 8) else {
            throw PhotoDecoder.Failure(reason: "is a damaged JPEG: it is too short for \(width)×\(height) pixels")
        }
    }
}
