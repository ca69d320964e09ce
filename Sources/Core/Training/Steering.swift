/// Everything that people, the schedule and the guards have changed in a run's recipe. With the
/// rest of `TrainerProgress` this is all that resuming needs.
struct Steering: Codable, Sendable, Equatable {
    var schedule: LearningRateSchedule
    /// Batches completed since the schedule started.
    var scheduleBatch = 0
    var dropout: Double
    var augmentation = AugmentationStrength()
    var guards: Guards
    /// Epoch at which the current stage ends.
    var stageEnd: Int
    /// Set when the stage is to end early: after the current batch and a validation.
    var stageFinish: StageFinish?
    /// Epoch from which early stopping counts.
    var patienceFrom = 0
    /// State of `reduceOnPlateau`: the loss that counts as the lowest, and the epochs without a
    /// lower one.
    var plateauLoss: Double?
    var plateauEpochs = 0
    var divergence = DivergenceRule()

    /// A request to end a stage early.
    struct StageFinish: Codable, Sendable, Equatable {
        /// First layer to unfreeze in the next stage; nil for the configured one.
        var layer: Int?
    }

    /// - Parameter progress: that of a new run, or one saved by a version without steering.
    init(_ configuration: RunConfiguration, _ progress: TrainerProgress) {
        schedule = configuration.schedule ?? .constant
        dropout = configuration.dropout
        guards = configuration.guards
        stageEnd =
            progress.stage == .head
            ? configuration.epochs : progress.stageFirstEpoch + max(1, configuration.fineTuneEpochs)
    }

    /// Resets everything that belongs to a single stage.
    mutating func beginStage(ending end: Int) {
        (scheduleBatch, stageEnd, stageFinish) = (0, end, nil)
        (plateauLoss, plateauEpochs, divergence) = (nil, 0, DivergenceRule())
    }

    /// Makes the guards start over, because the weights were replaced.
    mutating func forgetTheLosses(epoch: Int) {
        (patienceFrom, plateauEpochs, divergence) = (epoch, 0, DivergenceRule())
    }

    /// Records an epoch's validation loss like Keras' `ReduceLROnPlateau(min_delta=1e-4)`.
    ///
    /// - Returns: whether to lower the learning rate.
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
