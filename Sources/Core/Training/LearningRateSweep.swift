/// A learning-rate range test (Smith 2017): on a copy of the run's state the rate rises exponentially batch by batch.
public struct LearningRateSweep: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        public var learningRate: Double
        /// Of the batch, in nats, smoothed exponentially and corrected for the start.
        public var loss: Double
        public init(learningRate: Double, loss: Double) { (self.learningRate, self.loss) = (learningRate, loss) }
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
