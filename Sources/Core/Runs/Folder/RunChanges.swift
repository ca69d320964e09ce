package import Network
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
    package var precision: Precision?

    package init() {}

    /// Returns the checkpoint with these settings.
    ///
    /// Settings of the checkpoint's current stage take effect at once. Another layer to fine-tune
    /// from starts a fresh optimizer, like `TrainerCommand.unfreeze`; another seed or batch size
    /// shuffles the photos differently, so an epoch that has begun starts over.
    ///
    /// - Throws: `RunFailure.nothingLeft` if nothing is left to train.
    package func applied(to checkpoint: Checkpoint) throws -> Checkpoint {
        var result = checkpoint
        var (recipe, state) = (checkpoint.header.recipe, checkpoint.header.state)
        var progress = checkpoint.header.progress
        let deals = (seed ?? recipe.seed, batchSize ?? recipe.batchSize)
        if deals != (recipe.seed, recipe.batchSize) {
            progress.beginEpoch()
        }
        (recipe.seed, recipe.batchSize) = deals
        recipe.epochs = epochs ?? recipe.epochs
        recipe.fineTuneEpochs = fineTuneEpochs ?? recipe.fineTuneEpochs
        recipe.fineTuneAt = fineTuneAt ?? recipe.fineTuneAt
        recipe.learningRate = learningRate ?? recipe.learningRate
        recipe.fineTuneLearningRate = fineTuneLearningRate ?? recipe.fineTuneLearningRate
        recipe.dropout = dropout ?? recipe.dropout
        recipe.basePrecision = precision ?? recipe.basePrecision
        recipe.schedule = schedule ?? recipe.schedule
        recipe.earlyStop = earlyStop ?? recipe.earlyStop
        recipe.reduceOnPlateau = reduceOnPlateau ?? recipe.reduceOnPlateau

        state.dropout = dropout ?? state.dropout
        if let schedule { (state.schedule, progress.scheduleBatch) = (schedule, 0) }
        state.guards.earlyStop = earlyStop ?? state.guards.earlyStop
        state.guards.reduceOnPlateau = reduceOnPlateau ?? state.guards.reduceOnPlateau
        state.fineTuneEpochs = fineTuneEpochs ?? state.fineTuneEpochs
        switch state.stage {
        case .head:
            if let learningRate { state.baseLearningRate = learningRate }
            state.headEpochs = epochs ?? state.headEpochs
        case .fineTune:
            if let fineTuneLearningRate { state.baseLearningRate = fineTuneLearningRate }
            if let fineTuneAt, fineTuneAt != state.fineTuneAt {
                (state.fineTuneAt, progress.adamStep) = (fineTuneAt, 0)
                result.tensors = result.tensors.filter { !$0.key.hasPrefix(Checkpoint.momentsPrefix) }
            }
        }
        if state.stageEnd > progress.epoch { state.stageFinish = nil }
        let isLeft =
            progress.epoch < state.stageEnd || state.stage == .head && recipe.fineTuneEpochs > 0
        guard isLeft else {
            throw RunFailure.nothingLeft(epochs: progress.epoch, stage: state.stage)
        }
        progress.finished = false
        result.header.recipe = recipe
        (result.header.state, result.header.progress) = (state, progress)
        return result
    }
}
