import Canvas
import TestSupport
import Testing

@testable import Basics
@testable import Photos

@Suite struct TensorSummaryTests {
    @Test func rangesMeansAndCountsAreThoseOfTheValues() {
        let summary = TensorSummary([-1, 0, 1, -0.5, 0.25, 1, 0, 0.5, 1, 0.5, 0.25, 1], size: 2)
        #expect(
            summary.channels == [
                .init(least: -1, greatest: 0.5, mean: -0.25), .init(least: 0, greatest: 0.5, mean: 0.25),
                .init(least: 1, greatest: 1, mean: 1),
            ])
        #expect(summary.all.least == -1 && summary.all.greatest == 1 && abs(summary.all.mean - 1 / 3) < 1e-6)
        #expect(summary.counts.reduce(0, +) == 12)
        // −1 in the first bin, 1 in the last, 0 in the first one above the middle.
        #expect(summary.counts[0] == 1 && summary.counts[31] == 4 && summary.counts[16] == 2)
    }

    /// The displayed tensor of a photo is bit-identical to the network's input in validation.
    @Test func aPhotosTensorIsTheNetworksInput() throws {
        let photos = try TinyPhotos()
        let dataset = try Dataset(path: photos.data, cacheDirectory: nil)
        let count = 160 * 160 * 3
        let (expected, scratch) = (Buffer(count: count), Buffer(count: count))
        for index in [0, 7] {
            dataset.normalize(index, into: expected.pointer, scratch: scratch.pointer)
            #expect(dataset.tensor(at: index) == (0..<count).map { expected.pointer[$0] })
            // Converted back, the tensor gives the photo's pixels, up to rounding.
            let (picture, photo) = (
                RGBImage(tensor: dataset.tensor(at: index), size: 160), dataset.image(at: index)
            )
            #expect(zip(picture.pixels, photo.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        }
    }

    @Test func trainingPhotosAreCountedByClass() throws {
        let photos = try TinyPhotos(perClass: 20)
        let summary = try Dataset(path: photos.data, cacheDirectory: nil).summary
        for label in summary.classes.indices {
            #expect(
                summary.trainingClassCounts[label]
                    == summary.photos.count { $0.label == label && $0.subset == .training })
        }
        #expect(summary.trainingClassCounts.reduce(0, +) == summary.trainingCount)
    }
}
