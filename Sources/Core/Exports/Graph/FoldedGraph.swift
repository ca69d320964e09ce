package import Basics
package import Network

/// An `ExportGraph` for formats that only compute: each convolution with its normalisation, padding
/// and activation in one step.
package struct FoldedGraph: Sendable {
    package struct Step: Sendable {
        /// Keras' name of the last layer that is part of the step, such as `block_1_expand_relu`.
        package var name: String
        package var operation: Operation
        /// Indices of earlier steps.
        package var inputs: [Int]
        /// Shape of the output without the batch.
        package var shape: [Int]
    }

    package enum Operation: Sendable {
        case input
        /// With one number for all channels, or one for each.
        case rescaling(scale: [Double], offset: [Double])
        case convolution(Convolution)
        case add
        case globalAveragePooling
        case dense(Dense)
        case softmax
    }

    package struct Convolution: Sendable {
        /// Keras' name of the convolution alone.
        package var name: String
        /// As in Keras, times γ/√(σ²+ε).
        package var kernel: Tensor
        /// β − μγ/√(σ²+ε).
        package var bias: [Float]
        package var stride: Int
        package var isDepthwise: Bool
        /// Zeros above and on the left; below and on the right.
        package var before: Int
        package var after: Int
        /// Whether ReLU6 follows.
        package var activates: Bool

        package var side: Int { kernel.shape[0] }
        package var outputs: Int { bias.count }
    }

    package struct Dense: Sendable {
        package var name: String
        /// [in, out].
        package var kernel: Tensor
        package var bias: [Float]
    }

    package var steps: [Step] = []
    package var imageSize: Int
    package var classes: [String]
    package var title: String
    package var architecture: Architecture

    package init(_ graph: ExportGraph) {
        (imageSize, classes, title) = (graph.imageSize, graph.classes, graph.title)
        architecture = graph.architecture
        /// The step that gives each layer's output, and zeros to be added to it.
        var places: [(step: Int, padding: (before: Int, after: Int))] = []
        for layer in graph.layers {
            let inputs = layer.inputs.map { places[$0].step }
            switch layer.operation {
            case .input where !layer.inputs.isEmpty, .dropout:
                places.append(places[layer.inputs[0]])
                continue
            case .padding(let before, let after):
                let earlier = places[layer.inputs[0]].padding
                places.append((inputs[0], (earlier.before + before, earlier.after + after)))
                continue
            case .normalization(let normalization): fold(normalization, into: inputs[0], layer.name)
            case .relu6: activate(inputs[0], layer.name)
            case .input: append(layer, .input, inputs)
            case .rescaling(let scale, let offset):
                append(layer, .rescaling(scale: scale, offset: offset), inputs)
            case .convolution(let kernel, let stride, let isDepthwise, let isSame):
                let input = steps[inputs[0]].shape[0]
                let zeros =
                    isSame
                    ? Self.same(input, kernel: kernel.shape[0], stride: stride)
                    : (before: 0, after: 0)
                let padding = places[layer.inputs[0]].padding
                append(
                    layer,
                    .convolution(
                        Convolution(
                            name: layer.name, kernel: kernel,
                            bias: [Float](repeating: 0, count: layer.shape[2]), stride: stride,
                            isDepthwise: isDepthwise, before: zeros.before + padding.before,
                            after: zeros.after + padding.after, activates: false)),
                    inputs)
            case .add: append(layer, .add, inputs)
            case .globalAveragePooling: append(layer, .globalAveragePooling, inputs)
            case .dense(let kernel, let bias):
                append(
                    layer, .dense(Dense(name: layer.name, kernel: kernel, bias: bias.values)), inputs)
                steps.append(
                    Step(
                        name: "probabilities", operation: .softmax, inputs: [steps.count - 1],
                        shape: layer.shape))
            }
            // Folded layers belong to the last step, because the layers of a base follow each other.
            places.append((steps.count - 1, (0, 0)))
        }
    }

    private mutating func append(_ layer: ExportGraph.Layer, _ operation: Operation, _ inputs: [Int]) {
        steps.append(Step(name: layer.name, operation: operation, inputs: inputs, shape: layer.shape))
    }

    /// Returns the zeros of Keras' `same` around an input of a given side.
    static func same(_ input: Int, kernel: Int, stride: Int) -> (before: Int, after: Int) {
        let output = (input + stride - 1) / stride
        let total = max((output - 1) * stride + kernel - input, 0)
        return (total / 2, total - total / 2)
    }

    private mutating func change(_ step: Int, _ name: String, _ body: (inout Convolution) -> Void) {
        guard step == steps.count - 1, case .convolution(var convolution) = steps[step].operation else {
            preconditionFailure("\(name) follows no convolution")
        }
        body(&convolution)
        steps[step].operation = .convolution(convolution)
        steps[step].name = name
    }

    private mutating func activate(_ step: Int, _ name: String) {
        change(step, name) { $0.activates = true }
    }

    private mutating func fold(_ normalization: ExportGraph.Normalization, into step: Int, _ name: String) {
        change(step, name) { convolution in
            let scales = (0..<convolution.outputs).map { channel in
                Double(normalization.gamma.values[channel])
                    / (Double(normalization.variance.values[channel]) + normalization.epsilon).squareRoot()
            }
            for channel in scales.indices {
                convolution.bias[channel] = Float(
                    Double(normalization.beta.values[channel]) - Double(normalization.mean.values[channel])
                        * scales[channel])
            }
            // Depthwise or not, the output channels vary fastest.
            for index in convolution.kernel.values.indices {
                convolution.kernel.values[index] = Float(
                    Double(convolution.kernel.values[index]) * scales[index % scales.count])
            }
        }
    }
}
