package import Network
package import Recipes

/// The outcome of an epoch: its metrics, predictions and layer norms, which belong together.
package struct EpochOutcome: Sendable, Equatable {
    /// The recorded event.
    package var metrics: TrainerEvent.EpochEnded
    /// Predictions for the validation photos, from which the validation metrics were computed.
    package var predictions: PredictionSet
    /// Norms in the epoch's last batch; empty where none are known.
    package var layers: [LayerNorms]

    /// - Precondition: the predictions are those at the end of the same epoch.
    package init(metrics: TrainerEvent.EpochEnded, predictions: PredictionSet, layers: [LayerNorms]) {
        precondition(
            predictions.epoch == metrics.epoch + 1,
            "predictions after \(predictions.epoch) epochs for epoch \(metrics.epoch)")
        (self.metrics, self.predictions, self.layers) = (metrics, predictions, layers)
    }
}
