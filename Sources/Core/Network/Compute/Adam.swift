import Basics

/// Adam (Kingma & Ba 2015) as Keras computes it: ε is added to √v before bias correction.
///
///     m ← m + (g − m)(1 − β₁),  v ← v + (g² − v)(1 − β₂)
///     w ← w − α·m / (√v + ε),   α = lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ)
///
/// With weight decay λ it is AdamW (Loshchilov & Hutter 2019): w ← (1 − lr·λ)·w − …, of kernels only.
package struct Adam: Sendable {
    static let beta1: Float = 0.9
    static let beta2: Float = 0.999
    static let epsilon: Float = 1e-7

    /// Returns α at step `step`, counted from 1.
    package static func stepSize(learningRate: Double, step: Int) -> Float {
        let correction1 = 1 - Float(Double(beta1).power(step))
        let correction2 = 1 - Float(Double(beta2).power(step))
        return Float(learningRate) * correction2.squareRoot() / correction1
    }

    /// The first and second moments of one tensor.
    package final class Moments {
        let first: Buffer
        let second: Buffer
        package init(count: Int) { (first, second) = (Buffer(count: count), Buffer(count: count)) }
    }

    /// Sums of squares over the weights that an update changed.
    struct Sums: Equatable {
        /// The weights before the update.
        var weights = 0.0
        var gradients = 0.0
        var updates = 0.0

        mutating func add(_ other: Sums) {
            weights += other.weights
            gradients += other.gradients
            updates += other.updates
        }

        mutating func add(_ update: (dot: Float, gradients: Float, updates: Float, weights: Float)) {
            weights += Double(update.weights)
            gradients += Double(update.gradients)
            updates += Double(update.updates)
        }
    }

    /// Takes one Adam step on `count` weights from `offset` on, with the gradient `scale` ·
    /// `gradient`.
    ///
    /// - Parameter keep: the share of the weights that their decay leaves, 1 − lr·λ.
    /// - Returns: `dot` = Σ gradient · weight before the update, which the chain rule of a folded γ
    ///   needs, and the sums of squares of `scale` · `gradient`, of the updates, and of the weights
    ///   before them.
    @discardableResult
    package static func update(
        _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, _ moments: Moments,
        offset: Int = 0, count: Int, scale: Float = 1, keep: Float = 1, stepSize: Float
    ) -> (dot: Float, gradients: Float, updates: Float, weights: Float) {
        let first = moments.first.pointer + offset
        let second = moments.second.pointer + offset
        let weights = weights + offset
        let gradient = gradient + offset
        var (dots, squareSums) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
        var (updateSums, weightSums) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
        var i = 0
        while i + 8 <= count {
            let w = load(weights + i)
            let raw = load(gradient + i)
            dots += raw * w
            let g = raw * scale
            var m = load(first + i)
            var v = load(second + i)
            m += (g - m) * (1 - beta1)
            let square = g * g
            v += (square - v) * (1 - beta2)
            squareSums += square
            store(m, first + i)
            store(v, second + i)
            let update = m * stepSize / (v.squareRoot() + epsilon)
            updateSums += update * update
            weightSums += w * w
            store(w * keep - update, weights + i)
            i += 8
        }
        var (dot, squares) = (dots.sum(), squareSums.sum())
        var (updates, weightSquares) = (updateSums.sum(), weightSums.sum())
        while i < count {
            dot += gradient[i] * weights[i]
            let g = gradient[i] * scale
            first[i] += (g - first[i]) * (1 - beta1)
            let square = g * g
            second[i] += (square - second[i]) * (1 - beta2)
            squares += square
            let update = first[i] * stepSize / (second[i].squareRoot() + epsilon)
            updates += update * update
            weightSquares += weights[i] * weights[i]
            weights[i] = weights[i] * keep - update
            i += 1
        }
        return (dot, squares, updates, weightSquares)
    }

    @inline(__always)
    private static func load(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
        UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
    }

    @inline(__always)
    private static func store(_ value: SIMD8<Float>, _ pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: SIMD8<Float>.self)
    }
}

extension Double {
    /// Returns an integer power, by repeated squaring.
    fileprivate func power(_ exponent: Int) -> Double {
        var (result, base, rest) = (1.0, self, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= base }
            base *= base
            rest >>= 1
        }
        return result
    }
}
