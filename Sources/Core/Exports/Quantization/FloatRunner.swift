import Basics
import COpenBLAS
import Foundation

/// Computes a `FoldedGraph` step by step, so that each step's output can be looked at. A value of
/// padding other than 0 serves the computation in 8 bits. Any thread may call it.
package struct FloatRunner: Sendable {
    package let graph: FoldedGraph

    package init(_ graph: FoldedGraph) {
        self.graph = graph
        openblas_set_num_threads(1)
    }

    /// Returns the outputs of all steps for a photo.
    ///
    /// - Parameters:
    ///   - photo: [height, width, 3] in 0…255.
    ///   - observe: is given the output of each convolution and dense layer before its activation.
    package func outputs(
        of photo: [Float], observe: (_ step: Int, _ sums: [Float]) -> Void = { _, _ in }
    ) -> [[Float]] {
        var outputs: [[Float]] = []
        for (index, step) in graph.steps.enumerated() {
            let inputs = step.inputs.map { outputs[$0] }
            switch step.operation {
            case .input: outputs.append(photo)
            case .rescaling(let scale, let offset):
                let (factors, summands) = (scale.map { Float($0) }, offset.map { Float($0) })
                outputs.append(
                    inputs[0].enumerated().map { index, value in
                        value * factors[index % factors.count] + summands[index % summands.count]
                    })
            case .convolution(let convolution):
                var result = Self.convolve(
                    inputs[0], side: graph.steps[step.inputs[0]].shape[0], convolution,
                    convolution.kernel.values)
                Self.eachChannel(&result, convolution.outputs) { $0 + convolution.bias[$1] }
                observe(index, result)
                if convolution.activates {
                    Self.eachChannel(&result, convolution.outputs) { value, _ in min(max(value, 0), 6) }
                }
                outputs.append(result)
            case .add: outputs.append(zip(inputs[0], inputs[1]).map { $0 + $1 })
            case .globalAveragePooling:
                outputs.append(Self.means(inputs[0], channels: step.shape[0]))
            case .dense(let dense):
                let products = Self.multiply(
                    inputs[0], dense.kernel.values, rows: 1, outputs: dense.bias.count)
                outputs.append(zip(products, dense.bias).map { $0 + $1 })
                observe(index, outputs[index])
            case .softmax: outputs.append(Self.softmax(inputs[0]))
            }
        }
        return outputs
    }

    // MARK: Steps

    /// Applies `body` to each value and its channel.
    static func eachChannel(
        _ values: inout [Float], _ channels: Int, _ body: (_ value: Float, _ channel: Int) -> Float
    ) {
        values.withUnsafeMutableBufferPointer { values in
            for pixel in 0..<values.count / channels {
                for channel in 0..<channels {
                    let index = pixel * channels + channel
                    values[index] = body(values[index], channel)
                }
            }
        }
    }

    static func means(_ map: [Float], channels: Int) -> [Float] {
        var sums = [Float](repeating: 0, count: channels)
        let pixels = map.count / channels
        sums.withUnsafeMutableBufferPointer { sums in
            map.withUnsafeBufferPointer { map in
                for pixel in 0..<pixels {
                    for channel in 0..<channels { sums[channel] += map[pixel * channels + channel] }
                }
            }
        }
        return sums.map { $0 / Float(pixels) }
    }

    static func softmax(_ logits: [Float]) -> [Float] {
        let largest = logits.max() ?? 0
        let powers = logits.map { exp($0 - largest) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    /// Multiplies [rows, inputs] by a kernel [inputs, outputs].
    static func multiply(_ input: [Float], _ kernel: [Float], rows: Int, outputs: Int) -> [Float] {
        let inner = input.count / rows
        return [Float](unsafeUninitializedCapacity: rows * outputs) { result, count in
            cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(outputs), blasint(inner), 1,
                input, blasint(inner), kernel, blasint(outputs), 0, result.baseAddress!, blasint(outputs))
            count = rows * outputs
        }
    }

    /// Convolves an image without a bias.
    ///
    /// - Parameters:
    ///   - input: [side, side, channels].
    ///   - kernel: in the layout of `convolution.kernel`.
    ///   - padding: the value around the image.
    static func convolve(
        _ input: [Float], side: Int, _ convolution: FoldedGraph.Convolution, _ kernel: [Float],
        padding: Float = 0
    ) -> [Float] {
        let taps = convolution.side
        if taps == 1, convolution.stride == 1, !convolution.isDepthwise {
            return multiply(input, kernel, rows: side * side, outputs: convolution.outputs)
        }
        let channels = input.count / (side * side)
        let output = (side + convolution.before + convolution.after - taps) / convolution.stride + 1
        let (padded, width) = pad(input, side: side, channels, convolution, padding)
        if convolution.isDepthwise {
            return depthwise(
                padded, width: width, channels, kernel, taps: taps, stride: convolution.stride, output: output
            )
        }
        // Each row holds the pixels under the kernel in one place.
        let run = taps * channels
        var rows = [Float](repeating: 0, count: output * output * taps * run)
        for y in 0..<output {
            for x in 0..<output {
                for tap in 0..<taps {
                    let source = ((y * convolution.stride + tap) * width + x * convolution.stride) * channels
                    let target = ((y * output + x) * taps + tap) * run
                    for i in 0..<run { rows[target + i] = padded[source + i] }
                }
            }
        }
        return multiply(rows, kernel, rows: output * output, outputs: convolution.outputs)
    }

    private static func pad(
        _ input: [Float], side: Int, _ channels: Int, _ convolution: FoldedGraph.Convolution, _ value: Float
    ) -> (values: [Float], width: Int) {
        let width = side + convolution.before + convolution.after
        var padded = [Float](repeating: value, count: width * width * channels)
        let run = side * channels
        padded.withUnsafeMutableBufferPointer { padded in
            input.withUnsafeBufferPointer { input in
                for y in 0..<side {
                    let target = ((y + convolution.before) * width + convolution.before) * channels
                    (padded.baseAddress! + target).update(from: input.baseAddress! + y * run, count: run)
                }
            }
        }
        return (padded, width)
    }

    private static func depthwise(
        _ padded: [Float], width: Int, _ channels: Int, _ kernel: [Float], taps: Int, stride: Int,
        output: Int
    ) -> [Float] {
        var result = [Float](repeating: 0, count: output * output * channels)
        result.withUnsafeMutableBufferPointer { result in
            padded.withUnsafeBufferPointer { padded in
                kernel.withUnsafeBufferPointer { kernel in
                    for y in 0..<output {
                        for x in 0..<output {
                            let target = result.baseAddress! + (y * output + x) * channels
                            for tap in 0..<taps * taps {
                                let (row, column) = (y * stride + tap / taps, x * stride + tap % taps)
                                let source = padded.baseAddress! + (row * width + column) * channels
                                let weights = kernel.baseAddress! + tap * channels
                                for c in 0..<channels { target[c] += source[c] * weights[c] }
                            }
                        }
                    }
                }
            }
        }
        return result
    }
}
