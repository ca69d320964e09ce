package import Photos

/// Everything that people, the schedule and the guards have changed in a run's recipe. With the
/// rest of `RunProgress` this is all that resuming needs.
package struct Steering: Codable, Sendable, Equatable {
    package var schedule: LearningRateSchedule
    /// Batches completed since the schedule started.
    package var scheduleBatch = 0
    package var dropout: Double
    package var augmentation = AugmentationStrength()
    package var guards: Guards
    /// Epoch at which the current stage ends.
    package var stageEnd: Int
    /// Set when the stage is to end early: after the current batch and a validation.
    package var stageFinish: StageFinish?
    /// Epoch from which early stopping counts.
    package var patienceFrom = 0
    /// State of `reduceOnPlateau`: the loss that counts as the lowest, and the epochs without a
    /// lower one.
    var plateauLoss: Double?
    package var plateauEpochs = 0
    package var divergence = DivergenceRule()

    /// A request to end a stage early.
    package struct StageFinish: Codable, Sendable, Equatable {
        /// First layer to unfreeze in the next stage; nil for the configured one.
        package var layer: Int?

        package init(layer: Int? = nil) { self.layer = layer }
    }

    /// - Parameter progress: that of a new run, or one saved by a version without steering.
    package init(_ recipe: Recipe, _ progress: RunProgress) {
        schedule = recipe.schedule ?? .constant
        dropout = recipe.dropout
        guards = recipe.guards
        stageEnd =
            progress.stage == .head
            ? recipe.epochs : progress.stageFirstEpoch + max(1, recipe.fineTuneEpochs)
    }

    /// Resets everything that belongs to a single stage.
    package mutating func beginStage(ending end: Int) {
        (scheduleBatch, stageEnd, stageFinish) = (0, end, nil)
        (plateauLoss, plateauEpochs, divergence) = (nil, 0, DivergenceRule())
    }

    /// Makes the guards start over, because the weights were replaced.
    package mutating func forgetTheLosses(epoch: Int) {
        (patienceFrom, plateauEpochs, divergence) = (epoch, 0, DivergenceRule())
    }

    /// Records an epoch's validation loss like Keras' `ReduceLROnPlateau(min_delta=1e-4)`.
    ///
    /// - Returns: whether to lower the learning rate.
    package mutating func notePlateau(validationLoss: Double) -> Bool {
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
