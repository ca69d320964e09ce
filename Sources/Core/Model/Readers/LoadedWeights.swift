/// Weights read from a file, under the network's names and with its shapes.
public struct LoadedWeights: Sendable {
    /// All 260 tensors of the base.
    public var tensors: NamedTensors
    /// The dense layer on the 1280 features, if the file has exactly one: kernel [1280, classes],
    /// bias [classes].
    public var head: (kernel: Tensor, bias: Tensor)?
    /// Format of the file, for display, such as `Keras 3 .keras model`.
    public var format: String
    /// Header of a checkpoint written by this program; nil for other files.
    public var checkpoint: Checkpoint.Header?

    public init(
        tensors: NamedTensors, head: (kernel: Tensor, bias: Tensor)?, format: String,
        checkpoint: Checkpoint.Header? = nil
    ) {
        (self.tensors, self.head, self.format, self.checkpoint) = (tensors, head, format, checkpoint)
    }
}
