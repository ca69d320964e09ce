package import Basics
import Foundation

/// Reduces a network to 8 bits with photos, and measures what that costs.
package struct Quantizer {
    private let graph: FoldedGraph
    private let pool: WorkerPool

    /// - Parameter pool: of which every worker computes photos.
    package init(_ graph: ExportGraph, pool: WorkerPool) {
        (self.graph, self.pool) = (FoldedGraph(graph), pool)
    }

    /// Photos that decide between the rules.
    private static let judges = 64

    /// Returns the network in 8 bits, with ranges from `count` photos by the rule that changes the
    /// probabilities of the first of them least.
    ///
    /// - Parameters:
    ///   - photo: returns [height, width, 3] in 0…255; called on the workers' threads, as is
    ///     `progress` with the number of photos done.
    package func quantize(
        photos count: Int, photo: @escaping @Sendable (Int) -> [Float],
        progress: @escaping @Sendable (_ done: Int) -> Void = { _ in }
    ) -> (network: QuantizedGraph, rule: Calibration.Rule) {
        let runner = FloatRunner(graph)
        let judges = min(count, Self.judges)
        let total = Shared(Calibration(graph))
        let expected = Shared([[Float]](repeating: [], count: judges))
        pool.forEach(count) { [graph] item, _ in
            var own = Calibration(graph)
            let outputs = runner.outputs(of: photo(item))
            own.add(outputs)
            if item < judges { _ = expected.change { $0[item] = outputs[outputs.count - 1] } }
            progress(total.change { $0.merge(own) }.photos)
        }
        let candidates = Calibration.Rule.allCases.map { rule in
            let network = QuantizedGraph(graph, total.value, rule)
            return (network: network, rule: rule, distance: distance(network, expected.value, photo))
        }
        let best = candidates.min { $0.distance < $1.distance }!
        return (best.network, best.rule)
    }

    /// Returns how far a network's probabilities are from those expected, summed over photos.
    private func distance(
        _ network: QuantizedGraph, _ expected: [[Float]], _ photo: @escaping @Sendable (Int) -> [Float]
    ) -> Double {
        let runner = QuantizedRunner(network)
        let distances = Shared([Double](repeating: 0, count: expected.count))
        pool.forEach(expected.count) { item, _ in
            let found = runner.probabilities(of: photo(item))
            let distance = zip(found, expected[item]).reduce(0) { $0 + Double(abs($1.0 - $1.1)) }
            _ = distances.change { $0[item] = distance }
        }
        return distances.value.reduce(0, +)
    }

    /// Counts the photos whose most probable class is their label.
    ///
    /// - Parameters: as for `quantize`.
    package func correct(
        _ quantized: QuantizedGraph, labels: [Int], photo: @escaping @Sendable (Int) -> [Float],
        progress: @escaping @Sendable (_ done: Int) -> Void = { _ in }
    ) -> Int {
        let runner = QuantizedRunner(quantized)
        let total = Shared((correct: 0, done: 0))
        pool.forEach(labels.count) { item, _ in
            let probabilities = runner.probabilities(of: photo(item))
            let best = probabilities.firstIndex(of: probabilities.max() ?? 0)
            let now = total.change {
                $0.correct += best == labels[item] ? 1 : 0
                $0.done += 1
            }
            progress(now.done)
        }
        return total.value.correct
    }
}

/// A value that several threads change.
private final class Shared<Value>: @unchecked Sendable {
    // Unchecked because `lock` guards the value.
    private let lock = NSLock()
    private(set) var value: Value

    init(_ value: Value) { self.value = value }

    func change(_ body: (inout Value) -> Void) -> Value {
        lock.withLock {
            body(&value)
            return value
        }
    }
}
