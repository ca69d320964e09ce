/// The norms of one layer's weights, of their gradient and of the last batch's update. Norms are
/// Euclidean, over the layer's trainable parameters: a kernel; γ and β of a batch normalisation;
/// kernel and bias of the head.
package struct LayerNorms: Codable, Sendable, Equatable {
    /// Index of a layer of the base, or for the head `Backbone.headLayer`.
    package var layer: Int
    package var weightNorm: Float
    /// Nil while the layer is frozen, and before the first batch.
    package var gradientNorm: Float?
    /// Norm of the optimizer's step divided by that of the weights; for Adam about 1e-3 is healthy,
    /// and 0.1 far too fast.
    package var updateRatio: Float?
    /// The distribution of the weights, once an epoch, of layers that train.
    package var histogram: LayerHistogram?

    package init(layer: Int, weightNorm: Float, gradientNorm: Float? = nil, updateRatio: Float? = nil) {
        (self.layer, self.weightNorm) = (layer, weightNorm)
        (self.gradientNorm, self.updateRatio) = (gradientNorm, updateRatio)
    }

    init(layer: Int, _ sums: Adam.Sums) {
        let weightNorm = Float(sums.weights.squareRoot())
        let update = Float(sums.updates.squareRoot())
        self.init(
            layer: layer, weightNorm: weightNorm, gradientNorm: Float(sums.gradients.squareRoot()),
            updateRatio: weightNorm > 0 ? update / weightNorm : nil)
    }
}

/// `LayerNorms` of all layers with weights, ascending, after a batch.
package struct LayerReport: Codable, Sendable, Equatable {
    /// Epochs completed; `step` is the number of batches done of the next one.
    package var epoch: Int
    package var step: Int
    package var layers: [LayerNorms]

    package init(epoch: Int, step: Int, layers: [LayerNorms]) {
        (self.epoch, self.step, self.layers) = (epoch, step, layers)
    }
}
