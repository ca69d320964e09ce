import Basics
import Foundation
import TestSupport
import Testing

@testable import Exports

@Suite("TensorFlow Lite") struct TFLiteFormatTests {
    private static func file(isQuantized: Bool) -> Data {
        let graph = SampleNetwork.graph(size: 96)
        guard isQuantized else { return TFLiteFormat.encode(graph) }
        let folded = FoldedGraph(graph)
        var calibration = Calibration(folded)
        calibration.add(FloatRunner(folded).outputs(of: SampleNetwork.photo(0, size: 96)))
        return TFLiteFormat.encode(QuantizedGraph(folded, calibration))
    }

    @Test("operators take what is there already", arguments: [false, true]) func order(_ isQuantized: Bool)
        throws
    {
        let data = Self.file(isQuantized: isQuantized)
        #expect(Array(data[4..<8]) == Array("TFL3".utf8))
        let model = FlatReader(data)
        let graph = try #require(model.tables(2).first)
        let (tensors, buffers) = (graph.tables(0), model.tables(4))
        var known = Set(graph.ints(1))
        for (index, tensor) in tensors.enumerated() where tensor.int(2) != 0 { known.insert(index) }
        for step in graph.tables(3) {
            #expect(Set(step.ints(1)).isSubset(of: known))
            for output in step.ints(2) { #expect(known.insert(output).inserted) }
        }
        #expect(known == Set(tensors.indices))
        #expect(Set(graph.ints(2)).isSubset(of: known))
        let codes = model.tables(1)
        let used = graph.tables(3).compactMap { codes[$0.int(0) ?? 0].int(3) }
        #expect(used.count { $0 == 3 || $0 == 4 } == 52 && used.count { $0 == 25 } == 1)
        for tensor in tensors {
            let width = [0: 4, 2: 4, 3: 1, 9: 1][Int(tensor.byte(1) ?? 0)]!
            guard let buffer = tensor.int(2), buffer > 0 else { continue }
            let (start, count) = try #require(buffers[buffer].vector(0))
            #expect(count == tensor.ints(0).reduce(width, *))
            #expect(start % 16 == 0)
            // As many scales as there are channels, or one.
            guard let quantization = tensor.table(4) else { continue }
            let scales = quantization.floats(2).count
            #expect(scales == quantization.longs(3).count)
            #expect(scales == 1 || scales == tensor.ints(0)[quantization.int(6) ?? 0])
        }
    }

    @Test("input, output and types", arguments: [false, true]) func interface(_ isQuantized: Bool) throws {
        let model = FlatReader(Self.file(isQuantized: isQuantized))
        let graph = try #require(model.tables(2).first)
        let ends = (graph.ints(1) + graph.ints(2)).map { graph.tables(0)[$0] }
        #expect(ends.map { $0.ints(0) } == [[1, 96, 96, 3], [1, 5]])
        #expect(ends.map { $0.ints(7) } == [[-1, 96, 96, 3], [-1, 5]])
        #expect(ends.map { $0.byte(1) } == (isQuantized ? [3, 3] : [0, 0]))
        let signature = try #require(model.tables(7).first)
        #expect(signature.tables(0).map { $0.text(0) } == ["image"])
        #expect(signature.tables(1).map { $0.text(0) } == ["probabilities"])
        guard isQuantized else { return }
        #expect(ends.map { $0.table(4)?.floats(2) } == [[1], [1 / 256]])
        #expect(ends.map { $0.table(4)?.longs(3) } == [[0], [0]])
    }

    @Test("metadata and labels") func metadata() throws {
        let folder = try TemporaryFolder()
        let data = Self.file(isQuantized: false)
        let model = FlatReader(data)
        let entry = try #require(model.tables(6).first)
        #expect(entry.text(0) == "TFLITE_METADATA")
        let buffer = try #require(entry.int(1))
        let bytes = try #require(model.tables(4)[buffer].data(0))
        #expect(Array(bytes[4..<8]) == Array("M001".utf8))
        let subgraph = try #require(FlatReader(Data(bytes)).tables(3).first)
        #expect(subgraph.tables(2).map { $0.text(0) } == ["image"])
        let output = try #require(subgraph.tables(3).first)
        let labels = try #require(output.tables(6).first)
        #expect(labels.text(0) == "labels.txt" && labels.byte(2) == 2)
        try data.write(to: URL(fileURLWithPath: folder("model.tflite")))
        let found = try Archive.extractMember(
            of: folder("model.tflite"), to: folder("labels"), where: { $0 == "labels.txt" })
        #expect(found != nil)
        let text = try String(contentsOfFile: folder("labels"), encoding: .utf8)
        #expect(text == SampleNetwork.classes.joined(separator: "\n") + "\n")
    }
}
