import Basics
package import Foundation
import Network

/// A network as a TensorFlow Lite model with metadata and labels: input `image`
/// [batch, side, side, 3] in 0…255, output `probabilities` [batch, classes].
package enum TFLiteFormat {
    /// Returns a model that computes in Float32.
    package static func encode(_ graph: ExportGraph) -> Data {
        var writer = TFLiteWriter()
        let graph = FoldedGraph(graph)
        for step in graph.steps { writer.add(step, of: graph) }
        return writer.encode(
            graph.architecture, imageSize: graph.imageSize, classes: graph.classes, title: graph.title)
    }

    /// Returns a model that computes in 8 bits, from photos in bytes to probabilities in bytes of
    /// 1/256.
    package static func encode(_ graph: QuantizedGraph) -> Data {
        var writer = TFLiteWriter()
        for step in graph.steps { writer.add(step, of: graph) }
        writer.addByteOutput(classes: graph.classes.count)
        return writer.encode(
            graph.architecture, imageSize: graph.imageSize, classes: graph.classes,
            title: "\(graph.title), 8 bits")
    }
}

private struct TFLiteWriter {
    private var model = TFLiteModel()
    /// The tensor of each step's output.
    private var outputs: [Int] = []
    private var input = 0

    private static let (inputName, outputName) = ("image", "probabilities")

    mutating func encode(
        _ architecture: Architecture, imageSize: Int, classes: [String], title: String
    ) -> Data {
        let metadata = TFLiteMetadata(
            name: architecture.title, title: title, imageSize: imageSize, classes: classes,
            input: Self.inputName, output: Self.outputName)
        let file = model.encode(
            description: title, input: (Self.inputName, input),
            output: (Self.outputName, outputs[outputs.count - 1]), metadata: metadata.table)
        return metadata.appendLabels(to: file)
    }

    // MARK: Float32

    mutating func add(_ step: FoldedGraph.Step, of graph: FoldedGraph) {
        let inputs = step.inputs.map { outputs[$0] }
        let output = model.activation(step.name, .float32, step.shape)
        switch step.operation {
        case .input: input = output
        case .rescaling(let scale, let offset):
            let scaled = model.activation("\(step.name)/scaled", .float32, step.shape)
            let shape = scale.count == 1 ? [] : [scale.count]
            let factor = model.constant("\(step.name)/scale", shape, scale.map { Float($0) })
            let summand = model.constant("\(step.name)/offset", shape, offset.map { Float($0) })
            model.add(.multiply, [inputs[0], factor], output: scaled, .multiply)
            model.add(.add, [scaled, summand], output: output, .add)
        case .convolution(let convolution):
            let before = graph.steps[step.inputs[0]].shape
            let isSame = convolution.isSame(before[0])
            var source = inputs[0]
            if !isSame, convolution.before + convolution.after > 0 {
                source = model.activation("\(convolution.name)/padded", .float32, convolution.padded(before))
                let zeros = padding(convolution)
                model.add(.pad, [inputs[0], zeros], output: source, .pad)
            }
            let (shape, kernel) = convolution.outputFirst(convolution.kernel.values)
            let weights = model.constant("\(convolution.name)/kernel", shape, kernel)
            let bias = model.constant("\(convolution.name)/bias", [convolution.outputs], convolution.bias)
            model.add(
                convolution.isDepthwise ? .depthwiseConvolution : .convolution, [source, weights, bias],
                output: output,
                .convolution(
                    stride: convolution.stride, isDepthwise: convolution.isDepthwise, isSame: isSame,
                    activates: convolution.activates))
        case .add: model.add(.add, inputs, output: output, .add)
        case .globalAveragePooling:
            let axes = model.constant("\(step.name)/axes", [2], [1, 2] as [Int32])
            model.add(.mean, [inputs[0], axes], output: output, .mean)
        case .dense(let dense):
            let (shape, kernel) = dense.outputFirst(dense.kernel.values)
            let weights = model.constant("\(dense.name)/kernel", shape, kernel)
            let bias = model.constant("\(dense.name)/bias", [dense.bias.count], dense.bias)
            model.add(.fullyConnected, [inputs[0], weights, bias], output: output, .fullyConnected)
        case .softmax: model.add(.softmax, inputs, output: output, .softmax)
        }
        outputs.append(output)
    }

    private mutating func padding(_ convolution: FoldedGraph.Convolution) -> Int {
        let (before, after) = (Int32(convolution.before), Int32(convolution.after))
        return model.constant(
            "\(convolution.name)/padding", [4, 2], [0, 0, before, after, before, after, 0, 0])
    }

    // MARK: 8 bits

