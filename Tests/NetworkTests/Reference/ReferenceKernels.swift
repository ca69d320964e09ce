import Foundation

@testable import Network

/// Naive versions of every differentiable piece of the engine, forward next to backward, in any
/// precision.
///
/// The fast kernels are tested against these in Float, and these against central differences in
/// Double. Activations are [images][height][width][channels], kernels [out][fan in] as in
/// `NetworkParameters`.
enum ReferenceKernels {
    typealias Convolution = Backbone.Convolution

    // MARK: Convolution

    /// Calls `body` with the flat indices into x, w and y of every product of the convolution.
    private static func forEachProduct(
        _ convolution: Convolution, images: Int, _ body: (_ x: Int, _ w: Int, _ y: Int) -> Void
    ) {
        let (inSize, outSize) = (convolution.inputSize, convolution.outputSize)
        let (inputs, outputs) = (convolution.inputChannels, convolution.outputChannels)
        let (side, padding) = (convolution.form.side, convolution.padding.before)
        for image in 0..<images {
            for row in 0..<outSize {
                for column in 0..<outSize {
                    for ky in 0..<side {
                        let y = row * convolution.stride + ky - padding
                        if y < 0 || y >= inSize { continue }
                        for kx in 0..<side {
                            let x = column * convolution.stride + kx - padding
                            if x < 0 || x >= inSize { continue }
                            let source = ((image * inSize + y) * inSize + x) * inputs
                            let target = ((image * outSize + row) * outSize + column) * outputs
                            let tap = ky * side + kx
                            for output in 0..<outputs {
                                if convolution.form.isDepthwise {
                                    body(source + output, output * side * side + tap, target + output)
                                    continue
                                }
                                for input in 0..<inputs {
                                    body(
                                        source + input, (output * inputs + input) * side * side + tap,
                                        target + output)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    static func convolve<T: BinaryFloatingPoint>(
        _ x: [T], _ w: [T], _ b: [T], _ convolution: Convolution, images: Int
    ) -> [T] {
        let positions = images * convolution.outputSize * convolution.outputSize
        var y = (0..<positions).flatMap { _ in b }
        forEachProduct(convolution, images: images) { y[$2] += x[$0] * w[$1] }
        return y
    }

    static func convolveBackward<T: BinaryFloatingPoint>(
        _ dy: [T], _ x: [T], _ w: [T], _ convolution: Convolution, images: Int
    ) -> (dx: [T], dw: [T], db: [T]) {
        var dx = [T](repeating: 0, count: x.count)
        var dw = [T](repeating: 0, count: w.count)
        var db = [T](repeating: 0, count: convolution.outputChannels)
        forEachProduct(convolution, images: images) {
            dx[$0] += dy[$2] * w[$1]
            dw[$1] += dy[$2] * x[$0]
        }
        for i in dy.indices { db[i % db.count] += dy[i] }
        return (dx, dw, db)
    }

    // MARK: bfloat16

    /// Returns the nearest number with eight significant bits, of two the even one: bfloat16, as far as
    /// its exponents reach.
    static func bfloat16(_ value: Double) -> Double {
        guard value != 0, value.isFinite else { return value }
        let unit = Double(sign: .plus, exponent: max(Int(value.exponent), -126) - 7, significand: 1)
        return (value / unit).rounded(.toNearestOrEven) * unit
    }

    // MARK: Batch normalisation with stored statistics, folded

    struct Normalization<T: BinaryFloatingPoint> {
        var gamma: [T]
        var beta: [T]
        var mean: [T]
        var variance: [T]
        var epsilon = T(Backbone.standardEpsilon)

        func inverseDeviation(_ channel: Int) -> T {
            1 / (variance[channel] + epsilon).squareRoot()
        }
    }

    static func fold<T: BinaryFloatingPoint>(_ w: [T], _ n: Normalization<T>) -> (w: [T], b: [T]) {
        let fanIn = w.count / n.gamma.count
        return (
            w.indices.map { w[$0] * n.gamma[$0 / fanIn] * n.inverseDeviation($0 / fanIn) },
            n.gamma.indices.map { n.beta[$0] - n.mean[$0] * n.gamma[$0] * n.inverseDeviation($0) }
        )
    }

    static func foldBackward<T: BinaryFloatingPoint>(
        dw folded: [T], db: [T], _ w: [T], _ n: Normalization<T>
    ) -> (dw: [T], dGamma: [T], dBeta: [T]) {
        let fanIn = w.count / n.gamma.count
        let dw = w.indices.map { folded[$0] * n.gamma[$0 / fanIn] * n.inverseDeviation($0 / fanIn) }
        let dGamma = n.gamma.indices.map { channel in
            let dot = (0..<fanIn).reduce(T(0)) { $0 + folded[channel * fanIn + $1] * w[channel * fanIn + $1] }
            return (dot - n.mean[channel] * db[channel]) * n.inverseDeviation(channel)
        }
        return (dw, dGamma, db)
    }

    // MARK: ReLU6

    static func relu6<T: BinaryFloatingPoint>(_ x: [T]) -> [T] { x.map { min(max($0, 0), 6) } }

    static func relu6Backward<T: BinaryFloatingPoint>(_ dy: [T], y: [T]) -> [T] {
        zip(dy, y).map { $1 > 0 && $1 < 6 ? $0 : 0 }
    }

    // MARK: Head

    /// [images][positions][channels] → [images][channels].
    static func pool<T: BinaryFloatingPoint>(_ map: [T], images: Int, channels: Int) -> [T] {
        let positions = map.count / images / channels
        return (0..<images * channels).map { i in
            (0..<positions).reduce(T(0)) {
                $0 + map[(i / channels * positions + $1) * channels + i % channels]
            }
                / T(positions)
        }
    }

    static func poolBackward<T: BinaryFloatingPoint>(_ d: [T], images: Int, channels: Int, positions: Int)
        -> [T]
    {
        (0..<images * positions * channels).map { i in
            d[i / channels / positions * channels + i % channels] / T(positions)
        }
    }

    /// features [N, C] · kernel [C, K] + bias.
    static func dense<T: BinaryFloatingPoint>(_ features: [T], _ kernel: [T], _ bias: [T]) -> [T] {
        let (classes, channels) = (bias.count, kernel.count / bias.count)
        return (0..<features.count / channels * classes).map { i in
            (0..<channels).reduce(bias[i % classes]) {
                $0 + features[i / classes * channels + $1] * kernel[$1 * classes + i % classes]
            }
        }
    }

    static func denseBackward<T: BinaryFloatingPoint>(
        _ dLogits: [T], _ features: [T], _ kernel: [T], classes: Int
    ) -> (dFeatures: [T], dKernel: [T], dBias: [T]) {
        let channels = kernel.count / classes
        let images = features.count / channels
        var dFeatures = [T](repeating: 0, count: features.count)
        var dKernel = [T](repeating: 0, count: kernel.count)
        var dBias = [T](repeating: 0, count: classes)
        for image in 0..<images {
            for k in 0..<classes {
                let d = dLogits[image * classes + k]
                dBias[k] += d
                for c in 0..<channels {
                    dFeatures[image * channels + c] += d * kernel[c * classes + k]
                    dKernel[c * classes + k] += d * features[image * channels + c]
                }
            }
        }
        return (dFeatures, dKernel, dBias)
    }

    static func softmax<T: BinaryFloatingPoint>(_ logits: [T], classes: Int) -> [T] {
        stride(from: 0, to: logits.count, by: classes).flatMap { start in
            let row = logits[start..<start + classes]
            let powers = row.map { T(exp(Double($0 - row.max()!))) }
            return powers.map { $0 / powers.reduce(0, +) }
        }
    }

    /// Mean cross-entropy of the softmax of `logits`, and its gradient.
    static func crossEntropy<T: BinaryFloatingPoint>(
        _ logits: [T], _ labels: [Int], classes: Int
    ) -> (loss: T, dLogits: [T]) {
        var d = softmax(logits, classes: classes)
        var loss = T(0)
        for (image, label) in labels.enumerated() {
            loss -= T(log(Double(d[image * classes + label]))) / T(labels.count)
            d[image * classes + label] -= 1
        }
        return (loss, d.map { $0 / T(labels.count) })
    }

    // MARK: Adam, as in Keras

    struct Adam<T: BinaryFloatingPoint> {
        var m: [T]
        var v: [T]
        var step = 0

        init(count: Int) { (m, v) = (.init(repeating: 0, count: count), .init(repeating: 0, count: count)) }

        mutating func update(_ w: inout [T], _ g: [T], learningRate: T) {
            step += 1
            let correction1 = 1 - T(pow(0.9, Double(step)))
            let correction2 = 1 - T(pow(0.999, Double(step)))
            for i in w.indices {
                m[i] += (g[i] - m[i]) * (1 - 0.9)
                v[i] += (g[i] * g[i] - v[i]) * (1 - 0.999)
                w[i] -=
                    learningRate * correction2.squareRoot() / correction1 * m[i] / (v[i].squareRoot() + 1e-7)
            }
        }
    }
}

extension Backbone.Convolution {
    /// A convolution of any shape that belongs to no network.
    static func test(
        _ form: Form, inputs: Int, outputs: Int, size: Int, stride: Int = 1, activates: Bool = false
    ) -> Self {
        Self(
            form: form, name: "test", layer: 0, normalization: "test_BN", normalizationLayer: 1,
            inputChannels: inputs,
            outputChannels: form.isDepthwise ? inputs : outputs, inputSize: size, stride: stride,
            padding: Padding(.same, side: form.side, stride: stride, size: size),
            activates: activates, startsBlock: true, addsBlockInput: false, place: .block(0))
    }

    var kernelCount: Int { outputChannels * fanIn }
    func inputCount(_ images: Int) -> Int { images * inputSize * inputSize * inputChannels }
    func outputCount(_ images: Int) -> Int { images * outputSize * outputSize * outputChannels }
}
