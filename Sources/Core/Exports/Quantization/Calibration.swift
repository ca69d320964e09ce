import Basics

/// Ranges and means of the values in a `FoldedGraph`, from photos: what 8 bits have to cover, and what
/// rounded weights are multiplied with on average.
package struct Calibration: Sendable, Equatable {
    package struct Range: Sendable, Equatable {
        /// 0 is always in the range: padding and ReLU need it exactly.
        package var low: Float = 0
        package var high: Float = 0
    }

    /// One for each step.
    package private(set) var ranges: [Range]
    package private(set) var photos = 0
    /// Sums over the photos of each channel's mean, by step.
    private var sums: [[Double]]

    package init(_ graph: FoldedGraph) {
        ranges = graph.steps.map { _ in Range() }
        sums = graph.steps.map { [Double](repeating: 0, count: $0.shape[$0.shape.count - 1]) }
    }

    /// Returns the mean of each channel of a step's output.
    package func means(_ step: Int) -> [Float] { sums[step].map { Float($0 / Double(max(photos, 1))) } }

    /// Adds a photo's values.
    ///
    /// - Parameter outputs: of every step, as `FloatRunner` returns them.
    package mutating func add(_ outputs: [[Float]]) {
        for (step, values) in outputs.enumerated() {
            let channels = sums[step].count
            for (channel, mean) in FloatRunner.means(values, channels: channels).enumerated() {
                sums[step][channel] += Double(mean)
            }
            values.withUnsafeBufferPointer { values in
                var (low, high) = (ranges[step].low, ranges[step].high)
                for value in values {
                    low = min(low, value)
                    high = max(high, value)
                }
                ranges[step] = Range(low: low, high: high)
            }
        }
        photos += 1
    }

    /// Adds other photos' values.
    package mutating func merge(_ other: Calibration) {
        for step in ranges.indices {
            ranges[step].low = min(ranges[step].low, other.ranges[step].low)
            ranges[step].high = max(ranges[step].high, other.ranges[step].high)
            for channel in sums[step].indices { sums[step][channel] += other.sums[step][channel] }
        }
        photos += other.photos
    }
}
