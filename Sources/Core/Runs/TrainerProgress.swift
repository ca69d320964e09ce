/// The position of a run between two batches: with the tensors, all that resuming needs.
public struct TrainerProgress: Codable, Sendable, Equatable {
    /// Epochs completed, over both stages.
    public var epoch = 0
    /// Batches completed in the next epoch.
    public var step = 0
    public var stage = Stage.head
    /// First epoch of the stage.
    public var stageFirstEpoch = 0
    /// First trainable layer of the base (0–153); nil while all of it is frozen.
    public var fineTuneAt: Int?
    /// The base rate, to which the schedule applies.
    public var learningRate = 1e-3
    /// Adam's step count t, which starts again with each new optimizer.
    public var adamStep = 0
    /// Sum of the losses of the unfinished epoch's examples, in nats.
    public var epochLossSum = 0.0
    public var epochCorrect = 0
    public var epochExamples = 0
    /// From the epoch with the lowest validation loss so far.
    public var bestValidationLoss: Double?
    public var bestValidationAccuracy: Double?
    public var bestEpoch: Int?
    public var lastValidationLoss: Double?
    public var lastValidationAccuracy: Double?
    /// Whether the run has completed all its epochs.
    public var finished = false

    /// Changes to the recipe; nil in checkpoints of older versions.
    var steering: Steering?

    public init() {}

    /// Makes the next epoch the best one so far.
    mutating func forgetBest() { (bestEpoch, bestValidationLoss, bestValidationAccuracy) = (nil, nil, nil) }

    /// Returns the epochs since the lowest validation loss, but at most those since the start of
    /// the stage or since `first`.
    func epochsWithoutGain(since first: Int) -> Int {
        min(epoch - max(stageFirstEpoch, first), bestEpoch.map { epoch - 1 - $0 } ?? .max)
    }
}
