import Basics
import Foundation
package import Network

/// A `FoldedGraph` in 8 bits, after TensorFlow Lite's specification: activations with one scale and
/// zero point a tensor, kernels symmetric with a scale for each output channel, biases in 32 bits.
/// The photos' scaling is part of the first convolution.
///
/// Source: https://ai.google.dev/edge/litert/models/quantization_spec.
package struct QuantizedGraph: Sendable {
    /// real = scale · (stored − zero), stored in −128…127.
    package struct Scale: Sendable, Equatable {
        package var scale: Float
        package var zero: Int

        /// The pixels of a photo, less 128.
        package static let pixels = Scale(scale: 1, zero: -128)
        /// Probabilities, as TensorFlow Lite prescribes.
        package static let probabilities = Scale(scale: 1 / 256, zero: -128)

        init(scale: Float, zero: Int) { (self.scale, self.zero) = (scale, zero) }

        init(_ range: Calibration.Range) {
            let width = range.high - range.low
            scale = width > 0 ? width / 255 : 1
            zero = min(max(Int((-128 - range.low / scale).rounded()), -128), 127)
        }

        /// Returns the stored value, as a difference from `zero`.
        func distance(_ real: Float) -> Float {
            let stored = (real / scale).rounded() + Float(zero)
            return min(max(stored, -128), 127) - Float(zero)
        }
    }

    /// Weights with one scale for each output channel, or one for all.
    package struct Weights: Sendable, Equatable {
        /// In the layout of the tensor that they come from.
        package var values: [Int8]
        package var scales: [Float]
        /// In units of the input's scale times that of the channel.
        package var bias: [Int32]
    }

    package struct Step: Sendable {
        package var name: String
        package var operation: Operation
        package var inputs: [Int]
        package var shape: [Int]
        package var scale: Scale

        package var weights: Weights? {
            switch operation {
            case .convolution(_, let weights, _), .dense(_, let weights): weights
            case .input, .add, .globalAveragePooling, .softmax: nil
            }
        }
    }

    package enum Operation: Sendable {
        case input
        /// `padding` is the stored value around the input.
        case convolution(FoldedGraph.Convolution, Weights, padding: Int)
        case add
        case globalAveragePooling
        case dense(FoldedGraph.Dense, Weights)
        case softmax
    }

    package private(set) var steps: [Step] = []
    package let imageSize: Int
    package let classes: [String]
    package let title: String
    package let architecture: Architecture

    /// - Parameters:
    ///   - calibration: of the same graph, with at least one photo.
    ///   - rule: what the 8 bits of convolutions and additions cover.
    package init(_ graph: FoldedGraph, _ calibration: Calibration, _ rule: Calibration.Rule = .widest) {
        let ranges = calibration.ranges(rule)
        precondition(calibration.photos > 0 && ranges.count == graph.steps.count)
        architecture = graph.architecture
        (imageSize, classes, title) = (graph.imageSize, graph.classes, graph.title)
        /// The step that stands for each of the graph's, and scaling that is still to be applied.
        var places: [(step: Int, scaling: (scale: Double, offset: Double)?)] = []
        for (index, step) in graph.steps.enumerated() {
            let inputs = step.inputs.map { places[$0].step }
            var scale = Scale(ranges[index])
            let operation: Operation
            switch step.operation {
            case .input: (operation, scale) = (.input, .pixels)
            case .rescaling(let factors, let offsets) where factors.count == 1:
                places.append((inputs[0], (factors[0], offsets[0])))
                continue
            case .rescaling(let factors, let offsets):
                // The first convolution's padding has one value for all channels, so that it cannot take
                // over the scales of each.
                let scaling = FoldedGraph.Convolution(
                    name: step.name,
                    kernel: Tensor(shape: [1, 1, factors.count, 1], values: factors.map { Float($0) }),
                    bias: offsets.map { Float($0) }, stride: 1, isDepthwise: true, before: 0, after: 0,
                    activates: false)
                let input = steps[inputs[0]].scale
                operation = .convolution(
                    scaling,
                    Weights(
                        scaling.kernel.values, bias: scaling.bias, channels: scaling.outputs,
                        input: input.scale),
                    padding: input.zero)
            case .convolution(let convolution):
                let input = steps[inputs[0]].scale
                let scaling = places[step.inputs[0]].scaling
                let folded = scaling.map { convolution.scaled($0.scale, $0.offset) } ?? convolution
                // Zero behind the scaling, to the next stored value.
                let padding =
                    scaling.map { input.zero + Int(($0.offset / -$0.scale).rounded()) } ?? input.zero
                operation = .convolution(
                    folded,
                    Weights(
                        folded.kernel.values, bias: folded.bias, channels: folded.outputs,
                        input: input.scale),
                    padding: padding)
            case .add: operation = .add
            case .globalAveragePooling: operation = .globalAveragePooling
            case .dense(let dense):
                operation = .dense(
                    dense,
                    Weights(
                        dense.kernel.values, bias: dense.bias, channels: 1,
                        input: steps[inputs[0]].scale.scale))
            case .softmax: (operation, scale) = (.softmax, .probabilities)
            }
            steps.append(
                Step(name: step.name, operation: operation, inputs: inputs, shape: step.shape, scale: scale))
            places.append((steps.count - 1, nil))
        }
    }
}

extension QuantizedGraph {
    /// Replaces the bias of a convolution or dense layer.
    mutating func setBias(_ bias: [Int32], of step: Int) {
        switch steps[step].operation {
        case .convolution(let convolution, var weights, let padding):
            weights.bias = bias
            steps[step].operation = .convolution(convolution, weights, padding: padding)
        case .dense(let dense, var weights):
            weights.bias = bias
            steps[step].operation = .dense(dense, weights)
        case .input, .add, .globalAveragePooling, .softmax: break
        }
    }
}

extension QuantizedGraph.Weights {
    /// - Parameters:
    ///   - values: with the output channels varying fastest.
    ///   - channels: number of scales: that of the output channels, or 1.
    ///   - input: scale of the input.
    init(_ values: [Float], bias: [Float], channels: Int, input: Float) {
        var largest = [Float](repeating: 0, count: channels)
        for (index, value) in values.enumerated() {
            largest[index % channels] = max(largest[index % channels], abs(value))
        }
        for (index, value) in bias.enumerated() {
            // A bias far larger than the weights must still fit into 32 bits.
            let channel = index % channels
            largest[channel] = max(largest[channel], 127 * abs(value) / input / 0x1p30)
        }
        let scales = largest.map { $0 > 0 ? $0 / 127 : 1 }
        self.scales = scales
        self.values = values.enumerated().map { index, value in
            Int8(min(max((value / scales[index % channels]).rounded(), -127), 127))
        }
        self.bias = bias.enumerated().map { index, value in
            Int32((Double(value) / (Double(input) * Double(scales[index % channels]))).rounded())
        }
    }
}

extension FoldedGraph.Convolution {
    /// Returns the convolution of x that equals this one of x · scale + offset.
    fileprivate func scaled(_ scale: Double, _ offset: Double) -> Self {
        var result = self
        var sums = [Double](repeating: 0, count: outputs)
        for (index, value) in kernel.values.enumerated() {
            sums[index % outputs] += Double(value)
            result.kernel.values[index] = Float(Double(value) * scale)
        }
        result.bias = zip(bias, sums).map { Float(Double($0) + offset * $1) }
        return result
    }
}
