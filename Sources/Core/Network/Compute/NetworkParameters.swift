package import Basics

/// The base's weights as they train: batch normalisation not folded in, kernels as [out][fan in].
///
/// Owned by the engine. At any time each worker works on a different convolution.
package final class NetworkParameters: @unchecked Sendable {
    // Unchecked: no phase of the engine lets two threads access one convolution at a time.
    package let network: Backbone
    package let convolutions: [Parameters]

    /// One convolution and its batch normalisation.
    package final class Parameters {
        package let convolution: Backbone.Convolution
        /// [out][in][side][side], [channels][side][side] or [out][in].
        package let kernel: Buffer
        package let gamma: Buffer
        package let beta: Buffer
        package let mean: Buffer
        let variance: Buffer
        private let epsilon: Float

        init(_ convolution: Backbone.Convolution, epsilon: Float) {
            (self.convolution, self.epsilon) = (convolution, epsilon)
            kernel = Buffer(count: convolution.outputChannels * convolution.fanIn)
            gamma = Buffer(count: convolution.outputChannels)
            beta = Buffer(count: convolution.outputChannels)
            mean = Buffer(count: convolution.outputChannels)
            variance = Buffer(count: convolution.outputChannels)
        }

        /// Writes the folded kernel w' = w·γ/√(σ²+ε) and bias b' = β − μγ/√(σ²+ε).
        func fold(kernel folded: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>) {
            fold(0..<convolution.outputChannels, kernel: folded, bias: bias)
        }

        /// Writes the folded kernel and bias of some output channels.
        func fold(
            _ channels: Range<Int>, kernel folded: UnsafeMutablePointer<Float>,
            bias: UnsafeMutablePointer<Float>
        ) {
            let fanIn = convolution.fanIn
            for (index, channel) in channels.enumerated() {
                let scale = gamma.pointer[channel] * inverseDeviation(channel)
                bias[index] = beta.pointer[channel] - mean.pointer[channel] * scale
                let source = kernel.pointer + channel * fanIn
                let target = folded + index * fanIn
                for i in 0..<fanIn { target[i] = source[i] * scale }
            }
        }

        /// Returns 1/√(σ²+ε).
        package func inverseDeviation(_ channel: Int) -> Float {
            1 / (variance.pointer[channel] + epsilon).squareRoot()
        }

        /// The vectors, each [out], under Keras' names.
        package var vectors: [(name: String, buffer: Buffer)] {
            let prefix = convolution.normalization
            return [
                ("\(prefix)/gamma", gamma), ("\(prefix)/beta", beta), ("\(prefix)/moving_mean", mean),
                ("\(prefix)/moving_variance", variance),
            ]
        }
    }

    /// - Parameter tensors: every weight of `network`, under its canonical name and with its shape.
    package init(network: Backbone, tensors: NamedTensors) {
        self.network = network
        convolutions = network.convolutions.map { Parameters($0, epsilon: network.epsilon) }
        load(tensors)
    }

    func load(_ tensors: NamedTensors) {
        for parameters in convolutions {
            let convolution = parameters.convolution
            KernelLayout.toOutputMajor(
                tensors["\(convolution.name)/kernel"]!.values, convolution, into: parameters.kernel.pointer)
            for (name, buffer) in parameters.vectors {
                let values = tensors[name]!.values
                for i in values.indices { buffer.pointer[i] = values[i] }
            }
        }
    }

    /// All weights under Keras' names and in Keras' layouts.
    var tensors: NamedTensors {
        var result: NamedTensors = [:]
        for parameters in convolutions {
            let convolution = parameters.convolution
            result["\(convolution.name)/kernel"] = KernelLayout.toKeras(
                parameters.kernel.pointer, convolution)
            for (name, buffer) in parameters.vectors {
                result[name] = Tensor(
                    shape: [buffer.count],
                    values: Array(UnsafeBufferPointer(start: buffer.pointer, count: buffer.count)))
            }
        }
        return result
    }
}

/// Conversion between Keras' [height, width, in, out] and the engine's [out][in][height][width].
enum KernelLayout {
    static func toOutputMajor(
        _ values: [Float], _ convolution: Backbone.Convolution, into target: UnsafeMutablePointer<Float>
    ) {
        forEachElement(convolution) { keras, engine in target[engine] = values[keras] }
    }

    static func toKeras(_ source: UnsafePointer<Float>, _ convolution: Backbone.Convolution) -> Tensor {
        var tensor = Tensor(zeros: convolution.kernelShape)
        forEachElement(convolution) { keras, engine in tensor.values[keras] = source[engine] }
        return tensor
    }

    private static func forEachElement(
        _ convolution: Backbone.Convolution, _ body: (_ keras: Int, _ engine: Int) -> Void
    ) {
        let positions = convolution.form.side * convolution.form.side
        let outputs = convolution.outputChannels
        let inputs = convolution.form.isDepthwise ? 1 : convolution.inputChannels
        for position in 0..<positions {
            for input in 0..<inputs {
                for output in 0..<outputs {
                    body(
                        (position * inputs + input) * outputs + output,
                        (output * inputs + input) * positions + position)
                }
            }
        }
    }
}
