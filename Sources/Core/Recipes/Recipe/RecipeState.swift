package import Photos

/// The settings in force between two batches: the recipe with every change made so far by people,
/// the guards and the stages.
///
/// The trainer works from it, checkpoints keep it, and front ends receive it when it changes.
package struct RecipeState: Codable, Sendable, Equatable {
    package var schedule: LearningRateSchedule
    /// Fraction of the features dropped in training.
    package var dropout: Double
    package var augmentation = AugmentationStrength()
    package var guards: Guards
    /// The base rate, to which the schedule applies; each `batchEnded` has the rate in force.
    package var baseLearningRate: Double
    package var stage = Stage.head
    /// First trainable layer of the base; nil while all of it is frozen.
    package var fineTuneAt: Int?
    /// Epochs of stage 1, past and to come.
    package var headEpochs: Int
    /// Epochs of stage 2, past and to come.
    package var fineTuneEpochs: Int
    /// Set when the stage is to end early: after the current batch and a validation.
    package var stageFinish: StageFinish?

    /// A request to end a stage early.
    package struct StageFinish: Codable, Sendable, Equatable {
        /// First layer to unfreeze in the next stage; nil for the configured one.
        package var layer: Int?

        package init(layer: Int? = nil) { self.layer = layer }
    }

    /// Creates the state of a new run.
    package init(_ recipe: Recipe) {
        (schedule, dropout, guards) = (recipe.schedule ?? .constant, recipe.dropout, recipe.guards)
        augmentation = recipe.augmentation ?? AugmentationStrength()
        baseLearningRate = recipe.learningRate
        (headEpochs, fineTuneEpochs) = (recipe.epochs, recipe.fineTuneEpochs)
    }

    /// Epochs of both stages.
    package var totalEpochs: Int { headEpochs + fineTuneEpochs }

    /// First epoch of the stage.
    package var stageFirstEpoch: Int { stage == .head ? 0 : headEpochs }

    /// Epoch at which the stage ends.
    package var stageEnd: Int {
        get { stage == .head ? headEpochs : totalEpochs }
        set {
            switch stage {
            case .head: headEpochs = newValue
            case .fineTune: fineTuneEpochs = newValue - headEpochs
            }
        }
    }

    /// Enters stage 2.
    ///
    /// - Parameters:
    ///   - layer: the first layer that trains.
    ///   - epoch: the stage's first epoch.
    package mutating func beginFineTuning(from layer: Int, epoch: Int, _ recipe: Recipe) {
        (stage, stageFinish, fineTuneAt) = (.fineTune, nil, layer)
        baseLearningRate = recipe.fineTuneLearningRate
        (headEpochs, fineTuneEpochs) = (epoch, max(1, recipe.fineTuneEpochs))
    }
}
