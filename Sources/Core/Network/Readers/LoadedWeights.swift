package import Basics

/// Weights read from a file, under the network's names and with its shapes.
package struct LoadedWeights: Sendable {
    /// All 260 tensors of the base.
    package var tensors: NamedTensors
    /// The dense layer on the 1280 features, if the file has exactly one: kernel [1280, classes],
    /// bias [classes].
    package var head: (kernel: Tensor, bias: Tensor)?
    /// Format of the file, for display, such as `Keras 3 .keras model`.
    package var format: String
    /// Metadata of a safetensors file; empty for other formats.
    package var metadata: [String: String]

    package init(
        tensors: NamedTensors, head: (kernel: Tensor, bias: Tensor)?, format: String,
        metadata: [String: String] = [:]
    ) {
        (self.tensors, self.head, self.format, self.metadata) = (tensors, head, format, metadata)
    }
}
