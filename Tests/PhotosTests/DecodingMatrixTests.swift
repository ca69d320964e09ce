import Canvas
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos

/// A file and what TensorFlow makes of it (`tensorflow_picture` of Tests/Fixtures/fixture.py).
struct TensorFlowPicture: Decodable {
    struct Decoded: Decodable {
        var shape: [Int]
        var crc32: UInt32
    }
    var file: Data
    /// Nil if it refuses the file.
    var decoded: Decoded?

    /// Expects size and pixels to be TensorFlow's, or a fault where it refuses the file.
    func check(_ decoder: PhotoDecoder, _ name: String) throws {
        let bytes = [UInt8](file)
        guard let decoded else {
            #expect(throws: PhotoFault.self, "\(name)") { try decoder.decode(bytes) }
            return
        }
        let image = try #require(try? decoder.decode(bytes), "\(name)")
        #expect([image.height, image.width, 3] == decoded.shape, "\(name)")
        #expect(Self.checksum(image.pixels) == decoded.crc32, "\(name)")
        let header = try decoder.header(bytes)
        #expect([header.height, header.width, 3] == decoded.shape, "\(name)")
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = ~0 as UInt32
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
        }
        return ~sum
    }
}

/// Every kind of PNG and JPEG against TensorFlow (Tests/Fixtures/decoding.py).
@Suite struct DecodingMatrixTests {
    struct Matrix: Decodable {
        var pictures: [String: TensorFlowPicture]

        static let all = Result {
            try JSONDecoder().decode(
                Matrix.self, from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("decoding.json"))))
        }
    }

    @Test func everyPictureHasTensorFlowsPixels() throws {
        let pictures = try Matrix.all.get().pictures
        #expect(pictures.count > 500)
        let decoder = PhotoDecoder()
        for (name, picture) in pictures { try picture.check(decoder, name) }
    }

    @Test func theOrientationIsReadAndNotApplied() throws {
        let pictures = try Matrix.all.get().pictures
        let decoder = PhotoDecoder()
        for tag in 1...8 {
            let bytes = [UInt8](try #require(pictures["jpeg/orientation/\(tag)"]).file)
            let image = try decoder.decode(bytes)
            #expect(image.orientation.rawValue == UInt8(tag) && (image.width, image.height) == (24, 16))
            #expect(try decoder.header(bytes).orientation == image.orientation)
            #expect((image.upright.width, image.upright.height) == (tag < 5 ? (24, 16) : (16, 24)))
        }
        let png = [UInt8](try #require(pictures["png/exif-orientation"]).file)
        #expect(try decoder.decode(png).orientation == .turnedLeft)
    }

    /// Pixels by their numbers, row by row, as EXIF describes the eight ways.
    @Test(
        arguments: [
            (1, "12 34 56"), (2, "21 43 65"), (3, "65 43 21"), (4, "56 34 12"), (5, "135 246"),
            (6, "531 642"),
            (7, "642 531"), (8, "246 135"),
        ] as [(UInt8, String)])
    func picturesAreTurnedUpright(tag: UInt8, expected: String) throws {
        let image = RGBImage(
            width: 2, height: 3, pixels: (1...6).flatMap { [$0, $0 + 10, $0 + 20] },
            orientation: try #require(Orientation(rawValue: tag)))
        let upright = image.upright
        let rows = (0..<upright.height).map { y in
            (0..<upright.width).map { "\(upright.pixels[(y * upright.width + $0) * 3])" }.joined()
        }
        #expect(rows.joined(separator: " ") == expected && upright.orientation == .upright)
        #expect(upright.pixels.count == 18 && upright.pixels[2] == upright.pixels[0] + 20)
    }

    @Test func damagedEXIFIsUpright() {
        func read(_ bytes: [UInt8]) -> Orientation { Orientation(exif: bytes[...]) }
        let little: [UInt8] = Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0]
        let big: [UInt8] = Array("MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 3, 0, 0]
        #expect(read(little) == .turnedRight && read(big) == .turnedByHalf)
        for length in 0..<little.count - 2 {
            #expect(read(Array(little.prefix(length))) == .upright || length > 19)
        }
        var other = little
        other[4...7] = [0xff, 0xff, 0xff, 0x7f]
        #expect(read(other) == .upright)
        other = little
        other[18] = 9
        #expect(read(other) == .upright)
    }

    /// The rest of such a picture is grey in TensorFlow, which trains on it.
    @Test func pixelsThatEndTooEarlyAreDamage() throws {
        let whole = [UInt8](try #require(Matrix.all.get().pictures["jpeg/420/37x29"]).file)
        #expect(throws: PhotoFault.self) {
            try PhotoDecoder().decode(whole.prefix(whole.count * 2 / 3) + [0xff, 0xd9])
        }
    }
}

@Suite struct FileKindTests {
    @Test(
        arguments: [
            ("RIFF\0\0\0\0WEBPVP8 ", .webP), ("\0\0\0\u{18}ftypheic\0\0", .heic),
            ("\0\0\0\u{18}ftypmif1\0\0", .heic),
            ("\0\0\0 ftypavif", .avif), ("\0\0\0 ftypisom", .video), ("\0\0\0 ftypqt  ", .video),
            ("II*\0\u{8}", .tiff),
            ("MM\0*", .tiff), ("II*\0\u{10}\0\0\0CR", .cameraRaw), ("GIF89a", .gif), ("BM\u{36}", .bmp),
            ("<?xml version=\"1.0\"?>\n<svg xmlns", .svg), ("<!DOCTYPE html>", .html), ("%PDF-1.7", .pdf),
            ("PK\u{3}\u{4}", .zip), ("\0\u{5}\u{16}\u{7}\0\u{2}", .appleDouble), ("\0\0\0\u{c}JXL ", .jpegXL),
            ("\0\0\0\u{c}jP  ", .jpeg2000), ("8BPS", .photoshop), ("RIFF\0\0\0\0AVI LIST", .video),
            ("", .empty),
            ("roses are red", .other), ("version https://git-lfs.github.com/spec/v1", .gitLFS),
        ] as [(String, FileKind)])
    func formatsAreKnownByTheirFirstBytes(text: String, kind: FileKind) {
        #expect(FileKind(Array(text.utf8)) == kind)
    }

    @Test(
        arguments: [
            ("RIFF\0\0\0\0WEBP", "is a WebP; --image-formats all reads it", .webP),
            ("\0\0\0 ftypavif", "is an AVIF; --image-formats all reads it", .avif),
            ("<html>", "is an HTML page, not a picture", nil), ("", "is empty (0 bytes)", nil),
        ] as [(String, String, FileKind?)])
    func otherFormatsAreNamed(text: String, reason: String, kind: FileKind?) {
        do {
            _ = try PhotoDecoder(PhotoReading()).decode(Array(text.utf8))
            Issue.record("\(text) was decoded")
        } catch {
            let failure = error as? PhotoFault
            #expect(failure.map { "\($0)" } == reason && failure?.kind == kind)
        }
    }
}
