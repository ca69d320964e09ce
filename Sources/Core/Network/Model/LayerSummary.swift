/// One of the base's layers, as in the summary.
package struct LayerSummary: Sendable, Equatable {
    /// Index in Keras' order.
    package var index: Int
    /// Keras' name, such as `block_11_expand_relu`.
    package var name: String
    /// Keras' class, such as `DepthwiseConv2D`.
    package var kind: String
    /// Height, width, channels of the output.
    package var outputShape: [Int]
    package var parameters: Int
    /// Number of `parameters` that train when the layer is unfrozen; the moving statistics of batch
    /// normalisation never do.
    package var trainableParameters: Int

    package init(
        index: Int, name: String, kind: String, outputShape: [Int], parameters: Int, trainableParameters: Int
    ) {
        (self.index, self.name, self.kind) = (index, name, kind)
        (self.outputShape, self.parameters) = (outputShape, parameters)
        self.trainableParameters = trainableParameters
    }
}
