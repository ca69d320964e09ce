/// The scale of a network's input: a pixel of 0…255 becomes pixel / `half` − `shift`.
package struct InputScale: Sendable, Equatable {
    package let half: Float
    package let shift: Float

    /// x / 127.5 − 1, in ±1, as Keras' `mobilenet_v2.preprocess_input` has it.
    package static let mobileNetV2 = InputScale(half: 127.5, shift: 1)
    /// (x − 127) / 128: division by a power of two is exact, so its order does not matter.
    package static let efficientNetLite = InputScale(half: 128, shift: 127 / 128)

    /// For code that scales on the way: x · `factor` + `offset`. In the last bit it can differ from
    /// `input`, which divides.
    package var factor: Float { 1 / half }
    package var offset: Float { -shift }

    /// Returns a pixel as network input.
    package func input(_ pixel: Float) -> Float { pixel / half - shift }

    /// Returns the pixel that a network input stands for, rounded to 8 bits.
    package func pixel(_ input: Float) -> UInt8 {
        UInt8(min(max(((input + shift) * half).rounded(), 0), 255))
    }
}
