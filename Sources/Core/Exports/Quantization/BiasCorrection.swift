import Basics
import Foundation

/// Biases of a `QuantizedGraph` that make up for what rounding changes on average. Values after a ReLU are never
/// negative, so that the errors of the weights do not cancel out, and those of one layer change the input
/// of the next. Each output channel of each layer is therefore given the mean that it has in Float32, layer
/// by layer, with the corrected layers before it. (Nagel et al. 2019, section 4.2 and appendix D.)
struct BiasCorrection {
    /// The mean of each channel before its activation in Float32, by the step's name.
    private let means: [String: [Double]]
    /// Photos that the means are from.
    private let photos: Int
    private let pool: WorkerPool

    /// - Parameter means: of each photo, by the graph's steps.
    init(_ graph: FoldedGraph, means: [[Int: [Float]]], pool: WorkerPool) {
        (photos, self.pool) = (means.count, pool)
        var sums: [String: [Double]] = [:]
        for (step, first) in means.first ?? [:] {
            sums[graph.steps[step].name] = first.indices.map { channel in
                means.reduce(0) { $0 + Double($1[step]![channel]) } / Double(means.count)
            }
        }
        self.means = sums
    }

    /// Returns how many photos' activations may be kept at a time.
    static func photos(atMost count: Int, for graph: FoldedGraph) -> Int {
        let largest =
            graph.steps.map { step in
                (step.inputs.map { graph.steps[$0].shape } + [step.shape]).reduce(0) { $0 + $1.reduce(1, *) }
            }.max() ?? 1
        let budget = (256 << 20) / MemoryLayout<Float>.size
        return min(count, max(8, min(64, budget / largest)))
    }

    /// Returns the network with its biases corrected.
    ///
    /// - Parameter photo: returns [height, width, 3] in 0…255; called on the workers' threads.
    func corrected(_ network: QuantizedGraph, photo: @escaping (Int) -> [Float]) -> QuantizedGraph {
        var network = network
        let runner = QuantizedRunner(network)
        let states = (0..<photos).map { _ in Activations() }
        for (index, step) in network.steps.enumerated() {
            let isLastUse = step.inputs.map { input in
                !network.steps[(index + 1)...].contains { $0.inputs.contains(input) }
            }
            func finish(_ item: Int, _ output: [Float]) {
                states[item].outputs[index] = output
                for (input, isLast) in zip(step.inputs, isLastUse) where isLast {
                    states[item].outputs[input] = nil
                }
            }
            func inputs(_ item: Int) -> [[Float]] { step.inputs.map { states[item].outputs[$0]! } }
            guard let weights = step.weights, let wanted = means[step.name] else {
                pool.forEach(photos) { item, _ in
                    finish(item, runner.output(index, of: inputs(item)) { photo(item) })
                }
                continue
            }
            pool.forEach(photos) { item, _ in
                let sums = runner.sums(index, of: inputs(item))
                states[item].means = FloatRunner.means(sums, channels: weights.bias.count)
                states[item].sums = sums
            }
            // In the order of the photos, whichever thread computed them.
            let input = network.steps[step.inputs[0]].scale.scale
            let bias = (0..<weights.bias.count).map { channel in
                let mean = states.reduce(0) { $0 + Double($1.means[channel]) } / Double(photos)
                let unit = Double(input) * Double(weights.scales[channel % weights.scales.count])
                let stored = (wanted[channel] / unit - mean).rounded()
                return Int32(min(max(stored, -0x1p30), 0x1p30))
            }
            network.setBias(bias, of: index)
            pool.forEach(photos) { [network] item, _ in
                let sums = states[item].sums
                states[item].sums = []
                finish(item, QuantizedRunner.stored(sums, network, index))
            }
        }
        return network
    }

    /// The values of one photo that are still needed. One thread at a time works on a photo.
    private final class Activations: @unchecked Sendable {
        var outputs: [Int: [Float]] = [:]
        var sums: [Float] = []
        var means: [Float] = []
    }
}
