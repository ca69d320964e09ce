/// Where a run stands between two batches: with the tensors, all that resuming needs.
public struct TrainerProgress: Codable, Sendable, Equatable {
    /// Epochs completed, over both stages.
    public var epoch = 0
    /// Batches done in the epoch that follows the completed ones.
    public var step = 0
    public var stage = Stage.head
    /// The epoch with which the stage began.
    public var stageFirstEpoch = 0
    /// First trainable layer of the base (0–153); nil while all of it is frozen.
    public var fineTuneAt: Int?
    /// The rate that the schedule works on.
    public var learningRate = 1e-3
    /// Adam's step count t, which starts again with each stage.
    public var adamStep = 0
    /// Sum over the examples of the unfinished epoch of their losses, in nats.
    public var epochLossSum = 0.0
    public var epochCorrect = 0
    public var epochExamples = 0
    /// Of the epoch with the lowest validation loss so far.
    public var bestValidationLoss: Double?
    public var bestValidationAccuracy: Double?
    public var bestEpoch: Int?
    public var lastValidationLoss: Double?
    public var lastValidationAccuracy: Double?
    /// Whether the run has done all its epochs.
    public var finished = false

    /// What was changed of the recipe; nil in the checkpoints of older versions.
    var steering: Steering?

    public init() {}

    /// The next epoch is the best so far.
    mutating func forgetBest() { (bestEpoch, bestValidationLoss, bestValidationAccuracy) = (nil, nil, nil) }

    /// Epochs since the lowest validation loss, at most those since the stage or `first` began.
    func epochsWithoutGain(since first: Int) -> Int {
        min(epoch - max(stageFirstEpoch, first), bestEpoch.map { epoch - 1 - $0 } ?? .max)
    }
}
