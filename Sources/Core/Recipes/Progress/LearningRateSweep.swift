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
    /// Rate at which the loss falls most steeply; nil while the sweep runs, or if the loss does not
    /// fall clearly.
    package var suggestion: Double?
    /// Rate up to which the loss neither rises nor stops falling; nil while the sweep runs, or if no
    /// rate shows in the loss.
    package var upperBound: Double?

    package init(
        points: [Point] = [], total: Int, isDone: Bool = false, suggestion: Double? = nil,
        upperBound: Double? = nil
    ) {
        (self.points, self.total, self.isDone) = (points, total, isDone)
        (self.suggestion, self.upperBound) = (suggestion, upperBound)
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

    /// A change of the smoothed loss is clear if it exceeds this many standard deviations of its
    /// noise. Among 100 batches of a constant rate, chance alone makes it fall by 8 in one sweep of
    /// 1,000 if the batches' losses are normally distributed, in one of 70 if they are exponentially.
    static let clearChange = 8.0
    /// Points on either side of one over which its slope is measured.
    static let slopeReach = 4
    /// Batches by which the moving average lags behind the loss.
    static var lag: Int { Int((1 / (1 - smoothing)).rounded()) }

    /// Returns the rate at which the loss falls most steeply over the logarithm of the rate, by
    /// straight lines through nine points; nil if the loss does not fall clearly or there are too few
    /// points.
    package static func steepestDescent(_ points: [Point]) -> Double? {
        let inner = points.dropFirst(skippedAtStart).dropLast(skippedAtEnd)
        guard inner.count > 2 * slopeReach, fallsClearly(points) else { return nil }
        var best: (slope: Double, rate: Double)?
        for index in inner.indices.dropFirst(slopeReach).dropLast(slopeReach) {
            // The rates are evenly spaced on a logarithmic axis.
            let slope = (1...slopeReach).reduce(0) {
                $0 + Double($1) * (inner[index + $1].loss - inner[index - $1].loss)
            }
            if slope < best?.slope ?? 0 { best = (slope, inner[index].learningRate) }
        }
        return best?.rate
    }

    /// Returns the rate up to which training is safe, as far as the sweep shows: the one that the
    /// smoothed loss reflects where it is lowest, or, if it does not fall clearly, before it rises
    /// clearly. Nil if it does neither.
    package static func upperBound(_ points: [Point]) -> Double? {
        let inner = points.dropFirst(skippedAtStart)
        guard let lowest = inner.indices.min(by: { inner[$0].loss < inner[$1].loss }) else { return nil }
        if let steepest = steepestDescent(points) {
            return max(steepest, points[max(0, lowest - lag)].learningRate)
        }
        let limit = inner[lowest].loss + clearChange * noise(points)
        // From the next point on it stays above.
        guard let last = inner.indices.last(where: { inner[$0].loss <= limit }), last + 1 < points.count
        else { return nil }
        return points[max(0, last + 1 - lag)].learningRate
    }

    /// Whether the smoothed loss falls by more than its noise explains.
    private static func fallsClearly(_ points: [Point]) -> Bool {
        var (highest, fall) = (-Double.infinity, 0.0)
        for point in points.dropFirst(skippedAtStart).dropLast(skippedAtEnd) {
            highest = max(highest, point.loss)
            fall = max(fall, highest - point.loss)
        }
        return fall > clearChange * noise(points)
    }

    /// The standard deviation of the smoothed loss at a constant rate: that of the batches' losses,
    /// from the differences of neighbours up to the lowest point, times what smoothing leaves of it.
    private static func noise(_ points: [Point]) -> Double {
        let averages = points.indices.map { points[$0].loss * (1 - pow(smoothing, Double($0 + 1))) }
        let losses = averages.indices.map {
            (averages[$0] - ($0 > 0 ? smoothing * averages[$0 - 1] : 0)) / (1 - smoothing)
        }
        let inner = points.indices.dropFirst(skippedAtStart).dropLast(skippedAtEnd)
        let lowest = inner.min { points[$0].loss < points[$1].loss } ?? 0
        let counted = losses.prefix(max(2 * skippedAtStart, lowest) + 1)
        guard counted.count > 1 else { return 0 }
        let squares = zip(counted, counted.dropFirst()).reduce(0) { $0 + ($1.1 - $1.0) * ($1.1 - $1.0) }
        let variance = squares / Double(2 * (counted.count - 1))
        return (variance * (1 - smoothing) / (1 + smoothing)).squareRoot()
    }
}
