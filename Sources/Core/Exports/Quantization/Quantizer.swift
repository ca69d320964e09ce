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
    /// probabilities of the first of them least, and with biases corrected.
    ///
    /// - Parameters:
    ///   - photo: returns [height, width, 3] in 0…255; called on the workers' threads, as is
    ///     `progress` with the photos computed, each several times.
    package func quantize(
        photos count: Int, photo: @escaping @Sendable (Int) -> [Float],
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) -> (network: QuantizedGraph, rule: Calibration.Rule) {
        let judges = min(count, Self.judges)
        let rules = Calibration.Rule.allCases
        let work = Work(total: count + rules.count * judges, report: progress)
        let expected = Shared([[Float]](repeating: [], count: judges))
        let kept = BiasCorrection.photos(atMost: count, for: graph)
        let means = Shared([[Int: [Float]]](repeating: [:], count: kept))
        let total = Shared(Calibration(graph))
        let exact = FloatRunner(graph)
        pool.forEach(count) { [graph] item, _ in
            var ownMeans: [Int: [Float]] = [:]
            let outputs = exact.outputs(of: photo(item)) { step, sums in
                if item < kept {
                    ownMeans[step] = FloatRunner.means(sums, channels: graph.steps[step].shape.last!)
                }
            }
            if item < kept { _ = means.change { $0[item] = ownMeans } }
            if item < judges { _ = expected.change { $0[item] = outputs[outputs.count - 1] } }
            var own = Calibration(graph)
            own.add(outputs)
            _ = total.change { $0.merge(own) }
            work.advance()
        }
        let correction = BiasCorrection(graph, means: means.value, pool: pool)
        let candidates = rules.map { rule in
            let network = correction.corrected(QuantizedGraph(graph, total.value, rule), photo: photo)
            return (network: network, rule: rule, distance: distance(network, expected.value, photo, work))
        }
        let best = candidates.min { $0.distance < $1.distance }!
        return (best.network, best.rule)
    }

    /// Returns how far a network's probabilities are from those expected, summed over photos.
    private func distance(
        _ network: QuantizedGraph, _ expected: [[Float]], _ photo: @escaping @Sendable (Int) -> [Float],
        _ work: Work
    ) -> Double {
        let runner = QuantizedRunner(network)
        let distances = Shared([Double](repeating: 0, count: expected.count))
        pool.forEach(expected.count) { item, _ in
            let distance = Self.distance(runner.probabilities(of: photo(item)), expected[item])
            _ = distances.change { $0[item] = distance }
            work.advance()
        }
        return distances.value.reduce(0, +)
    }

    /// Returns the sum of the differences of two photos' probabilities.
    private static func distance(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + Double(abs($1.0 - $1.1)) }
    }

    /// How the network in 8 bits differs from that in Float32 on some photos.
    package struct Comparison: Sendable {
        /// Photos whose most probable class in Float32 is their label.
        package var exact = 0
        /// The same in 8 bits.
        package var rounded = 0
        /// Photos whose most probable class is another one.
        package var changed = 0
        /// Mean difference of a probability.
        package var difference = 0.0
    }

    /// Compares a reduced network with the whole one.
    ///
    /// - Parameters: as for `quantize`.
    package func compare(
        _ quantized: QuantizedGraph, labels: [Int], photo: @escaping @Sendable (Int) -> [Float],
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) -> Comparison {
        let (exact, rounded) = (FloatRunner(graph), QuantizedRunner(quantized))
        let work = Work(total: labels.count, report: progress)
        let results = Shared([Comparison](repeating: Comparison(), count: labels.count))
        pool.forEach(labels.count) { item, _ in
            let photo = photo(item)
            let outputs = exact.outputs(of: photo)
            let (a, b) = (outputs[outputs.count - 1], rounded.probabilities(of: photo))
            let classes = [a, b].map { $0.firstIndex(of: $0.max() ?? 0) }
            let label = labels[item]
            let result = Comparison(
                exact: classes[0] == label ? 1 : 0, rounded: classes[1] == label ? 1 : 0,
                changed: classes[0] == classes[1] ? 0 : 1, difference: Self.distance(a, b) / Double(a.count))
            _ = results.change { $0[item] = result }
            work.advance()
        }
        var total = results.value.reduce(into: Comparison()) { total, one in
            total.exact += one.exact
            total.rounded += one.rounded
            total.changed += one.changed
            total.difference += one.difference
        }
        total.difference /= Double(max(labels.count, 1))
        return total
    }
}

/// Work that several threads advance.
private final class Work: Sendable {
    private let done = Shared(0)
    private let total: Int
    private let report: @Sendable (_ done: Int, _ total: Int) -> Void

    init(total: Int, report: @escaping @Sendable (_ done: Int, _ total: Int) -> Void) {
        (self.total, self.report) = (total, report)
    }

    func advance() { report(done.change { $0 += 1 }, total) }
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
