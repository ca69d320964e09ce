import Basics

/// Scaling of a `FoldedGraph`'s channels so that one scale for a whole tensor suits all of them.
///
/// A channel that is multiplied by a factor where it is made, and divided by it in the depthwise convolution that
/// uses it, leaves the answers as they are: both have a scale for each channel, so that rounding their weights
/// costs no more. Between them the channel's values get finer steps. ReLU6 then cuts them off at 6 divided by the
/// factor, which is far from what the photos reached. (Cross-layer equalization: Nagel et al. 2019, section
/// 4.1, for the layers where it costs nothing; with other layers behind, it made their weights coarser.)
extension FoldedGraph {
    /// Other photos may reach this many times the largest value of those that were seen.
    private static let headroom: Float = 2
    /// Factors beyond this would be for channels that hardly occur.
    private static let largestFactor: Float = 64

    /// Returns a graph that computes the same on photos like those of the calibration.
    package func equalized(by calibration: Calibration) -> FoldedGraph {
        var result = self
        for (index, step) in steps.enumerated() {
            guard case .convolution(let convolution) = step.operation, convolution.activates else { continue }
            let users = steps.indices.filter { steps[$0].inputs.contains(index) }
            guard users.allSatisfy({ steps[$0].operation.isDepthwise }) else { continue }
            let values = calibration.largest(index)
            let widest = values.max() ?? 0
            let factors = values.map { value in
                guard value > 0 else { return Float(1) }
                return max(1, min(widest / value, 6 / (Self.headroom * value), Self.largestFactor))
            }
            result.steps[index].operation.scale(by: factors, output: true)
            for user in users {
                result.steps[user].operation.scale(by: factors.map { 1 / $0 }, output: false)
            }
        }
        return result
    }
}

extension FoldedGraph.Operation {
    fileprivate var isDepthwise: Bool {
        if case .convolution(let convolution) = self { convolution.isDepthwise } else { false }
    }

    /// Multiplies each channel of a convolution's output by a factor, or each channel of a depthwise
    /// convolution's input.
    fileprivate mutating func scale(by factors: [Float], output: Bool) {
        guard case .convolution(var convolution) = self else { return }
        // Depthwise or not, the output channels vary fastest.
        for index in convolution.kernel.values.indices {
            convolution.kernel.values[index] *= factors[index % factors.count]
        }
        if output { convolution.bias = zip(convolution.bias, factors).map { $0 * $1 } }
        self = .convolution(convolution)
    }
}
