import Basics
import Foundation

/// Computes a `QuantizedGraph` as TensorFlow Lite does, with whole numbers kept in floats: apart from
/// rare differences by one in the last of 8 bits the result is the same. Any thread may call it.
package struct QuantizedRunner: Sendable {
    private let graph: QuantizedGraph
    /// The kernels of convolutions and dense layers as floats, by step.
    private let kernels: [[Float]]

    package init(_ graph: QuantizedGraph) {
        self.graph = graph
        kernels = graph.steps.map { step in
            switch step.operation {
            case .convolution(_, let weights, _), .dense(_, let weights): weights.values.map(Float.init)
            case .input, .add, .globalAveragePooling, .softmax: []
            }
        }
    }

    /// Returns a photo's probabilities.
    ///
    /// - Parameter photo: [height, width, 3] in 0…255, which is rounded to 8 bits.
    package func probabilities(of photo: [Float]) -> [Float] {
        // Each step's output as differences from the zero point.
        var outputs: [[Float]] = []
        for (index, step) in graph.steps.enumerated() {
            let inputs = step.inputs.map { (values: outputs[$0], scale: graph.steps[$0].scale) }
            switch step.operation {
            case .input: outputs.append(photo.map { step.scale.distance($0) })
            case .convolution(let convolution, let weights, let padding):
                var result = FloatRunner.convolve(
                    inputs[0].values, side: graph.steps[step.inputs[0]].shape[0], convolution, kernels[index],
                    padding: Float(padding - inputs[0].scale.zero))
                let most = convolution.activates ? step.scale.distance(6) : .infinity
                let least = convolution.activates ? 0 : -Float.infinity
                Self.rescale(&result, weights, from: inputs[0].scale, to: step.scale, within: (least, most))
                outputs.append(result)
            case .add:
                let (a, b) = (inputs[0], inputs[1])
                outputs.append(
                    zip(a.values, b.values).map {
                        step.scale.distance($0 * a.scale.scale + $1 * b.scale.scale)
                    })
            case .globalAveragePooling:
                let means = FloatRunner.means(inputs[0].values, channels: step.shape[0])
                outputs.append(means.map { step.scale.distance($0 * inputs[0].scale.scale) })
            case .dense(let dense, let weights):
                var result = FloatRunner.multiply(
                    inputs[0].values, kernels[index], rows: 1, outputs: dense.bias.count)
                Self.rescale(
                    &result, weights, from: inputs[0].scale, to: step.scale, within: (-.infinity, .infinity))
                outputs.append(result)
            case .softmax:
                let logits = inputs[0].values.map { $0 * inputs[0].scale.scale }
                outputs.append(FloatRunner.softmax(logits).map { step.scale.distance($0) })
            }
        }
        return outputs[outputs.count - 1].map { $0 * graph.steps[graph.steps.count - 1].scale.scale }
    }

    /// Turns sums of products into stored values, as differences from the zero point.
    private static func rescale(
        _ sums: inout [Float], _ weights: QuantizedGraph.Weights, from input: QuantizedGraph.Scale,
        to output: QuantizedGraph.Scale, within limits: (least: Float, most: Float)
    ) {
        let channels = weights.bias.count
        let factors = (0..<channels).map { channel in
            input.scale * weights.scales[channel % weights.scales.count] / output.scale
        }
        let biases = weights.bias.map(Float.init)
        let least = max(limits.least, Float(-128 - output.zero))
        let most = min(limits.most, Float(127 - output.zero))
        FloatRunner.eachChannel(&sums, channels) { sum, channel in
            min(max(((sum + biases[channel]) * factors[channel]).rounded(), least), most)
        }
    }
}
