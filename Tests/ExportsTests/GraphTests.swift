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

    @Test("8 bits stay near Float32") func quantized() {
        let folded = FoldedGraph(SampleNetwork.graph(size: 96))
        let runner = FloatRunner(folded)
        let photos = (0..<3).map { SampleNetwork.photo($0, size: 96) }
        let pool = WorkerPool(count: 2)
        defer { pool.close() }
        let quantizer = Quantizer(SampleNetwork.graph(size: 96), pool: pool)
        let network = quantizer.quantize(photos: 3, photo: { photos[$0] }).network
        // The scaling is part of the first convolution.
        #expect(network.steps.count == 66)
        let quantized = QuantizedRunner(network)
        var labels: [Int] = []
        for photo in photos {
            let (exact, rough) = (runner.outputs(of: photo).last ?? [], quantized.probabilities(of: photo))
            #expect(disagreement(rough, exact, absolute: 0.1, relative: 0) <= 1, "\(rough) and \(exact)")
            // Steps of 1/256, not the same numbers.
            #expect(rough.allSatisfy { ($0 * 256).rounded() == $0 * 256 } && rough != exact)
            labels.append(rough.firstIndex(of: rough.max() ?? 0) ?? 0)
        }
        #expect(quantizer.correct(network, labels: labels, photo: { photos[$0] }) == 3)
        #expect(quantizer.correct(network, labels: labels.map { $0 + 1 }, photo: { photos[$0] }) == 0)
    }

    @Test("a value far from all others is cut off where that rounds the others better") func ranges() {
        func histogram(_ parts: [[Float]]) -> ValueHistogram {
            parts.reduce(into: ValueHistogram()) { whole, part in
                var own = ValueHistogram()
                part.withUnsafeBufferPointer { own.add($0, largest: part.map(abs).max() ?? 0) }
                whole.merge(own)
            }
        }
        let spread = HashNetwork.values("spread", 2_000_000).map(Float.init)
        let even = histogram([spread]).leastError(within: Calibration.Range(low: -1, high: 1))
        #expect(even.low < -0.9 && even.high > 0.9)
        // One value of 4 costs less than steps 2.5 times as wide for two million.
        let parts = [spread, [4], [0.001, 0]]
        let cut = histogram(parts).leastError(within: Calibration.Range(low: -1, high: 4))
        #expect(cut.high < 2 && cut.high >= 1 && cut.low < -0.9, "\(cut)")
        #expect(histogram(parts) == histogram(parts.reversed()))
        #expect(histogram([[0, 0]]).leastError(within: .init(low: 0, high: 0)) == .init(low: 0, high: 0))
    }

    @Test("ranges follow the rule") func rules() {
        let folded = FoldedGraph(SampleNetwork.graph(size: 96))
        var calibration = Calibration(folded)
        let runner = FloatRunner(folded)
        for index in 0..<2 { calibration.add(runner.outputs(of: SampleNetwork.photo(index, size: 96))) }
        let (widest, mean) = (calibration.ranges(.widest), calibration.ranges(.mean))
        let best = calibration.ranges(.leastError)
        for step in folded.steps.indices {
            #expect(mean[step].high <= widest[step].high && mean[step].low >= widest[step].low)
            #expect(best[step].high <= widest[step].high && best[step].low >= widest[step].low)
            // The scores and the photos stay whole.
            switch folded.steps[step].operation {
            case .convolution, .add: break
            default: #expect(mean[step] == widest[step] && best[step] == widest[step])
            }
        }
        #expect(mean != widest && best != widest && best != mean)
    }

    @Test("weights in 8 bits are off by half a step at most") func weights() {
        let values: [Float] = [0.5, -3, 0.25, 3, -0.1, 0.001]
        let weights = QuantizedGraph.Weights(
            values, bias: [1, -2], channels: 2, input: 0.5, means: [0, 0, 0])
        let expected: [Float] = [0.5, 3]
        #expect(weights.scales == expected.map { $0 / 127 })
        for (index, value) in values.enumerated() {
            let scale = weights.scales[index % 2]
            #expect(abs(Float(weights.values[index]) * scale - value) <= scale * 0.5001)
        }
        let biases: [Float] = [1, -2]
        for channel in 0..<2 {
            let unit = weights.scales[channel] * 0.5
            let error = abs(Float(weights.bias[channel]) * unit - biases[channel])
            #expect(error <= unit)
        }
    }

    @Test("the bias makes up for rounded weights", arguments: [false, true])
    func biasCorrection(_ isDepthwise: Bool) {
        // Two taps; [tap][in][out], or [tap][channel].
        let values: [Float] =
            isDepthwise
            ? [0.303, -1, 1, 0.404]
            : [1, 0.117, 0.303, -1, -0.71, 0.404, 0.2, 0.9]
        let means: [Float] = [5, 3]
        let weights = QuantizedGraph.Weights(
            values, bias: [0, 0], channels: 2, input: 1e-4, means: means, isDepthwise: isDepthwise)
        for output in 0..<2 {
            var (exact, rounded) = (Float(0), Float(weights.bias[output]) * weights.scales[output] * 1e-4)
            for (index, value) in values.enumerated() where index % 2 == output {
                let mean = isDepthwise ? means[output] : means[index / 2 % 2]
                exact += value * mean
                rounded += Float(weights.values[index]) * weights.scales[output] * mean
            }
            #expect(weights.bias[output] != 0)
            #expect(abs(exact - rounded) < 1e-4, "\(exact) and \(rounded)")
        }
    }

    @Test("a channel of almost no weights keeps its bias") func smallWeights() {
        let weights = QuantizedGraph.Weights(
            [1e-20, 0], bias: [0.5, 0], channels: 2, input: 0.01, means: [0])
        let bias = Float(weights.bias[0]) * weights.scales[0] * 0.01
        #expect(abs(bias - 0.5) < 1e-6)
        #expect(weights.bias[1] == 0 && weights.scales[1] == 1)
    }

    @Test("a scale covers its range and has zero exactly", arguments: [(-1, 3), (0, 6), (-2, 0), (0, 0)])
    func scales(_ low: Float, _ high: Float) {
        let scale = QuantizedGraph.Scale(Calibration.Range(low: low, high: high))
        #expect((-128...127).contains(scale.zero))
        for value in [low, high] {
            #expect(abs(scale.distance(value) * scale.scale - value) <= scale.scale * 0.5001)
        }
        #expect(scale.distance(0) == 0)
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
