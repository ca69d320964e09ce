import Basics
import Foundation
import Network
import Photos
import Ranks
import Recipes
import Runs

/// One epoch: batches, validation, checkpoint.
extension Trainer {
    var steps: Int { (dataset.trainingCount + engine.batchSize - 1) / engine.batchSize }

    /// The learning rate of the next batch.
    var learningRate: Double {
        let left = (state.stageEnd - progress.epoch) * steps - progress.step
        let factor = state.schedule.factor(
            batch: progress.scheduleBatch, of: progress.scheduleBatch + max(0, left), batchesPerEpoch: steps)
        return state.baseLearningRate * factor
    }

    /// Trains the rest of the current epoch, validates and saves.
    ///
    /// - Returns: false if the run was asked to end.
    func trainEpoch() throws -> Bool {
        let draws = epochDraws
        var seconds = 0.0
        let firstExamples = progress.epochExamples
        while progress.step < steps {
            guard obeyCommands() else { return false }
            if state.stageFinish != nil || progress.epoch >= state.stageEnd { break }
            let start = ContinuousClock.now
            let batch = plan(progress.step, of: draws)
            let rate = learningRate
            let result = trainBatch(
                batch, learningRate: rate, dropout: .dropout,
                next: progress.step + 1 < steps ? plan(progress.step + 1, of: draws) : nil,
                accepts: accepts(batch.count))
            var lost: RankFailure?
            do {
                try compareRanks(batch.count, seconds: start.duration(to: .now).seconds)
            } catch let failure as RankFailure where result.gradientNorm != nil {
                // The step was taken, and so the batch counts in what is saved.
                lost = failure
            }
            if result.gradientNorm == nil, state.guards.divergence {
                try reportDivergence(result, photos: batch.count)
                continue
            }
            if !result.isFinite, progress.epochLossSum.isFinite {
                warn(.batchesNotApplied(epoch: place.epoch, batch: place.batch))
            }
            progress.step += 1
            progress.epochLossSum += result.lossSum
            progress.epochCorrect += result.correct
            progress.epochExamples += batch.count
            seconds += start.duration(to: .now).seconds
            report(
                result, batch.count, learningRate: rate,
                imagesPerSecond: Double(progress.epochExamples - firstExamples) / max(seconds, 1e-9))
            if result.isFinite { progress.divergence.note(loss: result.lossSum / Double(batch.count)) }
            advanceSchedule()
            if let lost { throw lost }
            // The end of an epoch saves anyway.
            if progress.step < steps {
                perform(
                    recipe.checkpoints.afterBatch(
                        progress.epoch * steps + progress.step,
                        secondsSinceSave: savedAt.duration(to: .now).seconds))
            }
            if pausesAfterStep {
                pausesAfterStep = false
                setPaused(true)
            }
        }
        // A stage that was finished before its next epoch began has nothing to validate.
        if progress.epochExamples == 0 { return true }
        let rate = Double(progress.epochExamples - firstExamples) / max(seconds, 1e-9)
        guard try finishEpoch(trainSeconds: seconds, imagesPerSecond: rate) else { return false }
        if pausesAfterEpoch { setPaused(true) }
        return true
    }

    /// The epoch's photos, in order.
    private var epochDraws: [Draw] {
        if recipe.balancedSampling == true {
            return BalancedOrder(
                labels: (0..<dataset.trainingCount).map { dataset.photos[$0].label }, seed: recipe.seed
            ).draws(epoch: progress.epoch)
        }
        var random = CounterRandom(seed: recipe.seed, purpose: .shuffle, epoch: progress.epoch)
        return random.permutation(dataset.trainingCount).map { Draw($0) }
    }

    private func plan(_ step: Int, of draws: [Draw]) -> BatchPlan {
        let first = step * engine.batchSize
        return BatchPlan(
            draws: Array(draws[first..<min(first + engine.batchSize, draws.count)]), epoch: progress.epoch,
            step: step, strength: state.augmentation, augmentation: .augmentation, mixup: .mixup)
    }

    /// Trains one batch of photos, with dropout's random numbers keyed by the plan's epoch and `dropout`.
    ///
    /// - Parameter next: the batch that comes next unless a command changes it, which ranks begin with
    ///   while they wait for each other.
    func trainBatch(
        _ plan: BatchPlan, learningRate: Double, dropout: RandomPurpose, next: BatchPlan? = nil,
        accepts: (TrainingEngine.BatchResult) -> Bool = { _ in true }
    ) -> TrainingEngine.BatchResult {
        let (seed, keys) = (recipe.seed, plan.keys(photos: dataset.trainingCount))
        let drops = (
            rate: Float(state.dropout),
            random: { CounterRandom(seed: seed, purpose: dropout, epoch: plan.epoch, item: keys[$0]) }
        )
        let begun = begunBatch
        begunBatch = nil
        let isNext = begun?.plan == plan
        let batch = isNext ? begun!.batch : makeBatch(plan)
        return engine.train(
            batch, learningRate: learningRate, dropout: drops, accepts: accepts, isNext: isNext
        ) {
            guard let next else { return nil }
            let batch = makeBatch(next)
            begunBatch = (next, batch)
            return batch
        }
    }

