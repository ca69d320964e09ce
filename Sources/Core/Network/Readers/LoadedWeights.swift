package import Basics

/// Weights read from a file, under the network's names and with its shapes, and the layers around
/// them.
package struct LoadedWeights: Sendable {
    /// All 260 tensors of the base.
    package var tensors: NamedTensors
    /// The way from a photo to the base, from the file's configuration; nil without one.
    package var preprocessing: Preprocessing?
    /// The layers after the base; a failure that says why there are none, or none that can be
    /// computed. Without a configuration it is taken for the head of this program's runs.
    package var head: Result<ModelHead, UserError>
    package var format: WeightsFormat
    /// Metadata of a safetensors file; empty for other formats.
    package var metadata: [String: String]

    package init(
        tensors: NamedTensors, preprocessing: Preprocessing? = nil, head: Result<ModelHead, UserError>,
        format: WeightsFormat, metadata: [String: String] = [:]
    ) {
        (self.tensors, self.preprocessing, self.head) = (tensors, preprocessing, head)
        (self.format, self.metadata) = (format, metadata)
    }
}
