/// Class probabilities of photos for one set of weights.
package struct PredictionSet: Sendable, Equatable {
    /// Epochs completed when they were computed.
    package var epoch: Int
    package var predictions: [Prediction]

    package init(epoch: Int, predictions: [Prediction]) {
        (self.epoch, self.predictions) = (epoch, predictions)
    }
}
