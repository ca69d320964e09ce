import Foundation

/// A learning rate range test (Smith 2017): on a copy of the run's state, the rate rises
/// exponentially from batch to batch.
package struct LearningRateSweep: Codable, Sendable, Equatable {
    package struct Point: Codable, Sendable, Equatable {
        package var learningRate: Double
        /// Cross-entropy of the batches in nats: exponential moving average with bias correction.
        package var loss: Double
        package init(learningRate: Double, loss: Double) {
            (self.learningRate, self.loss) = (learningRate, loss)
        }
    }

    /// In ascending order of rate.
    package var points: [Point]
    /// Largest number of batches that the sweep takes.
    package var total: Int
    package var isDone: Bool
    /// Rate at which the loss falls most steeply; nil while the sweep runs, or if the loss never
    /// falls.
    package var suggestion: Double?

    package init(points: [Point] = [], total: Int, isDone: Bool = false, suggestion: Double? = nil) {
        (self.points, self.total, self.isDone, self.suggestion) = (points, total, isDone, suggestion)
    }
}

extension LearningRateSweep {
    /// Lowest and highest rate of a sweep, and its number of batches.
    static let lowest = 1e-7
    static let highest = 1.0
    package static let batches = 100
    /// Weight of the earlier batches in the moving average.
    package static let smoothing = 0.9
    /// Multiple of the lowest smoothed loss that ends the sweep.
    package static let limit = 4.0
    /// Points at either end that the suggestion ignores: there the loss is hardly smoothed yet, or
    /// explodes.
    package static let skippedAtStart = 10
    static let skippedAtEnd = 1

    package static func learningRate(_ batch: Int) -> Double {
        lowest * pow(highest / lowest, Double(batch) / Double(batches - 1))
    }

    /// Returns the rate at which the loss falls most steeply over the logarithm of the rate, by
    /// central differences; nil if the loss never falls or there are too few points.
    package static func steepestDescent(_ points: [Point]) -> Double? {
        let inner = points.dropFirst(skippedAtStart).dropLast(skippedAtEnd)
        guard inner.count >= 3 else { return nil }
        var best: (slope: Double, rate: Double)?
        for index in inner.indices.dropFirst().dropLast() {
            let (before, after) = (inner[index - 1], inner[index + 1])
            let slope = (after.loss - before.loss) / log10(after.learningRate / before.learningRate)
            if slope < best?.slope ?? 0 { best = (slope, inner[index].learningRate) }
        }
        return best?.rate
    }
}
