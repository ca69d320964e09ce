import Foundation

/// A learning-rate range test (Smith 2017): on a copy of the run's state the rate rises exponentially batch by batch.
public struct LearningRateSweep: Codable, Sendable, Equatable {
    public struct Point: Codable, Sendable, Equatable {
        public var learningRate: Double
        /// Of the batch, in nats, smoothed exponentially and corrected for the start.
        public var loss: Double
        public init(learningRate: Double, loss: Double) {
            (self.learningRate, self.loss) = (learningRate, loss)
        }
    }

    /// Ascending by rate.
    public var points: [Point]
    /// Batches that it takes at most.
    public var total: Int
    public var isDone: Bool
    /// Where the loss falls most steeply; nil while it runs, or when it never falls.
    public var suggestion: Double?

    public init(points: [Point] = [], total: Int, isDone: Bool = false, suggestion: Double? = nil) {
        (self.points, self.total, self.isDone, self.suggestion) = (points, total, isDone, suggestion)
    }
}

extension LearningRateSweep {
    /// The rates of a sweep, lowest and highest, and its batches.
    static let lowest = 1e-7
    static let highest = 1.0
    static let batches = 100
    /// Weight of the earlier batches in the smoothed loss.
    static let smoothing = 0.9
    /// A smoothed loss this many times the lowest ends the sweep.
    static let limit = 4.0
    /// Points at either end that the suggestion leaves out: the loss is hardly smoothed yet, or explodes.
    static let skippedAtStart = 10
    static let skippedAtEnd = 1

    static func learningRate(_ batch: Int) -> Double {
        lowest * pow(highest / lowest, Double(batch) / Double(batches - 1))
    }

    /// The rate at which the loss falls most steeply over the logarithm of the rate, by central differences; nil when
    /// it never falls or there are too few points.
    public static func steepestDescent(_ points: [Point]) -> Double? {
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
