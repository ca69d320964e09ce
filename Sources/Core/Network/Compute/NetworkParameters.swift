package import Basics

/// The base's weights as they train: batch normalisation not folded in, kernels as [out][fan in].
///
/// Owned by the engine. At any time each worker works on a different convolution.
package final class NetworkParameters: @unchecked Sendable {
    // Unchecked: no phase of the engine lets two threads access one convolution at a time.
    package let network: MobileNetV2
    package let convolutions: [Parameters]

    /// One convolution and its batch normalisation.
    package final class Parameters {
        package let convolution: MobileNetV2.Convolution
        /// [out][in][3][3], [channels][3][3] or [out][in].
        package let kernel: Buffer
        package let gamma: Buffer
        package let beta: Buffer
        package let mean: Buffer
        let variance: Buffer

        init(_ convolution: MobileNetV2.Convolution) {
            self.convolution = convolution
            kernel = Buffer(count: convolution.outputChannels * convolution.fanIn)
            gamma = Buffer(count: convolution.outputChannels)
            beta = Buffer(count: convolution.outputChannels)
            mean = Buffer(count: convolution.outputChannels)
            variance = Buffer(count: convolution.outputChannels)
        }

        /// Writes the folded kernel w' = w·γ/√(σ²+ε) and bias b' = β − μγ/√(σ²+ε).
        func fold(kernel folded: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>) {
            let fanIn = convolution.fanIn
            for channel in 0..<convolution.outputChannels {
                let scale = gamma.pointer[channel] * inverseDeviation(channel)
                bias[channel] = beta.pointer[channel] - mean.pointer[channel] * scale
                let source = kernel.pointer + channel * fanIn
                let target = folded + channel * fanIn
                for i in 0..<fanIn { target[i] = source[i] * scale }
            }
        }

        /// Returns 1/√(σ²+ε).
        package func inverseDeviation(_ channel: Int) -> Float {
            1 / (variance.pointer[channel] + MobileNetV2.epsilon).squareRoot()
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
    init(network: MobileNetV2, tensors: NamedTensors) {
        self.network = network
        convolutions = network.convolutions.map(Parameters.init)
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
        _ values: [Float], _ convolution: MobileNetV2.Convolution, into target: UnsafeMutablePointer<Float>
    ) {
        forEachElement(convolution) { keras, engine in target[engine] = values[keras] }
    }

    static func toKeras(_ source: UnsafePointer<Float>, _ convolution: MobileNetV2.Convolution) -> Tensor {
        let shape: [Int] =
            switch convolution.form {
            case .full3x3: [3, 3, convolution.inputChannels, convolution.outputChannels]
            case .depthwise3x3: [3, 3, convolution.outputChannels, 1]
            case .pointwise: [1, 1, convolution.inputChannels, convolution.outputChannels]
            }
        var tensor = Tensor(zeros: shape)
        forEachElement(convolution) { keras, engine in tensor.values[keras] = source[engine] }
        return tensor
    }

    private static func forEachElement(
        _ convolution: MobileNetV2.Convolution, _ body: (_ keras: Int, _ engine: Int) -> Void
    ) {
        let positions = convolution.form == .pointwise ? 1 : 9
        let outputs = convolution.outputChannels
        let inputs = convolution.form == .depthwise3x3 ? 1 : convolution.inputChannels
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
