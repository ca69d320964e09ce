/// The scale of a network's input: a pixel of 0…255 becomes pixel / `half` − `shift`, and then, where each
/// channel has a mean and a deviation, the difference from the mean in deviations.
package struct InputScale: Sendable, Equatable {
    package let half: Float
    package let shift: Float
    /// Nil where all channels are alike.
    package let channels: Channels?

    package struct Channels: Sendable, Equatable {
        package let means: [Float]
        package let deviations: [Float]
    }

    init(half: Float, shift: Float, channels: Channels? = nil) {
        (self.half, self.shift, self.channels) = (half, shift, channels)
    }

    /// x / 127.5 − 1, in ±1, as Keras' `mobilenet_v2.preprocess_input` has it.
    package static let mobileNetV2 = InputScale(half: 127.5, shift: 1)
    /// (x − 127) / 128: division by a power of two is exact, so its order does not matter.
    package static let efficientNetLite = InputScale(half: 128, shift: 127 / 128)
    /// By ImageNet's means and deviations of red, green and blue in 0…1, as PyTorch's models have it.
    package static let imageNet = InputScale(
        half: 255, shift: 0,
        channels: Channels(means: [0.485, 0.456, 0.406], deviations: [0.229, 0.224, 0.225]))

    /// For code that scales on the way: x · `factor` + `offset`, and then `normalize`. In the last bit it
    /// can differ from `input`, which divides.
    package var factor: Float { 1 / half }
    package var offset: Float { -shift }

    /// Brings values of x · `factor` + `offset` to the scale of their channels.
    ///
    /// - Parameter values: `count` of them, the three channels of each pixel together.
    package func normalize(_ values: UnsafeMutablePointer<Float>, count: Int) {
        guard let channels else { return }
        for channel in 0..<3 {
            let (mean, factor) = (channels.means[channel], 1 / channels.deviations[channel])
            for i in stride(from: channel, to: count, by: 3) { values[i] = (values[i] - mean) * factor }
        }
    }

    /// Returns pixels as network input, the three channels of each together.
    package func input(_ pixels: [Float]) -> [Float] {
        var result = pixels.map { $0 / half - shift }
        result.withUnsafeMutableBufferPointer { values in
            if let start = values.baseAddress { normalize(start, count: values.count) }
        }
        return result
    }

    /// Returns the pixels that network input stands for, rounded to 8 bits.
    package func pixels(_ input: [Float]) -> [UInt8] {
        input.enumerated().map { index, value in
            let plain = channels.map { value * $0.deviations[index % 3] + $0.means[index % 3] } ?? value
            return UInt8(min(max(((plain + shift) * half).rounded(), 0), 255))
        }
    }
}
