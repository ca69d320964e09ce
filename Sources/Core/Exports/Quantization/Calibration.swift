import Basics

/// Ranges of the values in a `FoldedGraph`, from photos: what 8 bits have to cover.
package struct Calibration: Sendable, Equatable {
    package struct Range: Sendable, Equatable {
        /// 0 is always in the range: padding and ReLU need it exactly.
        package var low: Float = 0
        package var high: Float = 0
    }

    /// One for each step.
    package private(set) var ranges: [Range]
    package private(set) var photos = 0

    package init(_ graph: FoldedGraph) { ranges = graph.steps.map { _ in Range() } }

    /// Extends the ranges by a photo's values.
    ///
    /// - Parameter outputs: of every step, as `FloatRunner` returns them.
    package mutating func add(_ outputs: [[Float]]) {
        for (step, values) in outputs.enumerated() {
            for value in values {
                if value < ranges[step].low { ranges[step].low = value }
                if value > ranges[step].high { ranges[step].high = value }
            }
        }
        photos += 1
    }

    /// Extends the ranges by those of other photos.
    package mutating func merge(_ other: Calibration) {
        for step in ranges.indices {
            ranges[step].low = min(ranges[step].low, other.ranges[step].low)
            ranges[step].high = max(ranges[step].high, other.ranges[step].high)
        }
        photos += other.photos
    }
}