    /// Returns a batch of photos with their random changes. Where photos are mixed, it takes the memory of
    /// the one before.
    private func makeBatch(_ plan: BatchPlan) -> any LabelledBatch {
        let (seed, keys) = (recipe.seed, plan.keys(photos: dataset.trainingCount))
        let batch = PhotoBatch(dataset: dataset, photos: plan.draws.map(\.photo)) { item in
            var random = CounterRandom(
                seed: seed, purpose: plan.augmentation, epoch: plan.epoch, item: keys[item])
            return Augmentation(random: &random, strength: plan.strength)
        }
        var random = CounterRandom(seed: seed, purpose: plan.mixup, epoch: plan.epoch, item: plan.step)
        guard let mixture = Mixture(plan.strength, size: dataset.imageSize, random: &random)
        else { return batch }
        let memory =
            mixing
            ?? MixedBatch.Memory(
                photos: engine.batchSize, side: dataset.imageSize, workers: engine.pool.count)
        mixing = memory
        return MixedBatch(
            batch, mixture, in: memory, for: engine.ownPhotos(of: batch.count), pool: engine.pool)
    }

    private func report(
        _ result: TrainingEngine.BatchResult, _ photos: Int, learningRate: Double, imagesPerSecond: Double
    ) {
        let examples = Double(progress.epochExamples)
        hooks.emit(
            .training(
                .batchEnded(
                    .init(
                        epoch: progress.epoch, step: progress.step, steps: steps,
                        loss: progress.epochLossSum / examples,
                        accuracy: Double(progress.epochCorrect) / examples,
                        batchLoss: result.lossSum / Double(photos), learningRate: learningRate,
                        imagesPerSecond: imagesPerSecond, gradientNorm: result.gradientNorm))))
        layerNorms = engine.layerNorms(withHistograms: progress.step == steps)
        hooks.emit(.layers(LayerReport(epoch: progress.epoch, step: progress.step, layers: layerNorms)))
    }

    /// Counts a batch for the schedule and reports a jump in the rate.
    private func advanceSchedule() {
        progress.scheduleBatch += 1
        let isLastOfStage = progress.step == steps && progress.epoch + 1 >= state.stageEnd
        guard !isLastOfStage,
            let change = state.schedule.change(at: progress.scheduleBatch, batchesPerEpoch: steps)
        else { return }
        report(
            .setLearningRate(learningRate), by: .schedule,
            before: (state.baseLearningRate * change.before).learningRateText,
            after: (state.baseLearningRate * change.after).learningRateText)
    }

    /// Validates, reports and saves. Returns false if the run was asked to stop during the
    /// validation.
    private func finishEpoch(trainSeconds: Double, imagesPerSecond: Double) throws -> Bool {
        setStatus(.validating)
        let start = ContinuousClock.now
        guard let validation = try validate(epoch: progress.epoch + 1) else { return false }
        let (loss, accuracy) = (validation.loss, validation.accuracy)
        let examples = Double(progress.epochExamples)
        let metrics = TrainerEvent.EpochEnded(
            epoch: progress.epoch, stage: state.stage, trainLoss: progress.epochLossSum / examples,
            trainAccuracy: Double(progress.epochCorrect) / examples, validationLoss: loss,
            validationAccuracy: accuracy, trainSeconds: trainSeconds,
            validationSeconds: start.duration(to: .now).seconds, imagesPerSecond: imagesPerSecond)
        progress.epoch += 1
        progress.beginEpoch()
        (progress.lastValidationLoss, progress.lastValidationAccuracy) = (loss, accuracy)
        let isBest = progress.note(metrics.score).contains(recipe.bestMeasure)
        hooks.emit(
            .epochEnded(
                EpochOutcome(metrics: metrics, predictions: validation.predictions, layers: layerNorms)))
        for problem in dataset.takeProblems() { emit(TrainerEvent.Warning(problem)) }
        guardAgainstPlateaus(validationLoss: loss)
        perform(recipe.checkpoints.afterEpoch(isBest: isBest))
        return true
    }

    struct Validation {
        /// Means over the validation photos, the loss in nats.
        var loss: Double
        var accuracy: Double
        var predictions: PredictionSet
    }

    /// Predicts the validation photos, by the averages of the weights if there are any; nil if the run
    /// was asked to stop meanwhile.
    ///
    /// - Parameters:
    ///   - epoch: epochs that the weights have trained for.
    ///   - views: what is averaged for each photo.
    func validate(epoch: Int, views: TestTimeViews = .plain) throws -> Validation? {
        let first = dataset.trainingCount
        let count = dataset.validationCount
        let photos = PhotoBatch(dataset: dataset, photos: Array(first..<first + count))
        let isCancelled = { [mailbox] in mailbox.stopRequest != nil }
        let probabilities = engine.withAverages {
            let plain = engine.predict(photos, keepsActivations: true, isCancelled: isCancelled)
            return views.mean(plain) { engine.predict(MirroredBatch(photos), isCancelled: isCancelled) }
        }
        commands.agreeOnStop()
        try ranks?.check()
        if commands.stopRequest != nil { return nil }
        try checkPhotos()
        let labels = (first..<first + count).map { dataset.photos[$0].label }
        let classes = dataset.classes.count
        let (loss, correct) = TrainingEngine.score(probabilities, labels, images: count, classes: classes)
        return Validation(
            loss: loss / Double(count), accuracy: Double(correct) / Double(count),
            predictions: PredictionSet(
                epoch: epoch,
                predictions: labels.indices.map { i in
                    Prediction(
                        photo: first + i, label: labels[i],
                        probabilities: Array(probabilities[i * classes..<(i + 1) * classes]))
                }))
    }
}
