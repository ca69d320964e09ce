import Basics
import COneDNN

/// Consecutive frozen convolutions, compiled for a number of images and shared by all workers.
protocol FrozenSection: AnyObject {
    func makeProgram() -> any FrozenProgram

    /// The implementation of each convolution; a name with `ref` in it means slow reference code.
    var implementations: [(name: String, implementation: String)] { get }
}

/// One worker's execution of a `FrozenSection`.
protocol FrozenProgram: AnyObject {
    /// [images, H, W, C] in Float32, owned by the program.
    var input: UnsafeMutablePointer<Float> { get }
    /// [images, H, W, C] in Float32, owned by the program.
    var output: UnsafeMutablePointer<Float> { get }

    /// Computes `output` from `input`.
    ///
    /// - Parameter images: how many images of the input to use; at most what the section was made
    ///   for.
    func run(images: Int, _ stream: dnnl_stream_t)
}

enum FrozenSections {
    /// Returns a section on our own kernels if the processor has them and the convolutions form
    /// whole blocks, otherwise one on oneDNN.
    static func make(
        _ parameters: ArraySlice<NetworkParameters.Parameters>, images: Int, precision: Precision = .float32
    ) -> any FrozenSection {
        if let kernels = precision.kernels,
            let fused = FusedSection(parameters, images: images, kernels: kernels)
        {
            return fused
        }
        return PrimitiveSection(parameters, images: images, precision: precision)
    }
}
