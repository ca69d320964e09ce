/// What a person, the schedule and the guards have made of a run's recipe: with the rest of `TrainerProgress` all
/// that resuming needs.
struct Steering: Codable, Sendable, Equatable {
    var schedule: LearningRateSchedule
    /// Batches done since the schedule began.
    var scheduleBatch = 0
    var dropout: Double
    var augmentation = AugmentationStrength()
    var guards: Guards
    /// The epoch at which the current stage ends.
    var stageEnd: Int
    /// Set once the stage is to end before that: after its batch, with a validation.
    var stageFinish: StageFinish?
    /// The epoch from which early stopping counts.
    var patienceFrom = 0
    /// Of `reduceOnPlateau`: the loss that counts as the lowest, and the epochs without a lower one.
    var plateauLoss: Double?
    var plateauEpochs = 0
    var divergence = DivergenceRule()

    /// Why a stage ends early.
    struct StageFinish: Codable, Sendable, Equatable {
        /// Layer to unfreeze in the next stage; nil for the configured one.
        var layer: Int?
    }

    /// - Parameter progress: of a run that begins or was saved by an older version, which could not be steered so far.
    init(_ configuration: RunConfiguration, _ progress: TrainerProgress) {
        schedule = configuration.schedule ?? .constant
        dropout = configuration.dropout
        guards = configuration.guards
        stageEnd =
            progress.stage == .head
            ? configuration.epochs : progress.stageFirstEpoch + max(1, configuration.fineTuneEpochs)
    }

    /// What belongs to one stage begins anew with the next.
    mutating func beginStage(ending end: Int) {
        (scheduleBatch, stageEnd, stageFinish) = (0, end, nil)
        (plateauLoss, plateauEpochs, divergence) = (nil, 0, DivergenceRule())
    }

    /// Other weights than those that the guards watched.
    mutating func forgetTheLosses(epoch: Int) {
        (patienceFrom, plateauEpochs, divergence) = (epoch, 0, DivergenceRule())
    }

    /// Notes an epoch's validation loss as Keras' `ReduceLROnPlateau(min_delta=1e-4)` does.
    ///
    /// - Returns: whether the rate should fall.
    mutating func notePlateau(validationLoss: Double) -> Bool {
        if validationLoss < (plateauLoss ?? .infinity) - 1e-4 {
            (plateauLoss, plateauEpochs) = (validationLoss, 0)
            return false
        }
        plateauEpochs += 1
        guard let patience = guards.reduceOnPlateau, plateauEpochs >= patience else { return false }
        plateauEpochs = 0
        return true
    }
}
