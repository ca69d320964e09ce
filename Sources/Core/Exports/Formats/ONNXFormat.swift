import Basics
package import Foundation
import Network

/// A network as an ONNX model: opset 17, input `image` [batch, side, side, 3] in 0…255, output
/// `probabilities` [batch, classes], classes as a JSON list in the metadata.
///
/// Field numbers are those of onnx.proto: https://onnx.ai/onnx/repo-docs/IR.html.
package struct ONNXFormat {
    private let graph: FoldedGraph
    private var nodes: [ProtobufWriter] = []
    private var constants: [ProtobufWriter] = []

    private enum ElementType { static let (float, int64) = (1, 7) }

    package static func encode(_ graph: ExportGraph) throws -> Data {
        try ONNXFormat(FoldedGraph(graph)).model()
    }

    private init(_ graph: FoldedGraph) {
        self.graph = graph
        addConstant("relu6/min", [], [0])
        addConstant("relu6/max", [], [6])
        for step in graph.steps { add(step) }
    }

    private func model() throws -> Data {
        let names = try ClassNames.json(graph.classes)
        return ProtobufWriter { model in
            model.integer(1, 8)  // ir_version: the first one for opset 17
            model.text(2, "flowers-tui")
            model.text(6, graph.title)
            model.message(7) { writeGraph(&$0) }
            model.message(8) {
                $0.text(1, "")
                $0.integer(2, 17)
            }
            let metadata = [
                ("classes", names),
                ("input", "RGB photos of \(graph.imageSize)x\(graph.imageSize), 0 to 255"),
            ]
            for (key, value) in metadata {
                model.message(14) {
                    $0.text(1, key)
                    $0.text(2, value)
                }
            }
        }.bytes
    }

    private func writeGraph(_ message: inout ProtobufWriter) {
        for node in nodes { message.data(1, node.bytes) }
        message.text(2, graph.architecture.rawValue)
        for constant in constants { message.data(5, constant.bytes) }
        let (input, output) = (graph.steps[0], graph.steps[graph.steps.count - 1])
        message.message(11) { Self.describe(input, &$0) }
        message.message(12) { Self.describe(output, &$0) }
    }

    /// Writes name, type and shape of a value; the batch is any number.
    private static func describe(_ step: FoldedGraph.Step, _ message: inout ProtobufWriter) {
        message.text(1, step.name)
        message.message(2) { type in
            type.message(1) { tensor in
                tensor.integer(1, ElementType.float)
                tensor.message(2) { shape in
                    shape.message(1) { $0.text(2, "batch") }
                    for extent in step.shape { shape.message(1) { $0.integer(1, extent) } }
                }
            }
        }
    }

    private mutating func addConstant(_ name: String, _ shape: [Int], _ values: [Float]) {
        constants.append(
            ProtobufWriter { tensor in
                tensor.integers(1, shape)
                tensor.integer(2, ElementType.float)
                tensor.text(8, name)
                tensor.data(9, Data(littleEndian: values))
            })
    }

    private enum Attribute {
        case int(Int)
        case ints([Int])
    }

    private mutating func addNode(
        _ operation: String, _ inputs: [String], output: String,
        _ attributes: KeyValuePairs<String, Attribute> = [:]
    ) {
        nodes.append(
            ProtobufWriter { node in
                for input in inputs { node.text(1, input) }
                node.text(2, output)
                node.text(3, output)
                node.text(4, operation)
                for (name, value) in attributes {
                    node.message(5) { attribute in
                        attribute.text(1, name)
                        switch value {
                        case .int(let int):
                            attribute.integer(3, int)
                            attribute.integer(20, 2)
                        case .ints(let ints):
                            attribute.integers(8, ints)
                            attribute.integer(20, 7)
                        }
                    }
                }
            })
    }

    private mutating func add(_ step: FoldedGraph.Step) {
        let inputs = step.inputs.map { graph.steps[$0].name }
        switch step.operation {
        case .input: break
        case .rescaling(let scale, let offset):
            // Photos have their channels last.
            let shape = scale.count == 1 ? [] : [scale.count]
            addConstant("rescaling/scale", shape, scale.map { Float($0) })
            addConstant("rescaling/offset", shape, offset.map { Float($0) })
            addNode("Mul", [inputs[0], "rescaling/scale"], output: "rescaling/scaled")
            addNode("Add", ["rescaling/scaled", "rescaling/offset"], output: "rescaling/shifted")
            addNode("Transpose", ["rescaling/shifted"], output: step.name, ["perm": .ints([0, 3, 1, 2])])
        case .convolution(let convolution): add(convolution, inputs[0], step.name)
        case .add: addNode("Add", inputs, output: step.name)
        case .globalAveragePooling:
            addNode("GlobalAveragePool", inputs, output: "\(step.name)/pooled")
            addNode("Flatten", ["\(step.name)/pooled"], output: step.name, ["axis": .int(1)])
        case .dense(let dense):
            addConstant("\(dense.name)/kernel", dense.kernel.shape, dense.kernel.values)
            addConstant("\(dense.name)/bias", [dense.bias.count], dense.bias)
            addNode("Gemm", [inputs[0], "\(dense.name)/kernel", "\(dense.name)/bias"], output: step.name)
        case .softmax: addNode("Softmax", inputs, output: step.name, ["axis": .int(-1)])
        }
    }

    private mutating func add(_ convolution: FoldedGraph.Convolution, _ input: String, _ output: String) {
        let name = convolution.name
        let (shape, values) = Self.outputMajor(convolution.kernel, isDepthwise: convolution.isDepthwise)
        addConstant("\(name)/kernel", shape, values)
        addConstant("\(name)/bias", [convolution.outputs], convolution.bias)
        let (before, after, side) = (convolution.before, convolution.after, convolution.side)
        addNode(
            "Conv", [input, "\(name)/kernel", "\(name)/bias"],
            output: convolution.activates ? "\(output)/linear" : output,
            [
                "group": .int(convolution.isDepthwise ? convolution.outputs : 1),
                "kernel_shape": .ints([side, side]), "pads": .ints([before, before, after, after]),
                "strides": .ints([convolution.stride, convolution.stride]),
            ])
        if convolution.activates {
            addNode("Clip", ["\(output)/linear", "relu6/min", "relu6/max"], output: output)
        }
    }

    /// Returns Keras' kernel as [out, in, height, width], or [channels, 1, height, width].
    private static func outputMajor(_ kernel: Tensor, isDepthwise: Bool) -> (shape: [Int], values: [Float]) {
        let (height, width) = (kernel.shape[0], kernel.shape[1])
        let inputs = isDepthwise ? 1 : kernel.shape[2]
        let outputs = isDepthwise ? kernel.shape[2] : kernel.shape[3]
        var values = [Float](repeating: 0, count: kernel.values.count)
        var index = 0
        for place in 0..<height * width {
            for input in 0..<inputs {
                for output in 0..<outputs {
                    values[(output * inputs + input) * height * width + place] = kernel.values[index]
                    index += 1
                }
            }
        }
        return ([outputs, inputs, height, width], values)
    }
}
