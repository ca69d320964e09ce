import Basics
import Foundation
import TestSupport
import Testing

@testable import Exports

@Suite("ONNX") struct ONNXFormatTests {
    private let model: WireReader
    private let graph: WireReader

    init() throws {
        model = WireReader(try ONNXFormat.encode(SampleNetwork.graph(size: 96)))
        graph = try #require(model.messages(7).first)
    }

    @Test("version, input, output and classes") func interface() throws {
        #expect(model.integers(1) == [8])
        #expect(model.messages(8).map { $0.integers(2) } == [[17]])
        let ends = [11, 12].compactMap { graph.messages($0).first }
        #expect(ends.map { $0.texts(1) } == [["image"], ["probabilities"]])
        let shapes = ends.map { end -> [WireReader] in
            let tensor = end.messages(2).first?.messages(1).first
            return tensor?.messages(2).first?.messages(1) ?? []
        }
        #expect(shapes.map { $0.map { $0.texts(2) } } == [[["batch"], [], [], []], [["batch"], []]])
        #expect(shapes.map { $0.flatMap { $0.integers(1) } } == [[96, 96, 3], [5]])
        let metadata = model.messages(14).map { ($0.texts(1).first ?? "", $0.texts(2).first ?? "") }
        let classes = try #require(metadata.first { $0.0 == "classes" }?.1)
        #expect(try JSONDecoder().decode([String].self, from: Data(classes.utf8)) == SampleNetwork.classes)
    }

    @Test("every node takes what is there already, and all constants are used") func order() {
        let constants = graph.messages(5)
        var known = Set(constants.flatMap { $0.texts(8) } + ["image"])
        #expect(known.count == constants.count + 1)
        var used: Set<String> = []
        for node in graph.messages(1) {
            #expect(Set(node.texts(1)).isSubset(of: known), "\(node.texts(3))")
            used.formUnion(node.texts(1))
            for output in node.texts(2) { #expect(known.insert(output).inserted) }
        }
        #expect(Set(constants.flatMap { $0.texts(8) }).isSubset(of: used))
        #expect(known.contains("probabilities"))
        #expect(graph.messages(1).count { $0.texts(4) == ["Conv"] } == 52)
        for constant in constants {
            #expect(constant.bytes(9).first?.count == 4 * constant.packed(1).reduce(1, *))
        }
    }

    @Test("kernels are turned to [out, in, height, width]") func kernels() throws {
        let folded = FoldedGraph(SampleNetwork.graph(size: 96))
        let constants = graph.messages(5)
        for step in folded.steps {
            guard case .convolution(let convolution) = step.operation else { continue }
            let constant = try #require(constants.first { $0.texts(8) == ["\(convolution.name)/kernel"] })
            let shape = constant.packed(1)
            let raw = try #require(constant.bytes(9).first)
            let values = raw.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            let keras = convolution.kernel
            // One value far from every corner, found by the two orders.
            let (y, x) = (shape[2] - 1, shape[3] / 2)
            let (o, i) = (shape[0] / 3, shape[1] / 2)
            let turned = values[((o * shape[1] + i) * shape[2] + y) * shape[3] + x]
            let original =
                convolution.isDepthwise
                ? keras.values[(y * keras.shape[1] + x) * keras.shape[2] + o]
                : keras.values[((y * keras.shape[1] + x) * keras.shape[2] + i) * keras.shape[3] + o]
            #expect(turned == original, "\(convolution.name)")
        }
    }
}
