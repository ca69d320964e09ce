import Foundation

/// An activation as Keras defines it. Source: `keras/src/activations/activations.py`.
package enum Activation: Sendable, Equatable {
    case linear
    /// Below `threshold` `slope`·(x − threshold), above it x, at most `largest`.
    case relu(largest: Float?, slope: Float, threshold: Float)
    case elu(alpha: Float)
    case selu
    case gelu(isApproximate: Bool)
    /// x·sigmoid(x), also called swish.
    case silu
    case mish
    case sigmoid
    case tanh
    case softplus
    case softsign
    case exponential
    /// Over the last axis, and so is `logSoftmax`.
    case softmax
    case logSoftmax

    /// Applies the activation in place to rows of `channels` values.
    func apply(to values: inout [Float], channels: Int) {
        switch self {
        case .linear: return
        case .softmax, .logSoftmax:
            let rows = values.count / max(1, channels)
            if self == .softmax {
                values.withUnsafeMutableBufferPointer {
                    Softmax.apply($0.baseAddress!, rows: rows, classes: channels)
                }
            } else {
                for row in 0..<rows {
                    let range = row * channels..<(row + 1) * channels
                    let largest = values[range].max() ?? 0
                    let sum = values[range].reduce(0) { $0 + exp($1 - largest) }
                    for i in range { values[i] -= largest + log(sum) }
                }
            }
        default: for i in values.indices { values[i] = value(values[i]) }
        }
    }

    private func value(_ x: Float) -> Float {
        switch self {
        case .linear, .softmax, .logSoftmax: x
        case .relu(let largest, let slope, let threshold):
            x < threshold ? slope * (x - threshold) : min(x, largest ?? .infinity)
        case .elu(let alpha): x > 0 ? x : alpha * expm1(x)
        case .selu: 1.050_700_987_355_480_5 * (x > 0 ? x : 1.673_263_242_354_377_3 * expm1(x))
        case .gelu(isApproximate: true):
            0.5 * x * (1 + Foundation.tanh(0.797_884_560_802_865_4 * (x + 0.044715 * x * x * x)))
        case .gelu(isApproximate: false): 0.5 * x * (1 + erf(x * 0.707_106_781_186_547_5))
        case .silu: x * Self.sigmoid(x)
        case .mish: x * Foundation.tanh(Self.softplus(x))
        case .sigmoid: Self.sigmoid(x)
        case .tanh: Foundation.tanh(x)
        case .softplus: Self.softplus(x)
        case .softsign: x / (1 + abs(x))
        case .exponential: exp(x)
        }
    }

    private static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
    private static func softplus(_ x: Float) -> Float { max(x, 0) + log1p(exp(-abs(x))) }
}
