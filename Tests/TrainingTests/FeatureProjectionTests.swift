import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct FeatureProjectionTests {
    /// Points along two directions of different spread: the first axis is the wider one.
    @Test func theAxesAreTheDirectionsOfMostSpread() {
        let channels = 7
        let photos = Array(100..<140)
        var values: [Float] = []
        var expected: [(Float, Float)] = []
        for index in photos.indices {
            let (far, near) = (Float(index) - 19.5, Float(index * 7 % 11) - 5)
            expected.append((far, near))
            // Channels 2 and 5 hold the two directions, all others a constant.
            values += (0..<channels).map { $0 == 2 ? far : $0 == 5 ? 0.5 * near : 3 }
        }
        let projection = FeatureProjection(photos: photos, values: values, channels: channels)
        #expect(projection.points.map(\.photo) == photos)
        #expect(projection.explained > 0.9999)
        // Up to the small correlation of the two, the axes are the channels.
        for (point, place) in zip(projection.points, expected) {
            #expect(abs(point.x - place.0) < 0.5 && abs(point.y - 0.5 * place.1) < 0.5)
        }
        let again = FeatureProjection(photos: photos, values: values, channels: channels)
        #expect(projection == again)
    }

    @Test func anyFeaturesAreProjected() {
        var random = SplitMix(state: 5)
        let values = (0..<30 * 12).map { _ in Float.random(in: -1...1, using: &random) }
        let projection = FeatureProjection(photos: Array(0..<30), values: values, channels: 12)
        let (xs, ys) = (projection.points.map { Double($0.x) }, projection.points.map { Double($0.y) })
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        // Scores along orthogonal axes are uncorrelated and have mean 0; the first spread the most.
        #expect(abs(product(xs, ys)) < 1e-2 * product(ys, ys))
        #expect(abs(xs.reduce(0, +)) < 1e-3 && abs(ys.reduce(0, +)) < 1e-3)
        #expect(product(xs, xs) >= product(ys, ys))
        #expect((0.15...0.9).contains(projection.explained))
    }

    @Test(arguments: [0, 1, 2]) func fewOrEqualPhotosHavePlacesToo(count: Int) {
        let values = [Float](repeating: 1, count: count * 4)
        let projection = FeatureProjection(photos: Array(0..<count), values: values, channels: 4)
        #expect(projection.points.count == count)
        #expect(projection.points.allSatisfy { $0.x == 0 && $0.y == 0 } && projection.explained == 0)
    }
}
