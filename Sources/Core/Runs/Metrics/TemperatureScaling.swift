import Foundation
package import Recipes

/// Temperature scaling: dividing a network's logits by one number calibrates its confidences and
/// changes no prediction. The temperature is above 1 for an overconfident network, below 1 for an
/// underconfident one.
///
/// Source: Guo et al. 2017, "On Calibration of Modern Neural Networks". Logarithms of the
/// probabilities serve as logits; they differ from them by a constant, which softmax cancels.
package struct TemperatureScaling: Sendable, Equatable {
    package let temperature: Double
    /// Mean cross-entropy of the fitted predictions, in nats, before and after scaling.
    package let lossBefore: Double
    package let lossAfter: Double

    /// Range in which the temperature is sought; if every photo is right, the loss keeps falling
    /// with it.
    package static let range = 0.01...100.0

    /// Minimises the mean cross-entropy, which is convex in 1/temperature, by Newton's method
    /// safeguarded by bisection. Nil if no prediction is usable.
    package init?(fitting predictions: some Sequence<Prediction>, classes: Int) {
        let photos = predictions.filter { $0.isUsable(classes: classes) }
        guard !photos.isEmpty else { return nil }
        let rows = photos.map { (logits: Self.logits($0.probabilities), label: $0.label) }
        /// Returns the loss and its first and second derivatives by 1/temperature.
        func loss(_ inverse: Double) -> (value: Double, slope: Double, curvature: Double) {
            var result = (value: 0.0, slope: 0.0, curvature: 0.0)
            for (logits, label) in rows {
                let largest = logits.max()! * inverse
                var (sum, first, second) = (0.0, 0.0, 0.0)
                for logit in logits {
                    let weight = exp(logit * inverse - largest)
                    sum += weight
                    first += weight * logit
                    second += weight * logit * logit
                }
                let mean = first / sum
                result.value += log(sum) + largest - inverse * logits[label]
                result.slope += mean - logits[label]
                result.curvature += second / sum - mean * mean
            }
            let count = Double(rows.count)
            return (result.value / count, result.slope / count, result.curvature / count)
        }
        var (low, high) = (1 / Self.range.upperBound, 1 / Self.range.lowerBound)
        var inverse = 1.0
        for _ in 0..<200 where high - low > 1e-12 * high {
            let (_, slope, curvature) = loss(inverse)
            if slope > 0 { high = inverse } else { low = inverse }
            let next = inverse - slope / curvature
            if abs(next - inverse) <= 1e-12 * inverse { break }
            inverse = next > low && next < high ? next : (low + high) / 2
        }
        temperature = min(max(1 / inverse, Self.range.lowerBound), Self.range.upperBound)
        (lossBefore, lossAfter) = (loss(1).value, loss(1 / temperature).value)
    }

    /// Whether scaling calibrates better than leaving the confidences as they are: the expected error
    /// falls from `before` to `after`, and so does the loss.
    package func helps(from before: Calibration, to after: Calibration) -> Bool {
        guard let old = before.expectedError, let new = after.expectedError else { return false }
        return new < old && lossAfter < lossBefore
    }

    /// Returns the prediction with its probabilities rescaled by this temperature.
    package func callAsFunction(_ prediction: Prediction) -> Prediction {
        let logits = Self.logits(prediction.probabilities).map { $0 / temperature }
        let largest = logits.max() ?? 0
        let weights = logits.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        var result = prediction
        result.probabilities = weights.map { Float($0 / sum) }
        return result
    }

    /// Returns log probabilities; one that underflowed counts as the least normal Float.
    private static func logits(_ probabilities: [Float]) -> [Double] {
        probabilities.map { log(Double(max($0, .leastNormalMagnitude))) }
    }
}
