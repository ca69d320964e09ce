import COneDNN

/// A run of frozen convolutions compiled for a number of images: what all workers share.
protocol FrozenSection: AnyObject {
    func makeProgram() -> any FrozenProgram

    /// What computes each convolution; a name with `ref` in it means slow reference code.
    var implementations: [(name: String, implementation: String)] { get }
}

/// One worker's execution of a `FrozenSection`.
protocol FrozenProgram: AnyObject {
    /// Images × height × width × channels, in Float32.
    var input: UnsafeMutablePointer<Float> { get }
    var output: UnsafeMutablePointer<Float> { get }

    /// - Parameter images: how many of the input count; at most what the section was made for.
    func run(images: Int, _ stream: dnnl_stream_t)
}

enum FrozenSections {
    /// Whole blocks run on our own kernels where the processor can, all else on oneDNN.
    static func make(_ parameters: ArraySlice<NetworkParameters.Parameters>, images: Int) -> any FrozenSection
    {
        if let kernels = VectorKernels.best,
            let fused = FusedSection(parameters, images: images, kernels: kernels)
        {
            return fused
        }
        return PrimitiveSection(parameters, images: images)
    }
}
