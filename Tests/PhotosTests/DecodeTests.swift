import Canvas
import Foundation
import TestSupport
import Testing

@testable import Photos

/// Decoding and resizing against TensorFlow (Tests/Fixtures/resize.py).
@Suite struct DecodeTests {
    private static let names = [
        "baseline_420.jpg", "baseline_422.jpg", "baseline_444.jpg", "cmyk.jpg", "grey.jpg", "grey.png",
        "grey_16.png",
        "grey_alpha.png", "large.jpg", "one_pixel.jpg", "palette.png", "progressive.jpg", "rgb.png",
        "rgba.png",
    ]

    @Test func everyPhotoOfTheFixtureIsTested() throws {
        let names = try Set(
            Fixture("resize.safetensors").names.map { $0.split(separator: "/")[0] }.map(String.init))
        #expect(names == Set(Self.names))
    }

    @Test(arguments: names) func decodesAndResizesToTensorFlowsBits(name: String) throws {
        let fixture = try Fixture("resize.safetensors")
        let image = try PhotoDecoder().decode(path: Fixture.path("photos/\(name)"))
        #expect([image.height, image.width, 3] == fixture.integers("\(name)/shape"))
        let sums = fixture.integers("\(name)/crc32")
        #expect(crc32(image.pixels) == sums[0], "decoding")
        let resized = BilinearResize.resize(image, to: 160)
        let expected = fixture.floats("\(name)/samples")
        #expect(samples(resized, stride: 1511, count: expected.count) == expected)
        #expect(resized.withUnsafeBytes { crc32(Array($0)) } == sums[1], "resizing")
    }

    @Test func cacheKeepsTheFloatsToLessThanAHundredth() throws {
        let image = try PhotoDecoder().decode(path: Fixture.path("photos/progressive.jpg"))
        var square = [UInt16](repeating: 0, count: 160 * 160 * 3)
        PixelCache.encode(image, 160, into: &square)
        let floats = BilinearResize.resize(image, to: 160)
        #expect(zip(square, floats).allSatisfy { abs(Float($0) / 256 - $1) <= 1 / 512 })
    }

    @Test(arguments: [0, 1, 7, 100]) func damagedPhotosAreToldApart(length: Int) throws {
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Fixture.path("photos/large.jpg"))))
        #expect(throws: PhotoFault.self) { try PhotoDecoder().decode(Array(whole.prefix(length))) }
        #expect(throws: PhotoFault.self) {
            try PhotoDecoder().decode(Array(whole.dropLast(length + 40)))
        }
        let png = [UInt8](try Data(contentsOf: URL(fileURLWithPath: Fixture.path("photos/rgb.png"))))
        #expect(throws: PhotoFault.self) {
            try PhotoDecoder().decode(Array(png.dropLast(length + 40)))
        }
    }

    /// A photo that was cut in its header leaves no state in the decoder that spoils the next one.
    @Test func aDamagedPhotoDoesNotSpoilTheNext() throws {
        let whole = [UInt8](
            try Data(contentsOf: URL(fileURLWithPath: Fixture.path("photos/baseline_420.jpg"))))
        let expected = try PhotoDecoder().decode(whole)
        let decoder = PhotoDecoder()
        for length in Array(stride(from: 4, to: 700, by: 12)) + [whole.count / 2] {
            #expect(throws: PhotoFault.self) { try decoder.decode(Array(whole.prefix(length))) }
            #expect(try decoder.decode(whole) == expected, "after \(length) bytes")
        }
    }

    @Test func whatIsNoPhotoIsNamed() {
        func reason(_ bytes: [UInt8]) -> String? {
            do { _ = try PhotoDecoder().decode(bytes) } catch let failure as PhotoFault {
                return "\(failure)"
            } catch {}
            return nil
        }
        #expect(reason([]) == "is empty (0 bytes)")
        #expect(reason(Array("hello, I am text".utf8)) == "is not a picture inside")
        #expect(reason(Array("GIF89a".utf8)) == "is a damaged GIF: its header is cut short")
    }

    /// The same checksum as zlib's `crc32`.
    private func crc32(_ bytes: [UInt8]) -> Int {
        var table = [UInt32](repeating: 0, count: 256)
        for index in 0..<256 {
            var sum = UInt32(index)
            for _ in 0..<8 { sum = sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
            table[index] = sum
        }
        var result = ~0 as UInt32
        for byte in bytes { result = table[Int((result ^ UInt32(byte)) & 255)] ^ (result >> 8) }
        return Int(~result)
    }
}
