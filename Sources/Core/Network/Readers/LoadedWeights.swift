package import Basics

/// Weights read from a file, under the network's names and with its shapes.
package struct LoadedWeights: Sendable {
    /// All 260 tensors of the base.
    package var tensors: NamedTensors
    /// The dense layer on the 1280 features, if the file has exactly one: kernel [1280, classes],
    /// bias [classes].
    package var head: (kernel: Tensor, bias: Tensor)?
    package var format: WeightsFormat
    /// Metadata of a safetensors file; empty for other formats.
    package var metadata: [String: String]

    package init(
        tensors: NamedTensors, head: (kernel: Tensor, bias: Tensor)?, format: WeightsFormat,
        metadata: [String: String] = [:]
    ) {
        (self.tensors, self.head, self.format, self.metadata) = (tensors, head, format, metadata)
    }
}
