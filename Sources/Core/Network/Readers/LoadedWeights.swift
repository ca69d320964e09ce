package import Basics

/// Weights read from a file, under the network's names and with its shapes, and the layers around
/// them.
package struct LoadedWeights: Sendable {
    /// All tensors of the base.
    package var tensors: NamedTensors
    /// The base that they belong to.
    package var architecture = Architecture.mobileNetV2
    /// The way from a photo to the base, from the file's configuration; nil without one.
    package var preprocessing: Preprocessing?
    /// The layers after the base; a failure that says why there are none, or none that can be
    /// computed. Without a configuration it is taken for the head of this program's runs.
    package var head: Result<ModelHead, UserError>
    /// How far a Keras model was trained, with the state of its Adam: nil without an optimizer, or a
    /// failure that says why it cannot be taken over.
    package var training: Result<ModelTraining?, WeightsFailure> = .success(nil)
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
