import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Canvas
@testable import Photos

/// RandAugment's operations and CutMix against torchvision (Tests/Fixtures/rand_augment.py).
@Suite struct RandAugmentTests {
    private struct Golden: Decodable {
        struct Case: Decodable {
            var operation: Int
            var magnitude: Int
            var negative: Bool
            var argument: Double
            var pixels: Data
        }
        struct Part: Decodable {
            var share: Float
            var x: Int
            var y: Int
            var kept: Double
            var pixels: Data
        }
        var operations: [String]
        var cases: [Case]
        var parts: [Part]

        static func read() throws -> Golden {
            try JSONDecoder().decode(
                Golden.self, from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("rand_augment.json"))))
        }
    }

    private let size = 24

    private func picture(_ name: String) -> [Float] {
        var values = HashNetwork.values(name, size * size * 3).map { (100 + 70 * $0).rounded(.down) }
        for pixel in 0..<size * size {
            let (green, blue) = (3 * pixel + 1, 3 * pixel + 2)
            values[green] = (values[green] / 2 + 3 * Double(pixel % size)).rounded(.down)
            values[blue] = (values[blue] / 40).rounded(.down) * 40
        }
        return values.map { Float(UInt8($0)) }
    }

    private func apply(_ steps: [RandAugment.Step], to values: [Float]) -> [Float] {
        var values = values
        values.withUnsafeMutableBufferPointer {
            RandAugment(steps).apply(to: $0.baseAddress!, size: size)
        }
        return values
    }

    /// All pixels are torchvision's, to the bit.
    @Test func operationsAreThoseOfTorchvision() throws {
        let golden = try Golden.read()
        let names = RandAugment.Operation.allCases.map { "\($0)".lowercased() }
        #expect(golden.operations.map { $0.lowercased() } == names)
        #expect(golden.cases.count == 1 + 9 * 8 + 2 * 4 + 2)
        let values = picture("rand_augment")
        for sample in golden.cases {
            let operation = try #require(RandAugment.Operation(rawValue: sample.operation))
            let step = RandAugment.Step(
                operation: operation, magnitude: sample.magnitude, isNegative: sample.negative)
            #expect(step.argument(size: size) == sample.argument, "\(step)")
            let found = apply([step], to: values)
            let wrong = zip(found, sample.pixels).count { $0 != Float($1) }
            #expect(wrong == 0 && sample.pixels.count == found.count, "\(step): \(wrong) values differ")
        }
    }

    /// Values between whole numbers are rounded first; operations follow each other.
    @Test func operationsFollowEachOther() {
        let values = picture("rand_augment")
        let steps = [
            RandAugment.Step(operation: .rotate, magnitude: 9),
            RandAugment.Step(operation: .equalize, magnitude: 9),
            RandAugment.Step(operation: .sharpness, magnitude: 30, isNegative: true),
        ]
        let each = steps.reduce(values) { apply([$1], to: $0) }
        #expect(apply(steps, to: values.map { $0 + 0.3 }) == each)
        #expect(apply([], to: values) == values)
    }

    /// Every operation comes alike often, and whatever else is on changes neither it nor the others.
    @Test func drawsAreEvenAndDoNotDependOnEachOther() {
        var counts = [RandAugment.Operation: Int]()
        var negative = 0
        for item in 0..<7000 {
            func draw(_ strength: AugmentationStrength) -> Augmentation {
                var random = CounterRandom(seed: 1, purpose: .augmentation, epoch: 3, item: item)
                return Augmentation(random: &random, strength: strength)
            }
            let strength = RandAugment.Strength(operations: 2, magnitude: 9)
            let alone = draw(AugmentationStrength(randAugment: strength))
            let steps = alone.operations!.steps
            for step in steps {
                counts[step.operation, default: 0] += 1
                if step.isNegative { negative += 1 }
            }
            #expect(steps.count == 2 && steps.allSatisfy { $0.magnitude == 9 })
            #expect(steps.allSatisfy { !$0.isNegative || $0.operation.isSigned })
            guard item < 50 else { continue }
            let all = draw(AugmentationStrength(crop: 0.4, color: 0.3, cutmix: 1, randAugment: strength))
            let plain = draw(AugmentationStrength(crop: 0.4, color: 0.3))
            #expect(all.operations == alone.operations && all.crop == plain.crop && all.color == plain.color)
            #expect(alone.angle == plain.angle && alone.zoom == plain.zoom && !alone.isPlain)
        }
        // 1000 each, within five standard errors; nine of fourteen go either way.
        #expect(counts.count == 14 && counts.values.allSatisfy { abs($0 - 1000) < 155 }, "\(counts)")
        #expect(abs(negative - 4500) < 300, "\(negative)")
    }

    @Test func partsAreThoseOfTorchvision() throws {
        let (first, second) = (picture("part_0"), picture("part_1"))
        for golden in try Golden.read().parts {
            let part = CutMix(share: golden.share, centre: (golden.x, golden.y), size: size)
            #expect(abs(Double(part.share) - golden.kept) < 1e-6, "\(golden.share)")
            for (i, pixel) in golden.pixels.enumerated() {
                let (x, y) = (i / 3 % size, i / 3 / size)
                let isOther = part.columns.contains(x) && part.rows.contains(y)
                #expect(Float(pixel) == (isOther ? second : first)[i])
            }
        }
    }

    /// The share that stays is what the box leaves; a photo mostly is the larger part of its own.
    @Test func partsHaveTheirShare() {
        var sum = 0.0
        for item in 0..<2000 {
            var random = CounterRandom(seed: 5, purpose: .mixup, item: item)
            let part = CutMix(alpha: 1, size: 160, random: &random)
            #expect(part.columns.lowerBound >= 0 && part.columns.upperBound <= 160)
            #expect(part.rows.lowerBound >= 0 && part.rows.upperBound <= 160)
            #expect((0.499...1).contains(part.share))
            sum += Double(part.share)
        }
        // Uniform shares from ½ to 1 have the mean ¾; boxes that the edge cuts off leave more.
        #expect((0.77...0.86).contains(sum / 2000), "\(sum / 2000)")
    }

    @Test func strengthsAreWrittenAndRead() throws {
        let strength = AugmentationStrength(
            rotation: 0, zoom: 0, cutmix: 1, randAugment: .init(operations: 2, magnitude: 9))
        #expect("\(strength)" == "flips rotation:0.0 zoom:0.0 cutmix:1.0 randaugment:2:9")
        #expect(AugmentationStrength("\(strength)") == strength)
        #expect(AugmentationStrength("flips,cutmix:1,randaugment:2:9") == strength)
        for text in ["randaugment", "randaugment:2", "randaugment:2:x", "randaugment:2:9:1", "cutmix"] {
            #expect(AugmentationStrength(text) == nil, "\(text)")
        }
        for text in [
            "randaugment:0:9", "randaugment:11:9", "randaugment:2:31", "randaugment:2:-1", "cutmix:0",
        ] {
            #expect(AugmentationStrength(text)?.problem != nil, "\(text)")
        }
        let data = try JSONEncoder().encode(strength)
        #expect(try JSONDecoder().decode(AugmentationStrength.self, from: data) == strength)
        #expect(
            !(try String(decoding: JSONEncoder().encode(AugmentationStrength()), as: UTF8.self)).contains(
                "rand"))
    }

    /// Training, the preview and the picture of a preview show the same operations.
    @Test func aPreviewIsWhatTrainingSees() throws {
        let photos = try TinyPhotos()
        let dataset = try Dataset(path: photos.data, imageSize: 96, cacheDirectory: nil)
        for crop in [nil, 0.5] {
            let strength = AugmentationStrength(
                crop: crop, randAugment: .init(operations: 3, magnitude: 20))
            let view = dataset.augmentedView(at: 3, variant: 7, strength: strength)
            let (image, scratch, output) = (
                Buffer(count: 96 * 96 * 3), Buffer(count: 96 * 96 * 3), Buffer(count: 96 * 96 * 3)
            )
            dataset.augment(
                3, AugmentationView.draw(at: 3, variant: 7, strength: strength), into: output.pointer,
                image: image.pointer, scratch: scratch.pointer)
            #expect(Array(UnsafeBufferPointer(start: output.pointer, count: output.count)) == view.tensor)
            let picture = dataset.augmentedImage(at: 3, variant: 7, strength: strength)
            let differences = zip(picture.pixels, view.image.pixels).map { abs(Int($0) - Int($1)) }
            #expect(differences.max()! <= 2, "\(differences.max()!)")
            let plain = dataset.augmentedView(at: 3, variant: 7, strength: AugmentationStrength(crop: crop))
            #expect(plain.tensor != view.tensor)
        }
    }
}
