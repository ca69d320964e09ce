package import Recipes

/// Changed settings for a run that branches from a checkpoint; nil keeps the checkpoint's value.
package struct RunChanges: Sendable, Equatable {
    package var epochs: Int?
    package var fineTuneEpochs: Int?
    package var fineTuneAt: Int?
    package var learningRate: Double?
    package var fineTuneLearningRate: Double?
    package var batchSize: Int?
    package var dropout: Double?
    package var earlyStop: Int?
    package var reduceOnPlateau: Int?
    package var schedule: LearningRateSchedule?
    package var seed: UInt64?

    package init() {}

    /// All epochs of a checkpoint are done, and the changes add none to its stage.
    package struct NothingLeft: Error, Equatable {
        package var epochs: Int
        package var stage: Stage
    }

    /// Returns the checkpoint with these settings.
    ///
    /// Settings of the checkpoint's current stage take effect at once. Another layer to fine-tune
    /// from starts a fresh optimizer, like `TrainerCommand.unfreeze`; another seed or batch size
    /// shuffles the photos differently, so an epoch that has begun starts over.
    ///
    /// - Throws: `NothingLeft` if nothing is left to train.
    func applied(to checkpoint: Checkpoint) throws -> Checkpoint {
        var result = checkpoint
        var (recipe, progress) = (checkpoint.header.recipe, checkpoint.header.progress)
        var steering = progress.steering ?? Steering(recipe, progress)
        let deals = (seed ?? recipe.seed, batchSize ?? recipe.batchSize)
        if deals != (recipe.seed, recipe.batchSize) {
            (progress.step, progress.epochLossSum, progress.epochCorrect, progress.epochExamples) = (
                0, 0, 0, 0
            )
        }
        (recipe.seed, recipe.batchSize) = deals
        recipe.epochs = epochs ?? recipe.epochs
        recipe.fineTuneEpochs = fineTuneEpochs ?? recipe.fineTuneEpochs
        recipe.fineTuneAt = fineTuneAt ?? recipe.fineTuneAt
        recipe.learningRate = learningRate ?? recipe.learningRate
        recipe.fineTuneLearningRate = fineTuneLearningRate ?? recipe.fineTuneLearningRate
        recipe.dropout = dropout ?? recipe.dropout
        recipe.schedule = schedule ?? recipe.schedule
        recipe.earlyStop = earlyStop ?? recipe.earlyStop
        recipe.reduceOnPlateau = reduceOnPlateau ?? recipe.reduceOnPlateau

        steering.dropout = dropout ?? steering.dropout
        if let schedule { (steering.schedule, steering.scheduleBatch) = (schedule, 0) }
        steering.guards.earlyStop = earlyStop ?? steering.guards.earlyStop
        steering.guards.reduceOnPlateau = reduceOnPlateau ?? steering.guards.reduceOnPlateau
        switch progress.stage {
        case .head:
            if let learningRate { progress.learningRate = learningRate }
            if let epochs { steering.stageEnd = epochs }
        case .fineTune:
            if let fineTuneLearningRate { progress.learningRate = fineTuneLearningRate }
            if let fineTuneEpochs { steering.stageEnd = progress.stageFirstEpoch + fineTuneEpochs }
            if let fineTuneAt, fineTuneAt != progress.fineTuneAt {
                (progress.fineTuneAt, progress.adamStep) = (fineTuneAt, 0)
                result.tensors = result.tensors.filter { !$0.key.hasPrefix(Checkpoint.momentsPrefix) }
            }
        }
        if steering.stageEnd > progress.epoch { steering.stageFinish = nil }
        let isLeft =
            progress.epoch < steering.stageEnd || progress.stage == .head && recipe.fineTuneEpochs > 0
        guard isLeft else {
            throw NothingLeft(epochs: progress.epoch, stage: progress.stage)
        }
        progress.finished = false
        progress.steering = steering
        (result.header.recipe, result.header.progress) = (recipe, progress)
        return result
    }
}
