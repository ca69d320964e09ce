import Testing

@testable import Network

@Suite struct LayerHistogramTests {
    private func histogram(_ weights: [Float]) -> LayerHistogram? {
        weights.withUnsafeBufferPointer { LayerHistogram($0) }
    }

    @Test func everyWeightIsCountedInItsPart() throws {
        let found = try #require(histogram((0...64).map { Float($0) / 64 }))
        #expect(found.low == 0 && found.high == 1)
        // Two in each part, and the greatest weight in the last.
        #expect(found.counts == (0..<32).map { $0 == 31 ? 3 : 2 })
    }

    @Test func weightsThatAreAllAlikeAreCounted() throws {
        let found = try #require(histogram([2, 2, 2]))
        #expect(found.low == 2 && found.high == 2 && found.counts.reduce(0, +) == 3)
    }

    @Test func theWidestRangeIsCounted() throws {
        let most = Float.greatestFiniteMagnitude
        let found = try #require(histogram([-most, 0, most]))
        #expect(found.counts.reduce(0, +) == 3)
    }

    @Test(arguments: [[], [1, .nan], [.infinity]] as [[Float]]) func whatCannotBeCountedHasNone(
        weights: [Float]
    ) {
        #expect(histogram(weights) == nil)
    }
}
