import Basics
import COpenBLAS
import Foundation
import Network

/// Cross-validated softmax heads, one per fold, trained together: a photo trains every head but
/// that of its own fold.
///
/// Features are scaled to unit length and standardised over all photos. The loss is cross-entropy
/// with an L2 penalty on the kernel, and each Adam step takes the whole set. Shapes: N photos,
/// C channels, K classes, F folds.
final class FoldedHead: @unchecked Sendable {
    // Unchecked: within a pass each part of the photos has its own sums.
    private let features: FeatureMatrix
    private let rows: [Int]
    private let labels: [Int]
    private let folds: [Int]
    private let classes: Int
    private let foldCount: Int
    private let channels: Int
    private var outputs: Int { classes * foldCount }
    /// Mean of the scaled features, per channel.
    private var mean: [Float]
    private var inverseDeviation: [Float]
    private let scales: [Float]
    /// Kernel [C, F·K], followed by a row of biases.
    private let weights: Buffer
    private let gradient: Buffer
    private let moments: Adam.Moments
    /// Number of photos that train each fold's head.
    private let trainingCounts: [Int]
    private let parts: [Part]
    private static let block = 256

    /// Gradient sums over a fixed part of the photos. The parts do not depend on the number of
    /// threads, so neither does the result.
    private final class Part {
        let range: Range<Int>
        let sums: Buffer

        init(_ range: Range<Int>, sums: Int) { (self.range, self.sums) = (range, Buffer(count: sums)) }
    }

    /// - Parameters:
    ///   - rows: each photo's row in `features`.
    ///   - folds: each photo's fold, below `count`.
    init(_ features: FeatureMatrix, _ rows: [Int], _ labels: [Int], classes: Int, folds: [Int], count: Int) {
        (self.features, self.rows, self.labels, self.folds) = (features, rows, labels, folds)
        (self.classes, foldCount, channels) = (classes, count, features.channels)
        scales = rows.map {
            1 / max(cblas_snrm2(blasint(features.channels), features.row($0), 1), .leastNormalMagnitude)
        }
        let size = (channels + 1) * classes * count
        (weights, gradient, moments) = (Buffer(count: size), Buffer(count: size), Adam.Moments(count: size))
        trainingCounts = (0..<count).map { fold in folds.count { $0 != fold } }
        let partCount = min(8, max(1, rows.count / Self.block))
        parts = (0..<partCount).map {
            Part($0 * rows.count / partCount..<($0 + 1) * rows.count / partCount, sums: size)
        }
        (mean, inverseDeviation) = ([], [])
        (mean, inverseDeviation) = statistics(of: rows.indices)
    }

    private func statistics(of photos: Range<Int>) -> (mean: [Float], inverseDeviation: [Float]) {
        var (sums, squares) = (
            [Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels)
        )
        for photo in photos {
            let (row, scale) = (features.row(rows[photo]), scales[photo])
            for c in 0..<channels {
                let value = Double(row[c] * scale)
                sums[c] += value
                squares[c] += value * value
            }
        }
        let n = Double(max(photos.count, 1))
        let deviations = zip(sums, squares).map { max($1 / n - $0 / n * ($0 / n), 0).squareRoot() }
        return (sums.map { Float($0 / n) }, deviations.map { $0 > 1e-7 ? Float(1 / $0) : 0 })
    }

    /// Loads the standardised features of `photos`, [N, C].
    private func load(_ photos: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        for (i, photo) in photos.enumerated() {
            let (source, scale, row) = (features.row(rows[photo]), scales[photo], target + i * channels)
            for c in 0..<channels { row[c] = (source[c] * scale - mean[c]) * inverseDeviation[c] }
        }
    }

    /// Computes the probabilities of all folds' heads, [N, F, K].
    private func forward(
        _ inputs: UnsafePointer<Float>, _ count: Int, into probabilities: UnsafeMutablePointer<Float>
    ) {
        let bias = weights.pointer + channels * outputs
        for i in 0..<count { (probabilities + i * outputs).update(from: bias, count: outputs) }
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(count), blasint(outputs), blasint(channels), 1,
            inputs,
            blasint(channels), weights.pointer, blasint(outputs), 1, probabilities, blasint(outputs))
        Softmax.apply(probabilities, rows: count * foldCount, classes: classes)
    }

    private func forEachBlock(
        _ pool: WorkerPool,
        _ body: @escaping (_ part: Part, _ photos: Range<Int>, _ inputs: Buffer, _ outputs: Buffer) -> Void
    ) {
        pool.forEach(parts.count) { [self] item, _ in
            let part = parts[item]
            let (inputs, results) = (
                Buffer(count: Self.block * channels), Buffer(count: Self.block * outputs)
            )
            for start in stride(from: part.range.lowerBound, to: part.range.upperBound, by: Self.block) {
                let photos = start..<min(start + Self.block, part.range.upperBound)
                load(photos, into: inputs.pointer)
                forward(inputs.pointer, photos.count, into: results.pointer)
                body(part, photos, inputs, results)
            }
        }
    }

    /// Takes one Adam step. `number` counts from 1; `decay` is the coefficient of the L2 penalty.
    func step(_ number: Int, learningRate: Float, decay: Float, _ pool: WorkerPool) {
        for part in parts { part.sums.pointer.update(repeating: 0, count: part.sums.count) }
        forEachBlock(pool) { [self] part, photos, inputs, results in
            for (i, photo) in photos.enumerated() {
                for fold in 0..<foldCount {
                    let row = results.pointer + i * outputs + fold * classes
                    let share = folds[photo] == fold ? 0 : 1 / Float(max(trainingCounts[fold], 1))
                    row[labels[photo]] -= 1
                    for k in 0..<classes { row[k] *= share }
                }
            }
            let (n, c, o) = (blasint(photos.count), blasint(channels), blasint(outputs))
            cblas_sgemm(
                CblasRowMajor, CblasTrans, CblasNoTrans, c, o, n, 1, inputs.pointer, c, results.pointer, o, 1,
                part.sums.pointer, o)
            let bias = part.sums.pointer + channels * outputs
            for i in 0..<photos.count { cblas_saxpy(o, 1, results.pointer + i * outputs, 1, bias, 1) }
        }
        let kernelCount = channels * outputs
        for i in 0..<gradient.count { gradient.pointer[i] = i < kernelCount ? decay * weights.pointer[i] : 0 }
        for part in parts {
            cblas_saxpy(blasint(gradient.count), 1, part.sums.pointer, 1, gradient.pointer, 1)
        }
        _ = Adam.update(
            weights.pointer, gradient.pointer, moments, count: weights.count,
            stepSize: Adam.stepSize(learningRate: Double(learningRate), step: number))
    }

    /// Returns each photo's probabilities by the head that has not seen it, [N, K].
    func probabilities(_ pool: WorkerPool) -> [Float] {
        let result = Buffer(count: rows.count * classes)
        forEachBlock(pool) { [self] _, photos, _, results in
            for (i, photo) in photos.enumerated() {
                (result.pointer + photo * classes).update(
                    from: results.pointer + i * outputs + folds[photo] * classes, count: classes)
            }
        }
        return Array(UnsafeBufferPointer(start: result.pointer, count: rows.count * classes))
    }
}
