import Canvas
import Foundation
import TestSupport
import Testing

@testable import Photos

/// Photos that claim more pixels than they hold, or would take unreasonable work to decode.
@Suite struct HostilePhotosTests {
    private func photo(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: Fixture.path("photos/\(name)"))))
    }

    private func reason(_ bytes: [UInt8]) -> String {
        do {
            _ = try PhotoDecoder().decode(bytes)
            return "(none)"
        } catch {
            return "\(error)"
        }
    }

    /// The photo with other dimensions in its frame header, after the marker, length and precision.
    private func jpeg(_ name: String, width: Int, height: Int) throws -> [UInt8] {
        var bytes = try photo(name)
        let frame = try #require(
            bytes.indices.first { bytes[$0] == 0xff && [0xc0, 0xc2].contains(bytes[$0 + 1]) })
        bytes.replaceSubrange(
            frame + 5..<frame + 9, with: [height >> 8, height & 255, width >> 8, width & 255].map(UInt8.init))
        return bytes
    }

    @Test(arguments: ["baseline_420.jpg", "progressive.jpg", "cmyk.jpg", "grey.jpg"])
    func aJPEGOfTwentyThousandSquaredIsRefused(name: String) throws {
        #expect(
            reason(try jpeg(name, width: 20_000, height: 20_000))
                == "is a JPEG of 20000×20000 pixels, too large to decode")
        #expect(reason(try jpeg(name, width: 65_500, height: 65_500)).hasSuffix("too large to decode"))
    }

    @Test(arguments: ["baseline_420.jpg", "progressive.jpg", "grey.jpg"])
    func aJPEGTooShortForItsPixelsIsRefused(name: String) throws {
        #expect(
            reason(try jpeg(name, width: 14_000, height: 14_000))
                == "is a damaged JPEG: it is too short for 14000×14000 pixels")
    }

    /// A file that repeats its last scan 600 times; libjpeg-turbo would decode every one.
    @Test func aJPEGOfEndlessScansIsRefused() throws {
        let whole = try photo("progressive.jpg")
        let scans = whole.indices.dropLast().filter { whole[$0] == 0xff && whole[$0 + 1] == 0xda }
        let last = try #require(scans.last)
        let repeated = (0..<600).flatMap { _ in whole[last..<whole.count - 2] }
        let bytes = whole[..<last] + repeated + [0xff, 0xd9]
        #expect(reason(Array(bytes)).contains("scans, too many to decode"))
        #expect(reason(whole) == "(none)")
    }

    /// libjpeg-turbo skips fill bytes and stray bytes between segments, so they must not hide the
    /// frame header and with it the limit.
    @Test(arguments: [[0xff, 0xff], [0x00], [0xff, 0x00, 0x17], [0xff, 0x01]] as [[UInt8]])
    func framesBehindFillBytesCount(between: [UInt8]) throws {
        let frame: [UInt8] = [0xff, 0xc0, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0]
        let tiff: [UInt8] = Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]
        let exif: [UInt8] = [0xff, 0xe1, 0, UInt8(8 + tiff.count)] + Array("Exif\0\0".utf8) + tiff
        let segments = JPEGSegments(
            [0xff, 0xd8] + between + frame + between + exif + between + [0xff, 0xda, 0, 2])
        #expect(segments.orientation == .turnedLeft)
        #expect(throws: PhotoFault.self) { try segments.check(width: 4_000, height: 3_000) }
        try segments.check(width: 64, height: 64)
    }

    /// Arithmetic coding can spend less than one bit on a block, so its files may be shorter.
    @Test func arithmeticOnesMayBeShorter() throws {
        let bytes: [UInt8] =
            [0xff, 0xd8, 0xff, 0xc9, 0, 11, 8, 0, 0, 0, 0, 1, 1, 0x11, 0, 0xff, 0xda, 0, 2]
            + Array(repeating: 0, count: 1_000)
        try JPEGSegments(bytes).check(width: 2_000, height: 2_000)
        #expect(throws: PhotoFault.self) {
            try JPEGSegments(bytes).check(width: 4_000, height: 3_000)
        }
    }

    @Test func workIsBoundedByPixelsAndScansTogether() throws {
        let scan: [UInt8] = [0xff, 0xda, 0, 2]
        // Long enough for either size, so that only pixels times scans counts.
        let bytes: [UInt8] =
            [0xff, 0xd8] + (0..<100).flatMap { _ in scan } + Array(repeating: 0, count: 200_000)
        let segments = JPEGSegments(bytes)
        try segments.check(width: 6_000, height: 6_000)
        #expect(throws: PhotoFault.self) { try segments.check(width: 10_000, height: 10_000) }
    }

    private func png(_ name: String, width: UInt32, height: UInt32) throws -> [UInt8] {
        var bytes = try photo(name)
        for (offset, side) in [(16, width), (20, height)] {
            bytes.replaceSubrange(
                offset..<offset + 4, with: (0..<4).map { UInt8(truncatingIfNeeded: side >> (24 - 8 * $0)) })
        }
        return bytes
    }

    @Test(arguments: [(UInt32.max, UInt32.max), (1 << 31, 1 << 31), (1 << 31, 1), (20_000, 20_000)])
    func aPNGOfEndlessSidesIsRefused(width: UInt32, height: UInt32) throws {
        let bytes = try png("rgb.png", width: width, height: height)
        #expect(reason(bytes) == "is a PNG of \(width)×\(height) pixels, too large to decode")
        #expect(throws: PhotoFault.self) { try PhotoDecoder().header(bytes) }
    }

    @Test func aPNGTooShortForItsPixelsIsRefused() throws {
        #expect(
            reason(try png("rgb.png", width: 14_000, height: 14_000))
                == "is a damaged PNG: it is too short for 14000×14000 pixels")
        #expect(
            reason(try png("rgb.png", width: 0, height: 1)) == "is a damaged PNG: its header makes no sense")
    }

    /// libpng would allocate and fill 1.2 GiB for such a file of 45 bytes.
    @Test func aPNGWhoseChunkIsLongerThanTheFileIsRefused() throws {
        let whole = try photo("rgb.png")
        let chunk: [UInt8] = [0x4a, 0, 0, 4] + Array("zTXt".utf8)
        #expect(reason(Array(whole[..<33]) + chunk + [0, 0, 0, 0]) == "is a damaged PNG: it is cut short")
        #expect(
            reason(Array(whole[..<33]) + chunk + Array(whole[33...])) == "is a damaged PNG: it is cut short")
        #expect(reason(whole) == "(none)")
    }
}
