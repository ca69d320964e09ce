import Photos

/// The form of a run's state and progress in the header of a checkpoint, whose names never change.
struct SavedProgress: Codable {
    private var epoch: Int
    private var step: Int
    private var stage: Stage
    private var stageFirstEpoch: Int
    private var fineTuneAt: Int?
    private var learningRate: Double
    private var adamStep: Int
    private var epochLossSum: Double
    private var epochCorrect: Int
    private var epochExamples: Int
    private var bestValidationLoss: Double?
    private var bestValidationAccuracy: Double?
    private var bestEpoch: Int?
    private var bestByAccuracy: EpochScore?
    private var lastValidationLoss: Double?
    private var lastValidationAccuracy: Double?
    private var test: TestScore?
    private var finished: Bool
    /// Nil in files of versions in which nothing of this could change during a run.
    private var steering: Steering?

    private struct Steering: Codable {
        var schedule: LearningRateSchedule
        var scheduleBatch: Int
        var dropout: Double
        var augmentation: AugmentationStrength
        var guards: Guards
        var stageEnd: Int
        var stageFinish: RecipeState.StageFinish?
        var patienceFrom: Int
        var plateauLoss: Double?
        var plateauEpochs: Int
        var divergence: DivergenceRule
    }

    init(_ state: RecipeState, _ progress: RunProgress) {
        (epoch, step, adamStep) = (progress.epoch, progress.step, progress.adamStep)
        (stage, stageFirstEpoch) = (state.stage, state.stageFirstEpoch)
        (fineTuneAt, learningRate) = (state.fineTuneAt, state.baseLearningRate)
        (epochLossSum, epochCorrect) = (progress.epochLossSum, progress.epochCorrect)
        epochExamples = progress.epochExamples
        (bestEpoch, bestValidationLoss) = (progress.bestEpoch, progress.bestValidationLoss)
        bestValidationAccuracy = progress.bestValidationAccuracy
        bestByAccuracy = progress.bestByAccuracy
        lastValidationLoss = progress.lastValidationLoss
        lastValidationAccuracy = progress.lastValidationAccuracy
        (test, finished) = (progress.test, progress.finished)
        steering = Steering(
            schedule: state.schedule, scheduleBatch: progress.scheduleBatch, dropout: state.dropout,
            augmentation: state.augmentation, guards: state.guards, stageEnd: state.stageEnd,
            stageFinish: state.stageFinish, patienceFrom: progress.patienceFrom,
            plateauLoss: progress.plateauLoss, plateauEpochs: progress.plateauEpochs,
            divergence: progress.divergence)
    }

    var progress: RunProgress {
        var result = RunProgress()
        (result.epoch, result.step, result.adamStep) = (epoch, step, adamStep)
        (result.epochLossSum, result.epochCorrect) = (epochLossSum, epochCorrect)
        result.epochExamples = epochExamples
        (result.bestEpoch, result.bestValidationLoss) = (bestEpoch, bestValidationLoss)
        result.bestValidationAccuracy = bestValidationAccuracy
        result.bestByAccuracy = bestByAccuracy
        result.lastValidationLoss = lastValidationLoss
        result.lastValidationAccuracy = lastValidationAccuracy
        (result.test, result.finished) = (test, finished)
        if let steering {
            (result.scheduleBatch, result.patienceFrom) = (steering.scheduleBatch, steering.patienceFrom)
            (result.plateauLoss, result.plateauEpochs) = (steering.plateauLoss, steering.plateauEpochs)
            result.divergence = steering.divergence
        }
        return result
    }

    /// Returns the state, in which the recipe fills in what the file does not hold.
    func state(_ recipe: Recipe) -> RecipeState {
        var result = RecipeState(recipe)
        (result.stage, result.fineTuneAt, result.baseLearningRate) = (stage, fineTuneAt, learningRate)
        if stage == .fineTune {
            (result.headEpochs, result.fineTuneEpochs) = (stageFirstEpoch, max(1, recipe.fineTuneEpochs))
        }
        guard let steering else { return result }
        (result.schedule, result.dropout, result.guards) = (
            steering.schedule, steering.dropout, steering.guards
        )
        (result.augmentation, result.stageFinish) = (steering.augmentation, steering.stageFinish)
        switch stage {
        case .head: result.headEpochs = steering.stageEnd
        // Wraps around for impossible numbers, which are refused later.
        case .fineTune: result.fineTuneEpochs = steering.stageEnd &- stageFirstEpoch
        }
        return result
    }
}
