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
        var (configuration, progress) = (checkpoint.header.configuration, checkpoint.header.progress)
        var steering = progress.steering ?? Steering(configuration, progress)
        let deals = (seed ?? configuration.seed, batchSize ?? configuration.batchSize)
        if deals != (configuration.seed, configuration.batchSize) {
            (progress.step, progress.epochLossSum, progress.epochCorrect, progress.epochExamples) = (
                0, 0, 0, 0
            )
        }
        (configuration.seed, configuration.batchSize) = deals
        configuration.epochs = epochs ?? configuration.epochs
        configuration.fineTuneEpochs = fineTuneEpochs ?? configuration.fineTuneEpochs
        configuration.fineTuneAt = fineTuneAt ?? configuration.fineTuneAt
        configuration.learningRate = learningRate ?? configuration.learningRate
        configuration.fineTuneLearningRate = fineTuneLearningRate ?? configuration.fineTuneLearningRate
        configuration.dropout = dropout ?? configuration.dropout
        configuration.schedule = schedule ?? configuration.schedule
        configuration.earlyStop = earlyStop ?? configuration.earlyStop
        configuration.reduceOnPlateau = reduceOnPlateau ?? configuration.reduceOnPlateau

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
            progress.epoch < steering.stageEnd || progress.stage == .head && configuration.fineTuneEpochs > 0
        guard isLeft else {
            throw NothingLeft(epochs: progress.epoch, stage: progress.stage)
        }
        progress.finished = false
        progress.steering = steering
        (result.header.configuration, result.header.progress) = (configuration, progress)
        return result
    }
}
