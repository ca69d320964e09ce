import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Canvas
@testable import Photos

/// Crops, colours and mixtures against torchvision and SciPy (Tests/Fixtures/crops.py).
@Suite struct CropTests {
    private struct Golden: Decodable {
        struct Crop: Decodable {
            var photo: String
            var width: Int
            var height: Int
            var smallest: Double
            var mirrors: Bool
            var numbers: [Float]
            var box: [Int]
            var samples: [Float]
        }
        struct Color: Decodable {
            var changes: [[Double]]
            var samples: [Float]
        }
        struct Share: Decodable {
            var alpha: Double
            var mean: Double
            var deviation: Double
        }
        var crops: [Crop]
        var colors: [Color]
        var shares: [Share]

        static func read() throws -> Golden {
            try JSONDecoder().decode(
                Golden.self, from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("crops.json"))))
        }
    }

    private let size = 24

    private func picture(_ name: String, _ width: Int, _ height: Int) -> RGBImage {
        RGBImage(
            width: width, height: height,
            pixels: HashNetwork.values(name, width * height * 3).map {
                UInt8((128 + 128 * $0).rounded(.down))
            }
        )
    }

    @Test func cropsAreThoseOfTorchvision() throws {
        for golden in try Golden.read().crops {
            let crop = RandomCrop(smallest: golden.smallest, numbers: golden.numbers)
            let box = crop.box(width: golden.width, height: golden.height)
            #expect([box.x, box.y, box.width, box.height] == golden.box, "\(golden.photo)")
            var draw = Augmentation(flips: golden.mirrors)
            draw.crop = crop
            let values = apply(draw, to: picture(golden.photo, golden.width, golden.height))
            let samples = stride(from: 0, to: values.count, by: 37).map { values[$0] }
            #expect(
                disagreement(samples, golden.samples, absolute: 2e-3, relative: 1e-5) <= 1, "\(golden.photo)")
        }
    }

    private func apply(_ draw: Augmentation, to photo: RGBImage, scale: Float = 1, offset: Float = 0)
        -> [Float]
    {
        let (image, scratch, output) = (
            Buffer(count: size * size * 3), Buffer(count: size * size * 3), Buffer(count: size * size * 3)
        )
        draw.apply(
            to: photo, size: size, image: image.pointer, scratch: scratch.pointer, output: output.pointer,
            scale: scale, offset: offset)
        return Array(UnsafeBufferPointer(start: output.pointer, count: output.count))
    }

    @Test func colorsAreThoseOfTorchvision() throws {
        for golden in try Golden.read().colors {
            var draw = Augmentation()
            draw.color = ColorJitter(
                golden.changes.map { (ColorJitter.Change(rawValue: Int($0[0]))!, Float($0[1])) })
            let values = apply(draw, to: picture("colors", size, size))
            let samples = stride(from: 0, to: values.count, by: 37).map { values[$0] }
            #expect(
                disagreement(samples, golden.samples, absolute: 5e-3, relative: 1e-5) <= 1,
                "\(golden.changes)")
        }
    }

    /// A crop of the whole photo is what the pixel cache holds, and rotation and zoom follow as ever.
    @Test func wholeCropIsTheCachedSquare() {
        let photo = picture("photo_2", 50, 50)
        var draw = Augmentation()
        draw.crop = RandomCrop(smallest: 1, numbers: .init(repeating: 0.5, count: 22))
        #expect(apply(draw, to: photo) == BilinearResize.resize(photo, to: size))
        var turned = Augmentation(flips: true, angle: 0.5, zoom: 1.1)
        let plain = turned
        turned.crop = draw.crop
        let found = apply(turned, to: photo, scale: 1 / 127.5, offset: -1)
        var image = BilinearResize.resize(photo, to: size)
        var (scratch, expected) = (image, image)
        plain.apply(
            to: &image, size: size, scratch: &scratch, output: &expected, scale: 1 / 127.5, offset: -1)
        #expect(disagreement(found, expected, absolute: 1e-4, relative: 0) <= 1)
    }

    /// Each operation's draws are the same whatever the others' strengths.
    @Test func drawsDoNotDependOnEachOther() {
        for item in 0..<50 {
            func draw(_ strength: AugmentationStrength) -> Augmentation {
                var random = CounterRandom(seed: 1, purpose: .augmentation, item: item)
                return Augmentation(random: &random, strength: strength)
            }
            let all = draw(AugmentationStrength(crop: 0.4, color: 0.3, mixup: 0.2))
            let plain = draw(AugmentationStrength())
            #expect(plain.isPlain && !all.isPlain)
            #expect((all.flips, all.angle) == (plain.flips, plain.angle) && all.zoom == plain.zoom)
            #expect(all.crop == draw(AugmentationStrength(flips: false, crop: 0.4)).crop)
            #expect(all.color == draw(AugmentationStrength(zoom: 0, color: 0.3)).color)
            #expect(all.color!.changes.allSatisfy { (0.7...1.3).contains($0.factor) })
            #expect(Set(all.color!.changes.map(\.change)) == Set(ColorJitter.Change.allCases))
        }
    }

    @Test func sharesFollowTheirDistribution() throws {
        for golden in try Golden.read().shares {
            let shares = (0..<20_000).map { item in
                var random = CounterRandom(seed: 5, purpose: .mixup, item: item)
                return Double(MixUp.share(alpha: golden.alpha, random: &random))
            }
            #expect(shares.allSatisfy { (0.5...1).contains($0) })
            let mean = shares.reduce(0, +) / Double(shares.count)
            let square = shares.reduce(0) { $0 + $1 * $1 } / Double(shares.count)
            // Four standard errors of the mean.
            #expect(abs(mean - golden.mean) < 4 * golden.deviation / 141, "α = \(golden.alpha): \(mean)")
            #expect(abs((square - mean * mean).squareRoot() - golden.deviation) < 0.004)
        }
    }

    @Test func strengthsAreWrittenAndRead() {
        for strength in [
            AugmentationStrength(), AugmentationStrength(flips: false, rotation: 0, zoom: 0),
            AugmentationStrength(rotation: 0.05, zoom: 0, crop: 0.35, color: 0.3, mixup: 0.2),
        ] {
            #expect(AugmentationStrength("\(strength)") == strength)
        }
        #expect(
            AugmentationStrength("flips,crop:0.5") == AugmentationStrength(rotation: 0, zoom: 0, crop: 0.5))
        #expect(AugmentationStrength("none") == AugmentationStrength(flips: false, rotation: 0, zoom: 0))
        for text in [
            "", "flip", "crop", "crop:", "crop:x", "crop:0.5,crop:0.6", "flips:1", "hue:0.1", "none,flips",
        ] {
            #expect(AugmentationStrength(text) == nil, "\(text)")
        }
        for wrong in ["crop:0", "crop:1.1", "color:-0.1", "color:2", "mixup:0", "mixup:11", "crop:nan"] {
            #expect(AugmentationStrength(wrong)?.problem != nil, "\(wrong)")
        }
    }

    /// Runs of older versions wrote three fields.
    @Test func oldStrengthsAreRead() throws {
        let old = Data(#"{"flips": true, "rotation": 0.2, "zoom": 0.1}"#.utf8)
        let strength = try JSONDecoder().decode(AugmentationStrength.self, from: old)
        #expect(strength == AugmentationStrength(zoom: 0.1))
        let standard = try String(decoding: JSONEncoder().encode(AugmentationStrength()), as: UTF8.self)
        #expect(!standard.contains("crop"))
    }

    /// A crop is cut out of the file; without it, out of the cached square, which is said once.
    @Test func cropsComeFromTheFiles() throws {
        let photos = try TinyPhotos()
        let dataset = try Dataset(path: photos.data, imageSize: 96, cacheDirectory: nil)
        let strength = AugmentationStrength(rotation: 0, zoom: 0, crop: 0.3)
        func view() -> [Float] {
            dataset.augmentedView(at: 3, variant: 7, strength: strength).tensor
        }
        func trained() -> [Float] {
            let (image, scratch, output) = (
                Buffer(count: 96 * 96 * 3), Buffer(count: 96 * 96 * 3), Buffer(count: 96 * 96 * 3)
            )
            dataset.augment(
                3, AugmentationView.draw(at: 3, variant: 7, strength: strength), into: output.pointer,
                image: image.pointer, scratch: scratch.pointer)
            return Array(UnsafeBufferPointer(start: output.pointer, count: output.count))
        }
        let sharp = view()
        #expect(trained() == sharp && dataset.takeProblems().isEmpty)
        let file = dataset.photos[3].file
        try FileManager.default.removeItem(atPath: "\(photos.data)/\(file)")
        #expect(trained() != sharp && trained() == view())
        #expect(dataset.takeProblems() == [.notCropped(file)])
    }
}
