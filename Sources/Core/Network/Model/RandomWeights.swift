package import Basics
import Foundation

/// Random weights of the base for `--demo`, when no trained ones are available: normally
/// distributed kernels with variance 2/fan-in (He et al. 2015), batch normalisation as Keras
/// initialises it.
package enum RandomWeights {
    package static func make(_ network: Backbone, seed: UInt64) -> NamedTensors {
        var tensors = NamedTensors(minimumCapacity: network.weights.count)
        for convolution in network.convolutions {
            for weight in network.layers[convolution.layer].weights {
                let deviation = (2 / Float(convolution.fanIn)).squareRoot()
                var random = CounterRandom(seed: seed, purpose: .baseInitialization, item: convolution.layer)
                var tensor = Tensor(zeros: weight.shape)
                for index in tensor.values.indices { tensor.values[index] = deviation * random.normal() }
                tensors[weight.name] = tensor
            }
            for weight in network.layers[convolution.normalizationLayer].weights {
                let isOne = weight.name.hasSuffix("/gamma") || weight.name.hasSuffix("/moving_variance")
                tensors[weight.name] = Tensor(
                    shape: weight.shape, values: Array(repeating: isOne ? 1 : 0, count: weight.count))
            }
        }
        return tensors
    }
}

extension CounterRandom {
    /// Returns a standard normal number, by the Box–Muller transform.
    fileprivate mutating func normal() -> Float {
        let radius = (-2 * logf(1 - uniform())).squareRoot()
        return radius * cosf(2 * .pi * uniform())
    }
}
