/// The settings in force: the recipe with all changes made so far.
public struct TrainerSettings: Codable, Sendable, Equatable {
    public var schedule: LearningRateSchedule
    /// Fraction of the features dropped in training.
    public var dropout: Double
    public var augmentation: AugmentationStrength
    public var guards: Guards
    /// The base rate, to which the schedule applies; each `batchEnded` has the rate in force.
    public var baseLearningRate: Double
    public var stage: Stage
    /// Epochs of stage 1, past and to come.
    public var headEpochs: Int
    /// Epochs of stage 2, past and to come.
    public var fineTuneEpochs: Int
    /// Epochs of both stages.
    public var totalEpochs: Int { headEpochs + fineTuneEpochs }

    public init(
        schedule: LearningRateSchedule, dropout: Double, augmentation: AugmentationStrength, guards: Guards,
        baseLearningRate: Double, stage: Stage, headEpochs: Int, fineTuneEpochs: Int
    ) {
        (self.schedule, self.dropout, self.augmentation, self.guards) = (
            schedule, dropout, augmentation, guards
        )
        (self.baseLearningRate, self.stage) = (baseLearningRate, stage)
        (self.headEpochs, self.fineTuneEpochs) = (headEpochs, fineTuneEpochs)
    }

    /// Creates the settings of a new run.
    public init(_ configuration: RunConfiguration) {
        var progress = TrainerProgress()
        progress.learningRate = configuration.learningRate
        self.init(configuration, progress)
    }

    /// Creates the settings stored in a checkpoint.
    init(_ configuration: RunConfiguration, _ progress: TrainerProgress) {
        let steering = progress.steering ?? Steering(configuration, progress)
        let isHead = progress.stage == .head
        self.init(
            schedule: steering.schedule, dropout: steering.dropout, augmentation: steering.augmentation,
            guards: steering.guards, baseLearningRate: progress.learningRate, stage: progress.stage,
            headEpochs: isHead ? steering.stageEnd : progress.stageFirstEpoch,
            fineTuneEpochs: isHead
                ? configuration.fineTuneEpochs : steering.stageEnd - progress.stageFirstEpoch)
    }
}
