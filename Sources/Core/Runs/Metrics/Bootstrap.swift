import Basics

extension ConfusionMatrix {
    /// The interval that holds the true macro F1 for about 95 of 100 such samples: the middle 95 % of
    /// that many matrices, each of as many photos drawn from these with replacement (the percentile
    /// bootstrap; Efron 1979). The same matrix gives the same interval. Nil without photos.
    package func macroF1Interval(resamples: Int = 1000) -> ClosedRange<Double>? {
        let filled = counts.indices.filter { counts[$0] > 0 }
        guard total > 0, let largest = filled.map({ counts[$0] }).max(), largest > 0 else { return nil }
        // Photos in a row, by cell: a draw is an index into it.
        let cells = filled.flatMap { [Int](repeating: $0, count: counts[$0]) }
        var random = CounterRandom(seed: 1, purpose: .bootstrap)
        var values: [Double] = []
        values.reserveCapacity(resamples)
        var drawn = [Int](repeating: 0, count: counts.count)
        for _ in 0..<resamples {
            for index in drawn.indices { drawn[index] = 0 }
            for _ in cells { drawn[cells[Int(random.below(UInt32(cells.count)))]] += 1 }
            if let value = Self.macroF1(drawn, classes: classes) { values.append(value) }
        }
        values.sort()
        guard !values.isEmpty else { return nil }
        return Self.quantile(0.025, values)...Self.quantile(0.975, values)
    }

    /// Mean of 2·hits / (photos + predictions) over the classes that have either.
    private static func macroF1(_ counts: [Int], classes: Int) -> Double? {
        var (sum, defined) = (0.0, 0)
        for label in 0..<classes {
            var both = 0
            for other in 0..<classes {
                both += counts[label * classes + other] + counts[other * classes + label]
            }
            if both > 0 {
                sum += 2 * Double(counts[label * classes + label]) / Double(both)
                defined += 1
            }
        }
        return defined > 0 ? sum / Double(defined) : nil
    }

    /// Returns a quantile of sorted values, linear between neighbours.
    private static func quantile(_ share: Double, _ sorted: [Double]) -> Double {
        let position = share * Double(sorted.count - 1)
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }
}
