import Basics

/// Ranges of the values in a `FoldedGraph`, from photos: what 8 bits have to cover.
package struct Calibration: Sendable, Equatable {
    package struct Range: Sendable, Equatable {
        /// 0 is always in the range: padding and ReLU need it exactly.
        package var low: Float = 0
        package var high: Float = 0
    }

    /// The part of the values that 8 bits cover: a wide range cuts nothing off, a narrow one has finer steps.
    package enum Rule: Sendable, CaseIterable {
        /// All that the photos gave.
        case widest
        /// From the mean of the photos' least values to that of their largest.
        case mean
        /// The range with the least mean squared error.
        case leastError
    }

    package private(set) var photos = 0
    /// The widest range of each step, and those of the single photos.
    private var widest: [Range]
    private var own: [[Range]]
    private var histograms: [ValueHistogram]
    /// Whether the rule applies to a step. The scores stay whole, so that sure answers stay in order, and
    /// what follows from them.
    private let isCut: [Bool]

    package init(_ graph: FoldedGraph) {
        widest = graph.steps.map { _ in Range() }
        own = graph.steps.map { _ in [] }
        histograms = graph.steps.map { _ in ValueHistogram() }
        isCut = graph.steps.map { step in
            switch step.operation {
            case .convolution, .add: true
            case .input, .rescaling, .globalAveragePooling, .dense, .softmax: false
            }
        }
    }

    /// Returns the range of each step.
    package func ranges(_ rule: Rule) -> [Range] {
        widest.indices.map { step in
            guard isCut[step], photos > 0 else { return widest[step] }
            switch rule {
            case .widest: return widest[step]
            case .mean:
                // In one order, whichever thread computed a photo.
                let (lows, highs) = (own[step].map(\.low).sorted(), own[step].map(\.high).sorted())
                return Range(
                    low: lows.reduce(0, +) / Float(photos), high: highs.reduce(0, +) / Float(photos))
            case .leastError: return histograms[step].leastError(within: widest[step])
            }
        }
    }

    /// Adds a photo's values.
    ///
    /// - Parameter outputs: of every step, as `FloatRunner` returns them.
    package mutating func add(_ outputs: [[Float]]) {
        for (step, values) in outputs.enumerated() {
            values.withUnsafeBufferPointer { values in
                var own = Range()
                for value in values {
                    own.low = min(own.low, value)
                    own.high = max(own.high, value)
                }
                widest[step].extend(to: own)
                self.own[step].append(own)
                if isCut[step] { histograms[step].add(values, largest: max(own.high, -own.low)) }
            }
        }
        photos += 1
    }

    /// Adds other photos' values.
    package mutating func merge(_ other: Calibration) {
        for step in widest.indices {
            widest[step].extend(to: other.widest[step])
            own[step] += other.own[step]
            histograms[step].merge(other.histograms[step])
        }
        photos += other.photos
    }
}

extension Calibration.Range {
    fileprivate mutating func extend(to other: Self) {
        low = min(low, other.low)
        high = max(high, other.high)
    }
}
