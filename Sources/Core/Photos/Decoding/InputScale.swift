/// The scale of the network's input: pixels of 0…255 become x/127.5 − 1, in ±1, as Keras'
/// `mobilenet_v2.preprocess_input` has it.
@usableFromInline
package enum InputScale {
    @inlinable static var half: Float { 127.5 }
    /// For code that scales on the way: x · `factor` + `offset`. In the last bit it can differ from
    /// `input`, which divides.
    @inlinable package static var factor: Float { 1 / half }
    @inlinable package static var offset: Float { -1 }

    /// Returns a pixel as network input.
    @inlinable package static func input(_ pixel: Float) -> Float { pixel / half - 1 }

    /// Returns the pixel that a network input stands for, rounded to 8 bits.
    static func pixel(_ input: Float) -> UInt8 { UInt8(min(max(((input + 1) * half).rounded(), 0), 255)) }
}
