/// How a layer's weights are distributed: a kernel's, or the γ of a batch normalisation.
package struct LayerHistogram: Codable, Sendable, Equatable {
    /// Least and greatest weight.
    package var low: Float
    package var high: Float
    /// Number of weights in each of `bins` equal parts of that range; the last includes `high`.
    package var counts: [Int]

    package static let bins = 32

    package init(low: Float, high: Float, counts: [Int]) {
        (self.low, self.high, self.counts) = (low, high, counts)
    }

    /// Nil without a weight, or with one that is not finite.
    ///
    /// - Complexity: O(*n*); some 3 ms for all weights of the base.
    init?(_ weights: UnsafeBufferPointer<Float>) {
        guard let first = weights.first else { return nil }
        var (low, high) = (first, first)
        for weight in weights {
            guard weight.isFinite else { return nil }
            low = min(low, weight)
            high = max(high, weight)
        }
        var counts = [Int](repeating: 0, count: Self.bins)
        let scale = Float(Self.bins) / (high - low)
        for weight in weights {
            // In a range of no width, or one too wide for Float, all values fall into the first bin.
            let place = (weight - low) * scale
            counts[place.isFinite ? min(Int(place), Self.bins - 1) : 0] += 1
        }
        self.init(low: low, high: high, counts: counts)
    }
}
