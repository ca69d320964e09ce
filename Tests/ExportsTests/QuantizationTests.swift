import Basics
import Foundation
import Network
import TestSupport
import Testing

@testable import Exports

@Suite("Reduction to 8 bits") struct QuantizationTests {
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
        let right = quantizer.compare(network, labels: labels, photo: { photos[$0] })
        #expect(right.rounded == 3 && right.exact == 3 - right.changed)
        #expect(right.difference > 0 && right.difference < 0.1)
        let wrong = quantizer.compare(network, labels: labels.map { $0 + 1 }, photo: { photos[$0] })
        #expect(wrong.rounded == 0 && wrong.difference == right.difference)
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
            values, bias: [1, -2], channels: 2, input: 0.5)
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

    @Test("a channel of almost no weights keeps its bias") func smallWeights() {
        let weights = QuantizedGraph.Weights(
            [1e-20, 0], bias: [0.5, 0], channels: 2, input: 0.01)
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

    // MARK: Biases

    @Test("corrected biases give each channel its mean, whatever they were") func biases() throws {
        let graph = FoldedGraph(SampleNetwork.graph(size: 96))
        let photos = (0..<3).map { SampleNetwork.photo($0, size: 96) }
        let runner = FloatRunner(graph)
        var calibration = Calibration(graph)
        var means: [[Int: [Float]]] = []
        for photo in photos {
            var own: [Int: [Float]] = [:]
            calibration.add(
                runner.outputs(of: photo) { step, sums in
                    own[step] = FloatRunner.means(sums, channels: graph.steps[step].shape.last!)
                })
            means.append(own)
        }
        let pool = WorkerPool(count: 2)
        defer { pool.close() }
        let correction = BiasCorrection(graph, means: means, pool: pool)
        let plain = QuantizedGraph(graph, calibration)
        let corrected = correction.corrected(plain) { photos[$0] }
        var spoilt = plain
        for (index, step) in plain.steps.enumerated() {
            guard let weights = step.weights else { continue }
            spoilt.setBias(weights.bias.map { $0 + 500 }, of: index)
        }
        let mended = correction.corrected(spoilt) { photos[$0] }
        var outputs = photos.map { _ in [[Float]]() }
        let corrections = QuantizedRunner(corrected)
        for (index, step) in corrected.steps.enumerated() {
            for (item, photo) in photos.enumerated() {
                let inputs = step.inputs.map { outputs[item][$0] }
                if let weights = step.weights, item == 0 {
                    #expect(weights.bias == mended.steps[index].weights?.bias)
                    #expect(weights.values == plain.steps[index].weights?.values)
                    #expect(weights.bias != plain.steps[index].weights?.bias)
                }
                outputs[item].append(corrections.output(index, of: inputs) { photo })
            }
            guard let weights = step.weights else { continue }
            let channels = weights.bias.count
            let sums = photos.indices.map { item in
                FloatRunner.means(
                    corrections.sums(index, of: step.inputs.map { outputs[item][$0] }), channels: channels)
            }
            let original = try #require(graph.steps.firstIndex { $0.name == step.name })
            for channel in 0..<channels {
                let unit =
                    corrected.steps[step.inputs[0]].scale.scale
                    * weights.scales[channel % weights.scales.count]
                let mean = sums.reduce(0) { $0 + $1[channel] } / 3 + Float(weights.bias[channel])
                let wanted = means.reduce(0) { $0 + $1[original]![channel] } / 3
                #expect(abs(mean * unit - wanted) <= unit + 1e-4 * abs(wanted), "\(step.name) \(channel)")
            }
        }
    }

    @Test("the activations that are kept have a bound") func memory() {
        let small = FoldedGraph(SampleNetwork.graph(size: 96))
        #expect(BiasCorrection.photos(atMost: 500, for: small) == 64)
        #expect(BiasCorrection.photos(atMost: 5, for: small) == 5)
        let large = FoldedGraph(SampleNetwork.graph(size: 224))
        #expect((8..<64).contains(BiasCorrection.photos(atMost: 500, for: large)))
    }
}
