/// The result of a run's best weights on the test photos, which nothing before the end of the run has
/// used.
package struct TestScore: Codable, Sendable, Equatable {
    /// Mean cross-entropy in nats.
    package var loss: Double
    package var accuracy: Double
    package var images: Int
    /// Epochs that the weights had trained for.
    package var epoch: Int

    package init(loss: Double, accuracy: Double, images: Int, epoch: Int) {
        (self.loss, self.accuracy, self.images, self.epoch) = (loss, accuracy, images, epoch)
    }
}
