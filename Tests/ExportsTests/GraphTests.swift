import Basics
import Foundation
import Network
import TestSupport
import Testing

@testable import Exports

@Suite("Graphs") struct GraphTests {
    @Test("the graph has Keras' layers, in Keras' order") func layers() throws {
        let graph = SampleNetwork.graph(size: 160)
        let base = graph.layers[graph.base]
        #expect(base.map(\.name) == Backbone(.mobileNetV2, imageSize: 160).layers.map(\.name))
        #expect(base.map(\.shape) == Backbone(.mobileNetV2, imageSize: 160).layers.map(\.outputShape))
        #expect(
            graph.layers.map(\.name).filter { name in !base.contains { $0.name == name } } == [
                "image", "rescaling", "global_average_pooling2d", "dropout", "dense",
            ])
        // The residual additions, as Keras connects them.
        let adds = base.filter { $0.operation == .add }
        #expect(adds.count == 10)
        for add in adds {
            let inputs = add.inputs.map { graph.layers[$0] }
            #expect(inputs[1].name == add.name.replacing("_add", with: "_project_BN"))
            #expect(inputs[0].shape == add.shape && inputs[0].name != inputs[1].name)
        }
        #expect(adds.last.map { graph.layers[$0.inputs[0]].name } == "block_14_add")
        #expect(adds.first.map { graph.layers[$0.inputs[0]].name } == "block_1_project_BN")
    }

    @Test("the folded graph computes what a run computes") func folded() {
        let folded = FoldedGraph(SampleNetwork.graph(size: 96))
        // Photos, scaling, 52 convolutions, 10 additions, pooling, scores, softmax.
        #expect(folded.steps.count == 67)
        let photos = (0..<2).map { SampleNetwork.photo($0, size: 96) }
        let runner = FloatRunner(folded)
        let found = photos.flatMap { runner.outputs(of: $0).last ?? [] }
        let expected = SampleNetwork.probabilities(of: photos, size: 96)
        #expect(disagreement(found, expected, absolute: 1e-4, relative: 0) <= 1, "\(found) and \(expected)")
        // The photos' answers differ by far more than that.
        #expect(disagreement(Array(found[0..<5]), Array(found[5...]), absolute: 1e-4, relative: 0) > 1)
    }

    /// Padding on all sides, and a scale for each channel.
    @Test("torchvision's network is computed as a run computes it") func torchvision() {
        let graph = SampleNetwork.graph(size: 64, .mobileNetV2Torchvision)
        #expect(graph.layers.contains { $0.operation == .padding(before: 1, after: 1) })
        let folded = FoldedGraph(graph)
        #expect(folded.steps.count == 67)
        let photos = (0..<2).map { SampleNetwork.photo($0, size: 64) }
        let runner = FloatRunner(folded)
        let found = photos.flatMap { runner.outputs(of: $0).last ?? [] }
        let expected = SampleNetwork.probabilities(of: photos, size: 64, .mobileNetV2Torchvision)
        #expect(
            disagreement(found, expected, absolute: 1e-4, relative: 0) <= 1, "\(found) and \(expected)")
        let pool = WorkerPool(count: 2)
        defer { pool.close() }
        let quantized = Quantizer(graph, pool: pool).quantize(photos: 2, photo: { photos[$0] }).network
        // The scaling of each channel is a step of its own.
        #expect(quantized.steps.count == 67)
        let rough = photos.flatMap { QuantizedRunner(quantized).probabilities(of: $0) }
        #expect(
            disagreement(rough, expected, absolute: 0.1, relative: 0) <= 1, "\(rough) and \(expected)")
    }

    @Test(
        "formats by the end of a name",
        arguments: [
            ("a.keras", NetworkFormat.keras), ("a.weights.h5", .kerasWeights), ("a.h5", .h5),
            ("A.ONNX", .onnx),
            ("a.b.tflite", .tflite), ("a.safetensors", nil), ("onnx", nil),
        ]) func formats(name: String, format: NetworkFormat?)
    {
        #expect(NetworkFormat(fileName: name) == format)
    }
}