    mutating func add(_ step: QuantizedGraph.Step, of graph: QuantizedGraph) {
        let inputs = step.inputs.map { outputs[$0] }
        if case .input = step.operation {
            input = model.activation(
                step.name, .uint8, step.shape, .init(QuantizedGraph.Scale(scale: 1, zero: 0)))
        }
        let isInput = step.inputs.isEmpty
        let output = model.activation(
            isInput ? "\(step.name)/signed" : step.name, .int8, step.shape, .init(step.scale))
        switch step.operation {
        case .input: model.add(.quantize, [input], output: output, .quantize)
        case .convolution(let convolution, let weights, let padding):
            let before = graph.steps[step.inputs[0]]
            let isSame = padding == before.scale.zero && convolution.isSame(before.shape[0])
            var source = inputs[0]
            if !isSame, convolution.before + convolution.after > 0 {
                source = pad(source, before, convolution, with: Int8(padding))
            }
            let (shape, kernel) = convolution.outputFirst(weights.values)
            let dimension = convolution.isDepthwise ? 3 : 0
            let values = model.constant(
                "\(convolution.name)/kernel", shape, kernel,
                .init(scales: weights.scales, dimension: dimension))
            let bias = bias(convolution.name, weights, input: before.scale.scale)
            model.add(
                (convolution.isDepthwise ? TFLiteModel.Code.depthwiseConvolution : .convolution).version(3),
                [source, values, bias], output: output,
                .convolution(
                    stride: convolution.stride, isDepthwise: convolution.isDepthwise, isSame: isSame,
                    activates: convolution.activates))
        case .add: model.add(.add.version(2), inputs, output: output, .add)
        case .globalAveragePooling:
            let axes = model.constant("\(step.name)/axes", [2], [1, 2] as [Int32])
            model.add(.mean.version(2), [inputs[0], axes], output: output, .mean)
        case .dense(let dense, let weights):
            let (shape, kernel) = dense.outputFirst(weights.values)
            let values = model.constant("\(dense.name)/kernel", shape, kernel, .init(scales: weights.scales))
            let bias = bias(dense.name, weights, input: graph.steps[step.inputs[0]].scale.scale)
            model.add(.fullyConnected.version(4), [inputs[0], values, bias], output: output, .fullyConnected)
        case .softmax: model.add(.softmax.version(2), inputs, output: output, .softmax)
        }
        outputs.append(output)
    }

    private mutating func pad(
        _ source: Int, _ step: QuantizedGraph.Step, _ convolution: FoldedGraph.Convolution, with value: Int8
    ) -> Int {
        let padded = model.activation(
            "\(convolution.name)/padded", .int8, convolution.padded(step.shape), .init(step.scale))
        let constant = model.constant("\(convolution.name)/around", [1], [value], .init(step.scale))
        model.add(
            .padWithValue.version(2), [source, padding(convolution), constant], output: padded, .padWithValue)
        return padded
    }

    private mutating func bias(_ layer: String, _ weights: QuantizedGraph.Weights, input: Float) -> Int {
        model.constant(
            "\(layer)/bias", [weights.bias.count], weights.bias,
            .init(scales: weights.scales.map { $0 * input }))
    }

    /// Turns the last step's values into unsigned bytes.
    mutating func addByteOutput(classes: Int) {
        let last = outputs.count - 1
        let output = model.activation(
            "\(Self.outputName)/bytes", .uint8, [classes],
            .init(QuantizedGraph.Scale(scale: 1 / 256, zero: 0)))
        model.add(.quantize, [outputs[last]], output: output, .quantize)
        outputs.append(output)
    }
}

extension FoldedGraph.Convolution {
    /// Whether TensorFlow's padding `SAME` of an input of that side has the same zeros.
    fileprivate func isSame(_ input: Int) -> Bool {
        FoldedGraph.same(input, kernel: side, stride: stride) == (before, after)
    }

    /// Returns the shape with the zeros around.
    fileprivate func padded(_ shape: [Int]) -> [Int] {
        let side = shape[0] + before + after
        return [side, side, shape[2]]
    }

    /// Returns the kernel as [out, height, width, in], or [1, height, width, channels].
    fileprivate func outputFirst<Value>(_ values: [Value]) -> (shape: [Int], values: [Value]) {
        let shape = kernel.shape
        if isDepthwise { return ([1, shape[0], shape[1], shape[2]], values) }
        return ([shape[3], shape[0], shape[1], shape[2]], transposed(values, columns: shape[3]))
    }
}

extension FoldedGraph.Dense {
    /// Returns the kernel as [out, in].
    fileprivate func outputFirst<Value>(_ values: [Value]) -> (shape: [Int], values: [Value]) {
        (kernel.shape.reversed(), transposed(values, columns: kernel.shape[1]))
    }
}

/// Returns a matrix of so many columns with its columns as rows.
private func transposed<Value>(_ values: [Value], columns: Int) -> [Value] {
    let rows = values.count / columns
    return (0..<values.count).map { values[$0 % rows * columns + $0 / rows] }
}
