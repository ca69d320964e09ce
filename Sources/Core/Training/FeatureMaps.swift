import Basics
package import Canvas
import Network
import Photos

/// The output of one layer of the base for one photo.
package struct FeatureMaps: Sendable, Equatable {
    /// Keras' index and name of the layer.
    package let layer: Int
    package let name: String
    package let side: Int
    package let channels: Int
    /// [row][column][channel].
    package let values: [Float]

    init(layer: Int = 0, name: String = "", values: [Float], side: Int, channels: Int) {
        (self.layer, self.name, self.values, self.side, self.channels) = (layer, name, values, side, channels)
    }

    /// Returns the values of one channel, row by row.
    package func channel(_ channel: Int) -> [Float] {
        (0..<side * side).map { values[$0 * channels + channel] }
    }

    /// Channels by their largest value, strongest first.
    package var strongest: [Int] {
        var peaks = [Float](repeating: -.infinity, count: channels)
        for (index, value) in values.enumerated() {
            peaks[index % channels] = max(peaks[index % channels], value)
        }
        return peaks.indices.sorted { (peaks[$1], $0) < (peaks[$0], $1) }
    }

    /// Returns a channel in grey, black at its least and white at its greatest value; a constant
    /// channel is black.
    package func picture(_ channel: Int) -> RGBImage {
        let values = self.channel(channel).map { $0.isFinite ? $0 : 0 }
        let (low, high) = (values.min() ?? 0, values.max() ?? 0)
        let scale = high > low ? 255 / (high - low) : 0
        return RGBImage(
            width: side, height: side,
            pixels: values.flatMap { [UInt8](repeating: UInt8((($0 - low) * scale).rounded()), count: 3) })
    }
}

extension FeatureMaps {
    /// Computes a layer's output as Keras defines it, without the folding of layers that makes the
    /// engine fast: a convolution's output excludes its normalisation, a normalisation's excludes
    /// its activation. Convolutions and normalisations are computed by plain loops, what comes
    /// before them by oneDNN.
    ///
    /// - Parameters:
    ///   - layer: index of a layer of the base.
    ///   - image: size · size · 3 values, scaled as the base expects.
    init(layer: Int, of image: [Float], _ parameters: NetworkParameters) {
        let network = parameters.network
        let shape = network.layers[layer].outputShape
        (self.layer, name, side, channels) = (layer, network.layers[layer].name, shape[0], shape[2])
        let convolutions = parameters.convolutions
        /// Returns the output of the last convolution before `end`, including all that follows it.
        func output(before end: Int) -> [Float] {
            guard end > 0 else { return image }
            let stream = OneDNN.makeStream()
            defer { OneDNN.destroy(stream) }
            let program = PrimitiveProgram(PrimitiveSection(convolutions[..<end], images: 1))
            program.input.update(from: image, count: image.count)
            program.run(images: 1, stream)
            let last = convolutions[end - 1].convolution
            let count = last.outputSize * last.outputSize * last.outputChannels
            return Array(UnsafeBufferPointer(start: program.output, count: count))
        }
        // The convolution that the layer belongs to: the last that does not begin after it or, for
        // padding, the next.
        guard layer > 0 else {
            values = image
            return
        }
        let isPadding = network.layers[layer].kind == .zeroPadding2D
        let index = network.convolutions.lastIndex { $0.layer <= layer + (isPadding ? 1 : 0) } ?? 0
        let convolution = network.convolutions[index]
        switch network.layers[layer].kind {
        case .inputLayer: values = image
        case .zeroPadding2D: values = Self.padded(output(before: index), convolution)
        case .conv2D, .depthwiseConv2D: values = Self.convolved(output(before: index), convolutions[index])
        case .batchNormalization:
            values = Self.normalized(
                Self.convolved(output(before: index), convolutions[index]), convolutions[index])
        case .relu, .add: values = output(before: index + 1)
        }
    }

    /// Adds the convolution's padding of zeros.
    private static func padded(_ input: [Float], _ convolution: Backbone.Convolution) -> [Float] {
        let (size, channels) = (convolution.inputSize, convolution.inputChannels)
        let before = convolution.padding.before
        let padded = before + size + convolution.padding.after
        var result = [Float](repeating: 0, count: padded * padded * channels)
        for y in 0..<size {
            let row = y * size * channels
            let start = ((y + before) * padded + before) * channels
            result.replaceSubrange(start..<start + size * channels, with: input[row..<row + size * channels])
        }
        return result
    }

    private static func convolved(_ input: [Float], _ parameters: NetworkParameters.Parameters) -> [Float] {
        let convolution = parameters.convolution
        let (size, inputs) = (convolution.inputSize, convolution.inputChannels)
        let (side, outputs, fanIn) = (convolution.outputSize, convolution.outputChannels, convolution.fanIn)
        let (taps, before) = (convolution.form.side, convolution.padding.before)
        var result = [Float](repeating: 0, count: side * side * outputs)
        let kernel = parameters.kernel.pointer
        result.withUnsafeMutableBufferPointer { result in
            input.withUnsafeBufferPointer { input in
                for y in 0..<side {
                    for x in 0..<side {
                        for tap in 0..<taps * taps {
                            let (row, column) = (
                                y * convolution.stride + tap / taps - before,
                                x * convolution.stride + tap % taps - before
                            )
                            guard row >= 0, row < size, column >= 0, column < size else { continue }
                            let pixel = (row * size + column) * inputs
                            for output in 0..<outputs {
                                var sum: Float = 0
                                if convolution.form.isDepthwise {
                                    sum = input[pixel + output] * kernel[output * fanIn + tap]
                                } else {
                                    for i in 0..<inputs {
                                        sum +=
                                            input[pixel + i] * kernel[output * fanIn + i * taps * taps + tap]
                                    }
                                }
                                result[(y * side + x) * outputs + output] += sum
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    private static func normalized(_ values: [Float], _ parameters: NetworkParameters.Parameters) -> [Float] {
        let channels = parameters.convolution.outputChannels
        return values.enumerated().map { index, value in
            let channel = index % channels
            return (value - parameters.mean.pointer[channel]) * parameters.inverseDeviation(channel)
                * parameters.gamma.pointer[channel] + parameters.beta.pointer[channel]
        }
    }
}
