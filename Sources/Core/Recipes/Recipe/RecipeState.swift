package import Photos

/// The settings in force: the recipe with all changes made so far.
package struct RecipeState: Codable, Sendable, Equatable {
    package var schedule: LearningRateSchedule
    /// Fraction of the features dropped in training.
    package var dropout: Double
    package var augmentation: AugmentationStrength
    package var guards: Guards
    /// The base rate, to which the schedule applies; each `batchEnded` has the rate in force.
    package var baseLearningRate: Double
    package var stage: Stage
    /// Epochs of stage 1, past and to come.
    package var headEpochs: Int
    /// Epochs of stage 2, past and to come.
    package var fineTuneEpochs: Int
    /// Epochs of both stages.
    package var totalEpochs: Int { headEpochs + fineTuneEpochs }

    package init(
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
    package init(_ recipe: Recipe) {
        var progress = RunProgress()
        progress.learningRate = recipe.learningRate
        self.init(recipe, progress)
    }

    /// Creates the settings stored in a checkpoint.
    package init(_ recipe: Recipe, _ progress: RunProgress) {
        let steering = progress.steering ?? Steering(recipe, progress)
        let isHead = progress.stage == .head
        self.init(
            schedule: steering.schedule, dropout: steering.dropout, augmentation: steering.augmentation,
            guards: steering.guards, baseLearningRate: progress.learningRate, stage: progress.stage,
            headEpochs: isHead ? steering.stageEnd : progress.stageFirstEpoch,
            fineTuneEpochs: isHead
                ? recipe.fineTuneEpochs : steering.stageEnd - progress.stageFirstEpoch)
    }
}
