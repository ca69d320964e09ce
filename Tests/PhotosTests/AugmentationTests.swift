import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos

/// Augmentation against Keras' preprocessing layers (Tests/Fixtures/augment.py).
@Suite struct AugmentationTests {
    private let size = 160

    private var image: [Float] {
        HashNetwork.values("augment", size * size * 3).map { Float((128 + 128 * $0).rounded(.down)) }
    }

    private func apply(_ augmentation: Augmentation) -> [Float] {
        var (image, scratch) = (image, [Float](repeating: 0, count: size * size * 3))
        var output = scratch
        augmentation.apply(
            to: &image, size: size, scratch: &scratch, output: &output, scale: 1 / 127.5, offset: -1)
        return output
    }

    @Test(arguments: 0..<11) func equalsKerasLayers(index: Int) throws {
        let fixture = try Fixture("augment.safetensors")
        let cases = fixture.floats("cases")
        try #require(cases.count == 33)
        let (flips, turn, zoom) = (cases[3 * index] == 1, cases[3 * index + 1], cases[3 * index + 2])
        let result = apply(Augmentation(flips: flips, angle: turn * 2 * .pi, zoom: 1 + zoom))
        let expected = fixture.floats("\(index)/samples").map { $0 / 127.5 - 1 }
        let found = samples(result, stride: 47, count: expected.count)
        #expect(disagreement(found, expected, absolute: 1e-3, relative: 0) <= 1)
    }

    /// Every vector kernel agrees with the plain code, which is itself checked against Keras.
    @Test(arguments: VectorKernels.all.indices, [160, 96, 20])
    func kernelsEqualPlainCode(kernels: Int, size: Int) {
        let kernels = VectorKernels.all[kernels]
        let count = size * size * 3
        let (square, scratch, output) = (Buffer(count: count), Buffer(count: count), Buffer(count: count))
        var plain = [Float](repeating: 0, count: count)
        var plainScratch = plain
        for item in 0..<60 {
            var random = CounterRandom(seed: 5, purpose: .augmentation, epoch: 0, item: item)
            let augmentation = item == 0 ? Augmentation(flips: true) : Augmentation(random: &random)
            let values = (0..<count).map { _ in UInt16(random.uniform() * 65280) }
            square.pointer.withMemoryRebound(to: UInt16.self, capacity: count) { target in
                for i in values.indices { target[i] = values[i] }
                augmentation.apply(
                    to: target, size: size, scratch: scratch.pointer, output: output.pointer,
                    scale: 1 / 127.5,
                    offset: -1, kernels: kernels)
            }
            var image = values.map { Float($0) / 256 }
            augmentation.apply(
                to: &image, size: size, scratch: &plainScratch, output: &plain, scale: 1 / 127.5, offset: -1)
            let largest = (0..<count).map { abs(plain[$0] - output.pointer[$0]) }.max()!
            // The last bit of a sampling coordinate moves noise between neighbouring pixels by
            // about this much.
            #expect(largest < 2e-3, "draw \(item): \(augmentation)")
        }
    }

    @Test func nothingIsNothing() {
        let expected = image.map { $0 / 127.5 - 1 }
        #expect(disagreement(apply(Augmentation()), expected, absolute: 1e-6, relative: 0) <= 1)
    }

    @Test func drawsCoverKerasRanges() {
        var (flips, low, high, zooms) = (0, Float.infinity, -Float.infinity, [Float]())
        for item in 0..<2000 {
            var random = CounterRandom(seed: 3, purpose: .augmentation, epoch: 1, item: item)
            let draw = Augmentation(random: &random)
            if draw.flips { flips += 1 }
            (low, high) = (min(low, draw.angle), max(high, draw.angle))
            zooms.append(draw.zoom)
        }
        #expect((900...1100).contains(flips))
        let limit = Float.pi * 0.4
        #expect(low >= -limit && low < -0.99 * limit && high <= limit && high > 0.99 * limit)
        #expect(zooms.min()! >= 0.8 && zooms.min()! < 0.805 && zooms.max()! <= 1.2 && zooms.max()! > 1.195)
    }

    @Test func strengthBoundsTheDrawsAndTheStandardIsTheRecipe() {
        for item in 0..<500 {
            func draw(_ strength: AugmentationStrength) -> Augmentation {
                var random = CounterRandom(seed: 3, purpose: .augmentation, epoch: 1, item: item)
                return Augmentation(random: &random, strength: strength)
            }
            let recipe = draw(AugmentationStrength())
            var random = CounterRandom(seed: 3, purpose: .augmentation, epoch: 1, item: item)
            let limit: Float = 0.2 * 2 * .pi
            #expect(recipe.flips == (random.uniform() < 0.5))
            #expect(
                recipe.angle == random.uniform(in: -limit...limit)
                    && recipe.zoom == random.uniform(in: 0.8...1.2))
            #expect(draw(AugmentationStrength(flips: false, rotation: 0, zoom: 0)) == Augmentation())
            let weak = draw(AugmentationStrength(flips: true, rotation: 0.1, zoom: 0.05))
            #expect(weak.flips == recipe.flips && abs(weak.angle - recipe.angle / 2) < 1e-5)
            #expect(abs((weak.zoom - 1) - (recipe.zoom - 1) / 4) < 1e-5)
        }
        #expect(
            AugmentationStrength(rotation: 0.6).problem != nil && AugmentationStrength(zoom: 1).problem != nil
        )
        #expect(AugmentationStrength(rotation: .nan).problem != nil && AugmentationStrength().problem == nil)
    }

    @Test(arguments: [
        ("rotation:0.6", "Rotation"), ("zoom:1", "Zoom"), ("crop:0", "Crop"), ("color:2", "Color"),
        ("mixup:0", "Mixup"), ("cutmix:20", "Cutmix"), ("randaugment:0:5", "RandAugment"),
        ("randaugment:2:31", "RandAugment"),
    ]) func theValueThatIsWrongIsNamedAlone(text: String, name: String) throws {
        let problem = try #require(AugmentationStrength(text)?.problem)
        #expect(problem.hasPrefix(name))
        #expect(!problem.contains(","))
    }
}
