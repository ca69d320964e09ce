package import Recipes

/// The trade-off of leaving out photos of low confidence: the fraction of photos kept (coverage),
/// and the accuracy among them, by confidence threshold.
package struct CoverageCurve: Sendable, Equatable {
    package struct Point: Sendable, Equatable {
        /// Photos of at least this confidence are kept.
        package var threshold: Double
        /// Fraction of all photos that are kept, 0…1.
        package var coverage: Double
        /// Accuracy among the kept photos; nil if there are none.
        package var accuracy: Double?
    }

    /// Ascending.
    private let confidences: [Float]
    /// Number of correct predictions from each index on; one entry more than `confidences`.
    private let rightFrom: [Int]

    package init(_ predictions: some Sequence<Prediction>, classes: Int) {
        let photos = predictions.filter { $0.isUsable(classes: classes) }.map {
            ($0.confidence, $0.isCorrect)
        }
        .sorted { $0.0 < $1.0 }
        confidences = photos.map(\.0)
        var right = [Int](repeating: 0, count: photos.count + 1)
        for index in photos.indices.reversed() { right[index] = right[index + 1] + (photos[index].1 ? 1 : 0) }
        rightFrom = right
    }

    package var count: Int { confidences.count }

    /// Returns the point at a threshold; nil without photos.
    ///
    /// - Complexity: O(log photos).
    package func point(at threshold: Double) -> Point? {
        guard count > 0 else { return nil }
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if Double(confidences[middle]) < threshold { low = middle + 1 } else { high = middle }
        }
        let kept = count - low
        return Point(
            threshold: threshold, coverage: Double(kept) / Double(count),
            accuracy: kept > 0 ? Double(rightFrom[low]) / Double(kept) : nil)
    }

    /// Returns `count` points, at least two, at evenly spaced thresholds from 0 to 1; none without
    /// photos.
    package func points(_ count: Int = 101) -> [Point] {
        (0..<max(2, count)).compactMap { point(at: Double($0) / Double(max(2, count) - 1)) }
    }
}
