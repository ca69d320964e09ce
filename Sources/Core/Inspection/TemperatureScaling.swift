import Foundation

/// One number that makes a network's confidences honest: its logits are divided by the temperature, which changes
/// no prediction. Above 1 the network was too sure, below 1 not sure enough.
///
/// Source: Guo et al. 2017, "On Calibration of Modern Neural Networks". Logarithms of probabilities stand for the
/// logits, from which they differ by a constant that softmax takes away again.
public struct TemperatureScaling: Sendable, Equatable {
    public let temperature: Double
    /// Mean cross-entropy of the predictions it was fitted on, in nats, without it and with it.
    public let lossBefore: Double
    public let lossAfter: Double

    /// The temperature is looked for in this range; where every photo is right the loss falls without end.
    public static let range = 0.01...100.0

    /// Minimises the mean cross-entropy, which is convex in 1/temperature, by Newton's method between bisections.
    ///
    /// Nil when no prediction is usable.
    public init?(fitting predictions: some Sequence<Prediction>, classes: Int) {
        let photos = predictions.filter { $0.isUsable(classes: classes) }
        guard !photos.isEmpty else { return nil }
        let rows = photos.map { (logits: Self.logits($0.probabilities), label: $0.label) }
        /// Value, slope and curvature of the loss by 1/temperature.
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

    /// The prediction as it would be with this temperature.
    public func callAsFunction(_ prediction: Prediction) -> Prediction {
        let logits = Self.logits(prediction.probabilities).map { $0 / temperature }
        let largest = logits.max() ?? 0
        let weights = logits.map { exp($0 - largest) }
        let sum = weights.reduce(0, +)
        var result = prediction
        result.probabilities = weights.map { Float($0 / sum) }
        return result
    }

    /// A probability that underflowed counts as the least that a Float can hold.
    private static func logits(_ probabilities: [Float]) -> [Double] {
        probabilities.map { log(Double(max($0, .leastNormalMagnitude))) }
    }
}
