package import Basics
package import Network
package import Photos
package import Ranks
package import Recipes
package import Runs

/// An event of a training session for its front ends. `training` carries the stable, recorded
/// events; the others serve a screen and are not part of the JSON stream.
package enum SessionEvent: Sendable {
    /// Progress before the first batch: fetching weights and photos, decoding.
    case preparing(Preparation)
    /// Photos and network are ready; training follows.
    case ready(SessionContext)
    case training(TrainerEvent)
    /// An epoch has ended: the recorded event `TrainerEvent.epochEnded` with all that belongs to
    /// it. Sources that know its metrics only send `training` instead.
    case epochEnded(EpochOutcome)
    /// Predictions for the validation photos with the current weights, between the ends of epochs.
    case predictions(PredictionSet)
    /// Norms of the layers after the batch just reported.
    case layers(LayerReport)
    /// How the ranks of a job shared the batch just reported.
    case ranks(RankReport)
    /// The settings in force: at the start, and after each change.
    case settings(RecipeState)
    /// Progress or result of a learning rate sweep.
    case sweep(LearningRateSweep)
    case statusChanged(TrainerStatus)
    /// The session ended with an error.
    case failed(UserError)

    /// The event that is recorded; nil for one that serves screens only.
    package var recorded: TrainerEvent? {
        switch self {
        case .training(let event): event
        case .epochEnded(let outcome): .epochEnded(outcome.metrics)
        case .preparing, .ready, .predictions, .layers, .ranks, .settings, .sweep, .statusChanged, .failed:
            nil
        }
    }
}

package struct SessionContext: Sendable {
    package var run: String
    package var recipe: Recipe
    package var dataset: DatasetSummary
    package var weights: WeightsOrigin
    package var layers: [LayerSummary]
    /// Parameters of the head, all trainable.
    package var headParameters: Int
    /// Events of the earlier part of a resumed run, oldest first.
    package var history: [LoggedEvent]
    /// Predictions from that part; empty for a new run.
    package var predictions: PredictionHistory
    /// Seconds for which the run has been trained, in this session and before.
    package var seconds = 0.0
    /// Whether the events repeat the run from its start, for a front end that has shown it before.
    package var isAgain = false

    /// - Parameter predictions: nil for none yet.
    package init(
        run: String, recipe: Recipe, dataset: DatasetSummary, weights: WeightsOrigin,
        layers: [LayerSummary], headParameters: Int, history: [LoggedEvent],
        predictions: PredictionHistory? = nil
    ) {
        (self.run, self.recipe, self.dataset) = (run, recipe, dataset)
        (self.weights, self.layers) = (weights, layers)
        (self.headParameters, self.history) = (headParameters, history)
        self.predictions = predictions ?? PredictionHistory(dataset)
        seconds = history.trainedSeconds
    }
}
