package import Recipes

/// The calibration of a network's confidences: predictions in bins by confidence, and the accuracy
/// in each bin (a reliability diagram).
///
/// Source: Guo et al. 2017, "On Calibration of Modern Neural Networks".
package struct Calibration: Sendable, Equatable {
    /// Photos with a confidence above `lower` and up to `upper`.
    package struct Bin: Sendable, Equatable {
        package var lower: Double
        package var upper: Double
        package var count: Int
        /// Mean confidence and accuracy; nil if the bin is empty.
        package var confidence: Double?
        package var accuracy: Double?
        /// Confidence minus accuracy: above 0 where the network is overconfident.
        package var gap: Double? { confidence.flatMap { confidence in accuracy.map { confidence - $0 } } }
    }

    /// Bins of equal width from 0 to 1.
    package let bins: [Bin]
    package let count: Int

    /// The usual number of bins for the expected calibration error.
    package static let usualBins = 15

    /// - Parameter bins: at least 1.
    package init(_ predictions: some Sequence<Prediction>, classes: Int, bins: Int = usualBins) {
        let width = max(1, bins)
        var (counts, right, sums) = (
            [Int](repeating: 0, count: width), [Int](repeating: 0, count: width),
            [Double](repeating: 0, count: width)
        )
        for prediction in predictions where prediction.isUsable(classes: classes) {
            let confidence = Double(prediction.confidence)
            let bin = min(max(Int((confidence * Double(width)).rounded(.up)) - 1, 0), width - 1)
            counts[bin] += 1
            sums[bin] += confidence
            if prediction.isCorrect { right[bin] += 1 }
        }
        count = counts.reduce(0, +)
        self.bins = counts.indices.map { bin in
            let number = Double(counts[bin])
            return Bin(
                lower: Double(bin) / Double(width), upper: Double(bin + 1) / Double(width),
                count: counts[bin],
                confidence: counts[bin] > 0 ? sums[bin] / number : nil,
                accuracy: counts[bin] > 0 ? Double(right[bin]) / number : nil)
        }
    }

    /// Expected calibration error: the mean of |confidence − accuracy| over the bins, weighted by
    /// their counts; nil without photos.
    package var expectedError: Double? {
        guard count > 0 else { return nil }
        return bins.reduce(0) { $0 + abs($1.gap ?? 0) * Double($1.count) } / Double(count)
    }

    /// Maximum calibration error: the largest |confidence − accuracy| of a bin; nil without photos.
    package var maximumError: Double? { bins.compactMap { $0.gap.map { abs($0) } }.max() }
}
