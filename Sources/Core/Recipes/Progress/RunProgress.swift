/// The position of a run between two batches: with the tensors, all that resuming needs.
package struct RunProgress: Codable, Sendable, Equatable {
    /// Epochs completed, over both stages.
    package var epoch = 0
    /// Batches completed in the next epoch.
    package var step = 0
    package var stage = Stage.head
    /// First epoch of the stage.
    package var stageFirstEpoch = 0
    /// First trainable layer of the base (0–153); nil while all of it is frozen.
    package var fineTuneAt: Int?
    /// The base rate, to which the schedule applies.
    package var learningRate = 1e-3
    /// Adam's step count t, which starts again with each new optimizer.
    package var adamStep = 0
    /// Sum of the losses of the unfinished epoch's examples, in nats.
    package var epochLossSum = 0.0
    package var epochCorrect = 0
    package var epochExamples = 0
    /// From the epoch with the lowest validation loss so far.
    package var bestValidationLoss: Double?
    package var bestValidationAccuracy: Double?
    package var bestEpoch: Int?
    package var lastValidationLoss: Double?
    package var lastValidationAccuracy: Double?
    /// Whether the run has completed all its epochs.
    package var finished = false

    /// Changes to the recipe; nil in checkpoints of older versions.
    package var steering: Steering?

    package init() {}

    /// Makes the next epoch the best one so far.
    package mutating func forgetBest() {
        (bestEpoch, bestValidationLoss, bestValidationAccuracy) = (nil, nil, nil)
    }

    /// Returns the epochs since the lowest validation loss, but at most those since the start of
    /// the stage or since `first`.
    package func epochsWithoutGain(since first: Int) -> Int {
        min(epoch - max(stageFirstEpoch, first), bestEpoch.map { epoch - 1 - $0 } ?? .max)
    }
}
