import Foundation
import TestSupport
import Testing

@testable import Network

/// The reference kernels' gradients against central differences in Double.
@Suite struct GradientTests {
    private static let forms: [(Backbone.Convolution.Form, Int, Int)] = [
        (.full3x3, 3, 1), (.full3x3, 4, 2), (.full3x3, 5, 2), (.depthwise3x3, 3, 1), (.depthwise3x3, 4, 2),
        (.depthwise3x3, 5, 2), (.depthwise3x3, 1, 1), (.depthwise5x5, 6, 1), (.depthwise5x5, 6, 2),
        (.depthwise5x5, 7, 2), (.pointwise, 2, 1),
    ]

    /// Σ values·weights: a scalar loss whose gradient with respect to `values` is `weights`.
    private func dot(_ values: [Double], _ weights: [Double]) -> Double {
        zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
    }

    private func random(_ name: String, _ count: Int) -> [Double] { HashNetwork.values(name, count) }

    @Test(arguments: 0..<forms.count) func convolution(index: Int) {
        let (form, size, stride) = Self.forms[index]
        let c = Backbone.Convolution.test(form, inputs: 3, outputs: 4, size: size, stride: stride)
        let (x, w, b) = (
            random("x", c.inputCount(2)), random("w", c.kernelCount), random("b", c.outputChannels)
        )
        let dy = random("dy", c.outputCount(2))
        func loss(_ x: [Double], _ w: [Double], _ b: [Double]) -> Double {
            dot(ReferenceKernels.convolve(x, w, b, c, images: 2), dy)
        }
        let back = ReferenceKernels.convolveBackward(dy, x, w, c, images: 2)
        #expect(gradientError(back.dx, at: x) { loss($0, w, b) } < 1e-7)
        #expect(gradientError(back.dw, at: w) { loss(x, $0, b) } < 1e-7)
        #expect(gradientError(back.db, at: b) { loss(x, w, $0) } < 1e-7)
    }

    @Test func foldedNormalization() {
        let w = random("w", 12)
        let n = ReferenceKernels.Normalization(
            gamma: random("gamma", 3).map { 1 + $0 / 2 }, beta: random("beta", 3), mean: random("mean", 3),
            variance: random("variance", 3).map { 1 + $0 / 2 })
        let (dw, db) = (random("dw", 12), random("db", 3))
        func loss(_ w: [Double], _ n: ReferenceKernels.Normalization<Double>) -> Double {
            let folded = ReferenceKernels.fold(w, n)
            return dot(folded.w, dw) + dot(folded.b, db)
        }
        func with(gamma: [Double]) -> ReferenceKernels.Normalization<Double> {
            var n = n
            n.gamma = gamma
            return n
        }
        func with(beta: [Double]) -> ReferenceKernels.Normalization<Double> {
            var n = n
            n.beta = beta
            return n
        }
        let back = ReferenceKernels.foldBackward(dw: dw, db: db, w, n)
        #expect(gradientError(back.dw, at: w) { loss($0, n) } < 1e-7)
        #expect(gradientError(back.dGamma, at: n.gamma) { loss(w, with(gamma: $0)) } < 1e-7)
        #expect(gradientError(back.dBeta, at: n.beta) { loss(w, with(beta: $0)) } < 1e-7)
    }

    @Test func foldingIsNormalizingTheConvolution() {
        let c = Backbone.Convolution.test(.pointwise, inputs: 3, outputs: 2, size: 2)
        let (x, w) = (random("x", c.inputCount(1)), random("w", c.kernelCount))
        let n = ReferenceKernels.Normalization(
            gamma: [0.5, 1.5], beta: [0.1, -0.2], mean: [0.3, -0.4], variance: [0.8, 1.7])
        let plain = ReferenceKernels.convolve(x, w, [0, 0], c, images: 1)
        let expected = plain.indices.map { i in
            (plain[i] - n.mean[i % 2]) * n.gamma[i % 2] * n.inverseDeviation(i % 2) + n.beta[i % 2]
        }
        let folded = ReferenceKernels.fold(w, n)
        let found = ReferenceKernels.convolve(x, folded.w, folded.b, c, images: 1)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test func relu6() {
        // Between and beyond the bounds, but not at them, where the derivative does not exist.
        let x = [-3.0, -0.1, 0.1, 3, 5.9, 6.1, 9]
        let dy = random("dy", x.count)
        let back = ReferenceKernels.relu6Backward(dy, y: ReferenceKernels.relu6(x))
        #expect(gradientError(back, at: x) { dot(ReferenceKernels.relu6($0), dy) } < 1e-7)
    }

    @Test func pooling() {
        let map = random("map", 2 * 4 * 3)
        let d = random("d", 2 * 3)
        let back = ReferenceKernels.poolBackward(d, images: 2, channels: 3, positions: 4)
        #expect(
            gradientError(back, at: map) { dot(ReferenceKernels.pool($0, images: 2, channels: 3), d) } < 1e-7)
    }

    @Test func denseSoftmaxAndCrossEntropy() {
        let (features, kernel, bias) = (random("f", 3 * 4), random("k", 4 * 5), random("b", 5))
        let labels = [4, 0, 2]
        func loss(_ features: [Double], _ kernel: [Double], _ bias: [Double]) -> Double {
            ReferenceKernels.crossEntropy(ReferenceKernels.dense(features, kernel, bias), labels, classes: 5)
                .loss
        }
        let logits = ReferenceKernels.dense(features, kernel, bias)
        let dLogits = ReferenceKernels.crossEntropy(logits, labels, classes: 5).dLogits
        let back = ReferenceKernels.denseBackward(dLogits, features, kernel, classes: 5)
        #expect(
            gradientError(dLogits, at: logits) { ReferenceKernels.crossEntropy($0, labels, classes: 5).loss }
                < 1e-7)
        #expect(gradientError(back.dFeatures, at: features) { loss($0, kernel, bias) } < 1e-7)
        #expect(gradientError(back.dKernel, at: kernel) { loss(features, $0, bias) } < 1e-7)
        #expect(gradientError(back.dBias, at: bias) { loss(features, kernel, $0) } < 1e-7)
    }

    @Test func aWrongGradientIsNoticed() {
        #expect(gradientError([2, 4.1], at: [1, 2]) { $0[0] * $0[0] + $0[1] * $0[1] } > 0.05)
    }

    /// Largest difference between `gradient` and the central differences of `loss` at `point`.
    private func gradientError(_ gradient: [Double], at point: [Double], _ loss: ([Double]) -> Double)
        -> Double
    {
        guard gradient.count == point.count else { return .infinity }
        let step = 1e-5
        return point.indices.reduce(0) { worst, i in
            var (up, down) = (point, point)
            up[i] += step
            down[i] -= step
            return max(worst, abs((loss(up) - loss(down)) / (2 * step) - gradient[i]))
        }
    }
}
