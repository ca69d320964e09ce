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

    /// Returns the network in 8 bits that cover what `count` photos gave.
    ///
    /// - Parameters:
    ///   - photo: returns [height, width, 3] in 0…255; called on the workers' threads, as is
    ///     `progress` with the number of photos done.
    package func quantize(
        photos count: Int, photo: @escaping @Sendable (Int) -> [Float],
        progress: @escaping @Sendable (_ done: Int) -> Void = { _ in }
    ) -> QuantizedGraph {
        let runner = FloatRunner(graph)
        let total = Shared(Calibration(graph))
        pool.forEach(count) { [graph] item, _ in
            var own = Calibration(graph)
            own.add(runner.outputs(of: photo(item)))
            progress(total.change { $0.merge(own) }.photos)
        }
        return QuantizedGraph(graph, total.value)
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
