import Basics

/// Activations between two convolutions, or their gradients, in the format of the kernels that
/// compute them.
struct KernelValues {
    let start: UnsafeMutableRawPointer
    /// Bytes of a value.
    let bytes: Int

    /// The values from the one at `offset` on.
    static func + (values: Self, offset: Int) -> Self {
        Self(start: values.start + offset * values.bytes, bytes: values.bytes)
    }

    /// Copies `count` values.
    func update(from source: Self, count: Int) {
        start.copyMemory(from: source.start, byteCount: count * bytes)
    }
}

extension VectorKernels {
    /// Pixels behind a product's input that a kernel of 16-bit values may read.
    private static let slack = 16

    /// Floats that take the space of `count` values.
    func floats(ofValues count: Int) -> Int { (count * valueBytes + 3) / 4 }

    /// A buffer of `count` values, behind which the kernels may read pixels `stride` values apart.
    func makeBuffer(values count: Int, stride: Int) -> Buffer {
        Buffer(count: floats(ofValues: count + (narrows ? Self.slack * stride : 0)))
    }

    /// A buffer's content as values.
    func values(_ buffer: Buffer) -> KernelValues {
        KernelValues(start: buffer.pointer, bytes: valueBytes)
    }

    /// Values of one image of a convolution's input.
    func inputValues(_ convolution: Backbone.Convolution) -> Int {
        convolution.inputSize * convolution.inputSize * pixelStride(convolution.inputChannels)
    }

    /// Values of one image of a convolution's output.
    func outputValues(_ convolution: Backbone.Convolution) -> Int {
        convolution.outputSize * convolution.outputSize * pixelStride(convolution.outputChannels)
    }
}
