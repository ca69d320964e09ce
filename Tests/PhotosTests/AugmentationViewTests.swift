import Canvas
import TestSupport
import Testing

@testable import Basics
@testable import Photos

@Suite struct AugmentationViewTests {
    @Test func viewsSayWhatWasDrawnAndHoldTheNetworksInput() throws {
        let photos = try TinyPhotos()
        let dataset = try Dataset(path: photos.data, cacheDirectory: nil)
        let strength = AugmentationStrength()
        let views = dataset.augmentedViews(of: 3, count: 40, seed: 7, strength: strength)
        #expect(views == dataset.augmentedViews(of: 3, count: 40, seed: 7, strength: strength))
        #expect(views != dataset.augmentedViews(of: 3, count: 40, seed: 8, strength: strength))
        #expect(views.contains(where: \.flips) && views.contains { !$0.flips })
        #expect(
            views.allSatisfy {
                abs($0.degrees) <= 72 && (1 / 1.2...1 / 0.8).contains($0.magnification) && $0.size == 160
            })
        for view in views.prefix(5) {
            let draw = Augmentation(
                flips: view.flips, angle: Float(view.degrees / 180 * .pi), zoom: Float(1 / view.magnification)
            )
            let count = 160 * 160 * 3
            let (output, image, scratch) = (Buffer(count: count), Buffer(count: count), Buffer(count: count))
            dataset.augment(3, draw, into: output.pointer, image: image.pointer, scratch: scratch.pointer)
            let expected = (0..<count).map { output.pointer[$0] }
            #expect(disagreement(view.tensor, expected, absolute: 2e-3, relative: 0) <= 1)
        }
        // The dashboard's picture for the same variant shows the same draw.
        let picture = dataset.augmentedImage(at: 3, variant: 7 &* 1024, strength: strength)
        let apart = zip(picture.pixels, views[0].image.pixels).map { abs(Int($0) - Int($1)) }
        #expect(apart.max()! <= 1)
    }

    @Test func operationsAreOffOneByOneAndLeaveTheOthersAlone() throws {
        let photos = try TinyPhotos()
        let dataset = try Dataset(path: photos.data, cacheDirectory: nil)
        func views(_ strength: AugmentationStrength) -> [AugmentationView] {
            dataset.augmentedViews(of: 0, count: 12, seed: 1, strength: strength)
        }
        let all = views(AugmentationStrength())
        let unturned = views(AugmentationStrength(rotation: 0))
        #expect(unturned.allSatisfy { $0.degrees == 0 } && unturned.map(\.flips) == all.map(\.flips))
        #expect(unturned.map(\.magnification) == all.map(\.magnification))
        let weak = views(AugmentationStrength(rotation: 0.1))
        for (a, b) in zip(weak, all) { #expect(abs(a.degrees - b.degrees / 2) < 1e-3) }
        let none = views(AugmentationStrength(flips: false, rotation: 0, zoom: 0))
        let original = dataset.image(at: 0).pixels
        for view in none {
            #expect(zip(view.image.pixels, original).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        }
        #expect(dataset.augmentedViews(of: 0, count: 0, seed: 1, strength: AugmentationStrength()).isEmpty)
    }

    /// A view is mixed with that of another photo, each augmented as if it stood alone.
    @Test(arguments: [
        AugmentationStrength(cutmix: 1), AugmentationStrength(mixup: 1),
        AugmentationStrength(mixup: 0.4, cutmix: 0.4),
    ])
    func photosAreMixed(strength: AugmentationStrength) throws {
        let photos = try TinyPhotos()
        let dataset = try Dataset(path: photos.data, cacheDirectory: nil)
        let others = 0..<dataset.trainingCount
        func views(_ strength: AugmentationStrength, _ others: Range<Int>) -> [AugmentationView] {
            dataset.augmentedViews(of: 1, count: 12, seed: 5, strength: strength, mixedWith: others)
        }
        let mixed = views(strength, others)
        #expect(mixed == views(strength, others))
        #expect(mixed.allSatisfy { $0.mixed.map { others.contains($0.photo) && $0.photo != 1 } ?? false })
        #expect(Set(mixed.compactMap(\.mixed?.photo)).count > 1)
        #expect(Set(mixed.compactMap(\.mixed?.share)).count > 3)
        let plain = views(AugmentationStrength(), others)
        #expect(plain.allSatisfy { $0.mixed == nil } && plain.map(\.degrees) == mixed.map(\.degrees))
        let picture = dataset.augmentedImage(
            at: 1, variant: 5 &* 1024, strength: strength, mixedWith: others)
        #expect(picture.pixels == mixed[0].image.pixels)
        // Alone there is nothing to mix with.
        #expect(views(strength, 1..<2) == plain && views(strength, 0..<0) == plain)
        for (number, view) in mixed.enumerated() {
            let (photo, share) = try #require(view.mixed.map { ($0.photo, $0.share) })
            let own = plain[number].tensor
            let other = dataset.augmentedView(
                at: photo, variant: 5 &* 1024 &+ UInt64(number), strength: strength
            ).tensor
            #expect((0...0.5).contains(share))
            let isPart = view.tensor.indices.allSatisfy { [own[$0], other[$0]].contains(view.tensor[$0]) }
            let blend = zip(own, other).map { (1 - share) * $0 + share * $1 }
            #expect(isPart || disagreement(view.tensor, blend, absolute: 1e-6, relative: 1e-5) <= 1)
            if isPart {
                let taken = view.tensor.indices.count { view.tensor[$0] != own[$0] }
                #expect(Float(taken) <= share * Float(own.count) + 0.5)
            }
            if strength.mixup == nil { #expect(isPart) }
        }
    }
}
