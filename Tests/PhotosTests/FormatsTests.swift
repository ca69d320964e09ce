import Canvas
import Foundation
import TestSupport
import Testing

@testable import Photos

/// BMP and GIF against TensorFlow; WebP, TIFF, AVIF and HEIC against Pillow (Tests/Fixtures/formats.py).
@Suite struct FormatsTests {
    struct Golden: Decodable {
        struct Shown: Decodable {
            var file: Data
            var height: Int
            var width: Int
            var pixels: Data
        }
        var tensorflow: [String: TensorFlowPicture]
        var others: [String: Shown]
        var animation: Data

        static let all = Result {
            try JSONDecoder().decode(
                Golden.self, from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("formats.json"))))
        }
    }

    private let golden: Golden

    init() throws { golden = try Golden.all.get() }

    @Test func bmpAndGIFHaveTensorFlowsPixels() throws {
        #expect(golden.tensorflow.count > 70)
        let decoder = PhotoDecoder(PhotoReading())
        for (name, picture) in golden.tensorflow {
            try picture.check(decoder, name)
            #expect(throws: PhotoFault.self) {
                try PhotoDecoder(PhotoReading(formats: .jpegAndPNG)).decode([UInt8](picture.file))
            }
        }
    }

    @Test func otherFormatsHavePillowsPixels() throws {
        #expect(golden.others.count == 16)
        for (name, picture) in golden.others {
            let bytes = [UInt8](picture.file)
            let decoder = PhotoDecoder(PhotoReading(formats: .all))
            let image = try decoder.decode(bytes)
            // Pillow turns a TIFF when it opens it.
            let seen = name == "tiff/turned" ? image.upright : image
            try #require((seen.height, seen.width) == (picture.height, picture.width), "\(name)")
            let worst = zip(seen.pixels, picture.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
            // Libraries round colours and enlarge chroma in different ways.
            let most = name.hasPrefix("avif") || name.hasPrefix("heic") ? 12 : name == "tiff/jpeg" ? 2 : 0
            #expect(worst <= most, "\(name): \(worst)")
            let header = try decoder.header(bytes)
            #expect((header.height, header.width) == (image.height, image.width))
            #expect(header.format.rawValue == name.prefix { $0 != "/" }, "\(name)")
            #expect(header.orientation.rawValue == (name.hasSuffix("turned") ? 6 : 1), "\(name)")
            #expect(image.orientation == header.orientation)
            #expect(throws: PhotoFault.self, "\(name)") { try PhotoDecoder(PhotoReading()).decode(bytes) }
            let upright = PhotoDecoder(PhotoReading(formats: .all, orientation: .apply))
            #expect(try upright.decode(bytes) == image.upright)
            #expect(try upright.header(bytes).width == image.upright.width)
        }
    }

    @Test func anAnimationIsRefused() {
        #expect(throws: PhotoFault.damaged(.webP, .animation)) {
            try PhotoDecoder().decode([UInt8](golden.animation))
        }
    }

    /// Nothing that a file holds takes the readers out of their bounds, and they are as good as new
    /// after it.
    @Test func damagedPicturesAreRefusedOrRead() throws {
        let decoder = PhotoDecoder()
        let pictures =
            golden.others.map { ($0, [UInt8]($1.file)) }
            + golden.tensorflow.filter { $1.decoded != nil && $1.file.count < 400 }.map {
                ($0, [UInt8]($1.file))
            }
        for (name, whole) in pictures {
            let expected = try decoder.decode(whole)
            for length in stride(from: 0, to: whole.count, by: max(1, whole.count / 40)) {
                let image = try? decoder.decode(Array(whole.prefix(length)))
                // Only a GIF may lack its end.
                #expect(image == nil || name.hasPrefix("gif") || image == expected, "\(name) to \(length)")
            }
            for place in stride(from: 0, to: whole.count, by: max(1, whole.count / 60)) {
                var bytes = whole
                bytes[place] ^= 0xff
                if let header = try? decoder.header(bytes), header.width * header.height > 1 << 22 {
                    continue
                }
                if let image = try? decoder.decode(bytes) {
                    #expect(image.pixels.count == image.width * image.height * 3)
                }
            }
            #expect(try decoder.decode(whole) == expected, "\(name)")
        }
    }

    @Test func hugePicturesAreRefusedUnread() {
        let decoder = PhotoDecoder()
        var bmp: [UInt8] = Array("BM".utf8) + [UInt8](repeating: 0, count: 60)
        (bmp[10], bmp[14], bmp[28]) = (54, 40, 24)
        (bmp[21], bmp[20], bmp[25]) = (0x7f, 0xff, 0x7f)
        #expect(throws: PhotoFault.tooManyPixels(.bmp, width: 0x7fff_0000, height: 0x7f00_0000)) {
            try decoder.decode(bmp)
        }
        let gif: [UInt8] =
            Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0]
            + [0x2c, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 1, 0x44, 0, 0x3b]
        #expect(throws: PhotoFault.tooManyPixels(.gif, width: 65535, height: 65535)) {
            try decoder.decode(gif)
        }
    }
}
