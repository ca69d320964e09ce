/// Everything that decides what a run computes; saved as the run's `config.json`.
public struct RunConfiguration: Codable, Sendable, Equatable {
    /// Epochs of stage 1, the head on the frozen base.
    public var epochs = 5
    /// Epochs of stage 2, fine-tuning.
    public var fineTuneEpochs = 5
    /// Index of the first layer of the base (0–153) that trains in stage 2.
    public var fineTuneAt = 100
    public var learningRate = 1e-3
    public var fineTuneLearningRate = 1e-5
    public var batchSize = 32
    /// Fraction of the photos kept for validation: the last ones of the shuffled list.
    public var validationSplit = 0.2
    public var dropout = 0.2
    /// Epochs without a lower validation loss after which a stage ends; nil never ends one early.
    public var earlyStop: Int?
    /// Epochs without a lower validation loss after which the learning rate falls to a tenth; nil: never.
    public var reduceOnPlateau: Int?
    /// Whether a diverging loss pauses (or, with nobody to act, fails) before it does harm; nil, as in the files of
    /// older versions: yes.
    public var divergenceGuard: Bool?
    /// How the rate moves within each stage; nil, as in the files of older versions: not at all.
    public var schedule: LearningRateSchedule?
    /// How often the run is saved between the ends of its epochs; nil: not at all.
    public var saveEvery: SaveInterval?
    /// Checkpoints kept besides the last and the best; nil, as in the files of older versions: the standard number.
    public var keepCheckpoints: Int?
    public var seed: UInt64 = 42
    /// Side of the square that every photo is resized to, in pixels.
    public var imageSize = 160
    /// The photo folder; nil: the cached flowers, fetched if need be.
    public var data: String?
    /// A list of photos to leave out (`ExclusionList`); the run keeps a copy of it. Nil: none.
    public var exclude: String?
    /// A weight file; nil: the cached ImageNet weights, fetched if need be.
    public var weights: String?
    /// Random base weights instead of ImageNet's, for a look at the program.
    public var demo = false

    public init() {}

    /// Epochs of both stages together.
    public var totalEpochs: Int { epochs + fineTuneEpochs }

    /// When the run is saved, and what is kept of that.
    public var checkpoints: CheckpointPolicy {
        CheckpointPolicy(every: saveEvery, keep: keepCheckpoints ?? CheckpointPolicy.standardKeep)
    }

    /// The guards that a run begins with.
    public var guards: Guards {
        Guards(divergence: divergenceGuard ?? true, earlyStop: earlyStop, reduceOnPlateau: reduceOnPlateau)
    }
}
