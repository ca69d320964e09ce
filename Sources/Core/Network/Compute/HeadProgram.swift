import COpenBLAS
import Foundation

/// The layers of a model from outside after the base, computed one photo at a time in plain Swift.
///
/// A value has the shape [rows, channels], channels last as in Keras: of the base's output each
/// place is a row. Flattening and reshaping keep the numbers and their order, and so need no step.
package struct HeadProgram: Sendable, Equatable {
    package enum Operation: Sendable, Equatable {
        /// Mean or maximum over all rows.
        case globalPooling(isMaximum: Bool)
        case pooling(Pooling)
        /// Kernel [channels, units], bias [units].
        case dense(kernel: [Float], bias: [Float])
        /// x·scale + shift, each of one value or one per channel.
        case affine(scale: [Float], shift: [Float])
        /// Normalizes each row to mean 0 and variance 1, then applies `affine`.
        case layerNormalization(scale: [Float], shift: [Float], epsilon: Float)
        case activation(Activation)
        /// Joins the channels of values with the same rows.
        case concatenation
        /// Combines values of the same shape number by number.
        case combination(Combination)
        /// One probability p becomes [1 − p, p].
        case complement
    }

    package enum Combination: Sendable, Equatable { case sum, product, mean, maximum, difference }

    /// Windowed pooling of a map of `height` × `width` places.
    package struct Pooling: Sendable, Equatable {
        var isMaximum: Bool
        var height: Int
        var width: Int
        /// Height and width of the window, and its steps.
        var window: [Int]
        var strides: [Int]
        /// Whether windows may reach beyond the edges, so that every place is covered.
        var isPadded: Bool

        /// Height and width of the result.
        var outputSize: [Int] {
            zip([height, width], zip(window, strides)).map { size, axis in
                if isPadded { return (size + axis.1 - 1) / axis.1 }
                return size < axis.0 ? 0 : (size - axis.0) / axis.1 + 1
            }
        }
    }

    package struct Step: Sendable, Equatable {
        var operation: Operation
        /// Values that it takes: 0 is the base's output, 1 the result of the first step, and so on.
        var inputs: [Int]
        /// Channels of each of its inputs.
        var channels: [Int]
    }

    package private(set) var steps: [Step] = []
    /// Number of values of the last step's result.
    package internal(set) var outputs = 0

    /// Appends a step and returns the number of its value.
    mutating func append(_ operation: Operation, _ inputs: [Int], channels: [Int]) -> Int {
        steps.append(Step(operation: operation, inputs: inputs, channels: channels))
        return steps.count
    }

    /// Returns the outputs for a base's output of [places, channels].
    package func outputs(of map: [Float]) -> [Float] {
        var values = [map]
        values.reserveCapacity(steps.count + 1)
        for step in steps { values.append(Self.compute(step, step.inputs.map { values[$0] })) }
        return values[values.count - 1]
    }

    private static func compute(_ step: Step, _ inputs: [[Float]]) -> [Float] {
        var value = inputs[0]
        let channels = step.channels[0]
        switch step.operation {
        case .globalPooling(let isMaximum): return pool(value, channels: channels, isMaximum: isMaximum)
        case .pooling(let pooling): return pool(value, channels: channels, pooling)
        case .dense(let kernel, let bias): return dense(value, kernel, bias, channels: channels)
        case .affine(let scale, let shift):
            for i in value.indices {
                value[i] = value[i] * scale[i % scale.count] + shift[i % shift.count]
            }
        case .layerNormalization(let scale, let shift, let epsilon):
            for row in 0..<value.count / channels {
                let range = row * channels..<(row + 1) * channels
                let mean = value[range].reduce(0.0) { $0 + Double($1) } / Double(channels)
                let variance =
                    value[range].reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
                    / Double(channels)
                let factor = 1 / (variance + Double(epsilon)).squareRoot()
                for (channel, i) in range.enumerated() {
                    value[i] =
                        Float((Double(value[i]) - mean) * factor) * scale[channel % scale.count]
                        + shift[channel % shift.count]
                }
            }
        case .activation(let activation): activation.apply(to: &value, channels: channels)
        case .concatenation:
            value = []
            for row in 0..<inputs[0].count / channels {
                for (input, width) in zip(inputs, step.channels) {
                    value += input[row * width..<(row + 1) * width]
                }
            }
        case .combination(let combination):
            for input in inputs.dropFirst() {
                for i in value.indices { value[i] = combination.apply(value[i], input[i]) }
            }
            if combination == .mean { for i in value.indices { value[i] /= Float(inputs.count) } }
        case .complement: value = [1 - value[0], value[0]]
        }
        return value
    }

    private static func pool(_ map: [Float], channels: Int, isMaximum: Bool) -> [Float] {
        var result = Array(map[..<channels])
        let rows = map.count / channels
        for row in 1..<max(1, rows) {
            for c in 0..<channels {
                let value = map[row * channels + c]
                result[c] = isMaximum ? max(result[c], value) : result[c] + value
            }
        }
        return isMaximum ? result : result.map { $0 / Float(rows) }
    }

    /// As TensorFlow, means leave out the places beyond the edges.
    private static func pool(_ map: [Float], channels: Int, _ pooling: Pooling) -> [Float] {
        let (size, output) = ([pooling.height, pooling.width], pooling.outputSize)
        func places(_ axis: Int, _ index: Int) -> Range<Int> {
            let missing = (output[axis] - 1) * pooling.strides[axis] + pooling.window[axis] - size[axis]
            let start = index * pooling.strides[axis] - (pooling.isPadded ? max(0, missing) / 2 : 0)
            return max(0, start)..<min(size[axis], start + pooling.window[axis])
        }
        var result = [Float](repeating: 0, count: output[0] * output[1] * channels)
        for y in 0..<output[0] {
            for x in 0..<output[1] {
                let target = (y * output[1] + x) * channels
                let (rows, columns) = (places(0, y), places(1, x))
                for c in 0..<channels {
                    var total: Float = pooling.isMaximum ? -.infinity : 0
                    for row in rows {
                        for column in columns {
                            let value = map[(row * pooling.width + column) * channels + c]
                            total = pooling.isMaximum ? max(total, value) : total + value
                        }
                    }
                    result[target + c] =
                        pooling.isMaximum ? total : total / Float(rows.count * columns.count)
                }
            }
        }
        return result
    }

    private static func dense(_ value: [Float], _ kernel: [Float], _ bias: [Float], channels: Int) -> [Float]
    {
        let (rows, units) = (value.count / channels, bias.count)
        var result: [Float] = []
        result.reserveCapacity(rows * units)
        for _ in 0..<rows { result += bias }
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(units), blasint(channels), 1,
            value, blasint(channels), kernel, blasint(units), 1, &result, blasint(units))
        return result
    }
}

extension HeadProgram.Combination {
    fileprivate func apply(_ a: Float, _ b: Float) -> Float {
        switch self {
        case .sum, .mean: a + b
        case .product: a * b
        case .maximum: max(a, b)
        case .difference: a - b
        }
    }
}
