/// How often values of a tensor occur, in bins whose width is a power of two. Bins widen with the values, so
/// that the order in which photos are added does not matter.
package struct ValueHistogram: Sendable, Equatable {
    /// Bins on each side of 0.
    private static let half = 1024

    /// Binary logarithm of a bin's width; nil while there are no values other than 0.
    private var exponent: Int?
    private var counts: [Int] = []

    mutating func add(_ values: UnsafeBufferPointer<Float>, largest: Float) {
        guard largest > 0, largest.isFinite else { return }
        // The least width for which the largest value is in the last bin.
        widen(to: Int(largest.exponent) + 1 - Self.half.trailingZeroBitCount)
        let factor = Float(sign: .plus, exponent: -exponent!, significand: 1)
        counts.withUnsafeMutableBufferPointer { counts in
            for value in values {
                let bin = Self.half + Int((value * factor).rounded(.down))
                counts[min(max(bin, 0), 2 * Self.half - 1)] += 1
            }
        }
    }

    mutating func merge(_ other: ValueHistogram) {
        guard let width = other.exponent else { return }
        var other = other
        widen(to: width)
        other.widen(to: exponent!)
        for bin in counts.indices { counts[bin] += other.counts[bin] }
    }

    private mutating func widen(to width: Int) {
        guard let exponent else {
            (self.exponent, counts) = (width, [Int](repeating: 0, count: 2 * Self.half))
            return
        }
        guard width > exponent else { return }
        for _ in exponent..<width {
            var wider = [Int](repeating: 0, count: 2 * Self.half)
            for (bin, count) in counts.enumerated() where count > 0 {
                // Bins are numbered from the one right of 0, downwards for negative values.
                wider[Self.half + (bin - Self.half) >> 1] += count
            }
            counts = wider
        }
        self.exponent = width
    }

    /// Returns the part of a range that 255 steps cover with the least mean squared error: values outside are
    /// cut off, those inside rounded. (As in Banner et al. 2019, section 3, by search.)
    func leastError(within range: Calibration.Range) -> Calibration.Range {
        guard let exponent else { return range }
        let width = Double(sign: .plus, exponent: exponent, significand: 1)
        let bins = counts.enumerated().filter { $0.element > 0 }.map { bin, count in
            (value: (Double(bin - Self.half) + 0.5) * width, count: Double(count))
        }
        func error(_ low: Double, _ high: Double) -> Double {
            let rounding = ((high - low) / 255) * ((high - low) / 255) / 12
            return bins.reduce(0) { sum, bin in
                let outside = bin.value < low ? low - bin.value : bin.value > high ? bin.value - high : 0
                return sum + bin.count * (outside * outside + rounding)
            }
        }
        let shares = stride(from: 1, through: 0.25, by: -0.05).map { $0 }
        var best = (range: range, error: Double.infinity)
        for lower in range.low < 0 ? shares : [1] {
            for upper in range.high > 0 ? shares : [1] {
                let (low, high) = (Double(range.low) * lower, Double(range.high) * upper)
                let found = error(low, high)
                if found < best.error {
                    best = (Calibration.Range(low: Float(low), high: Float(high)), found)
                }
            }
        }
        return best.range
    }
}
