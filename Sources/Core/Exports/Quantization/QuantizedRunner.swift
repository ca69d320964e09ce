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
        kernels = graph.steps.map { $0.weights?.values.map(Float.init) ?? [] }
    }

    /// Returns a photo's probabilities.
    ///
    /// - Parameter photo: [height, width, 3] in 0…255, which is rounded to 8 bits.
    package func probabilities(of photo: [Float]) -> [Float] {
        // Each step's output as differences from the zero point.
        var outputs: [[Float]] = []
        for (index, step) in graph.steps.enumerated() {
            outputs.append(output(index, of: step.inputs.map { outputs[$0] }) { photo })
        }
        return outputs[outputs.count - 1].map { $0 * graph.steps[graph.steps.count - 1].scale.scale }
    }

    /// Returns a step's output, as differences from its zero point.
    ///
    /// - Parameters:
    ///   - inputs: the same of the steps before it.
    ///   - photo: for the first step.
    func output(_ index: Int, of inputs: [[Float]], photo: () -> [Float]) -> [Float] {
        let step = graph.steps[index]
        let scales = step.inputs.map { graph.steps[$0].scale.scale }
        switch step.operation {
        case .input: return photo().map { step.scale.distance($0) }
        case .convolution, .dense: return Self.stored(sums(index, of: inputs), graph, index)
        case .add:
            return zip(inputs[0], inputs[1]).map {
                step.scale.distance($0 * scales[0] + $1 * scales[1])
            }
        case .globalAveragePooling:
            return FloatRunner.means(inputs[0], channels: step.shape[0]).map {
                step.scale.distance($0 * scales[0])
            }
        case .softmax:
            return FloatRunner.softmax(inputs[0].map { $0 * scales[0] }).map { step.scale.distance($0) }
        }
    }

    /// Returns the sums of products of a convolution or dense layer, without its bias.
    func sums(_ index: Int, of inputs: [[Float]]) -> [Float] {
        let step = graph.steps[index]
        switch step.operation {
        case .convolution(let convolution, _, let padding):
            let before = graph.steps[step.inputs[0]]
            return FloatRunner.convolve(
                inputs[0], side: before.shape[0], convolution, kernels[index],
                padding: Float(padding - before.scale.zero))
        case .dense(let dense, _):
            return FloatRunner.multiply(inputs[0], kernels[index], rows: 1, outputs: dense.bias.count)
        case .input, .add, .globalAveragePooling, .softmax:
            preconditionFailure("\(step.name) has no weights")
        }
    }

    /// Turns the sums of products of a step into its output.
    static func stored(_ sums: [Float], _ graph: QuantizedGraph, _ index: Int) -> [Float] {
        let step = graph.steps[index]
        guard let weights = step.weights else { preconditionFailure("\(step.name) has no weights") }
        let (input, output) = (graph.steps[step.inputs[0]].scale, step.scale)
        var (least, most) = (Float(-128 - output.zero), Float(127 - output.zero))
        if case .convolution(let convolution, _, _) = step.operation, convolution.activates {
            (least, most) = (max(least, 0), min(most, output.distance(6)))
        }
        let channels = weights.bias.count
        let factors = (0..<channels).map { channel in
            input.scale * weights.scales[channel % weights.scales.count] / output.scale
        }
        let biases = weights.bias.map(Float.init)
        var result = sums
        FloatRunner.eachChannel(&result, channels) { sum, channel in
            min(max(((sum + biases[channel]) * factors[channel]).rounded(), least), most)
        }
        return result
    }
}
