import Foundation

/// The recipe: stage 1 trains the head on the frozen base, stage 2 fine-tunes the top of the base
/// with a fresh Adam; a validation pass after each epoch and a final evaluation.
///
/// `run` belongs to one thread and knows no screen: it reports through `Hooks` and reads its
/// commands from the mailbox between batches. Everything random is keyed by seed, epoch and
/// photo, so a run that is resumed continues with the same bits.
final class Trainer {
    /// How a trainer reaches the outside.
    struct Hooks {
        var emit: (SessionEvent) -> Void
        /// Saves a checkpoint as the last (and, for `.best`, also the best) and returns its path.
        var save: (Checkpoint, CheckpointReason) throws -> String
        /// Pause when the loss is no longer a number, rather than fail: somebody can act.
        var isInteractive = false
    }

    /// A photo turned out to be unusable when it was first read: the run begins again without it, as it would have
    /// if that had been known.
    struct UnusablePhoto: Error {}

    let configuration: RunConfiguration
    private let dataset: Dataset
    let engine: TrainingEngine
    let mailbox: CommandMailbox
    let hooks: Hooks
    private let run: String
    private let weights: String
    var progress = TrainerProgress()
    /// The epoch at which the current stage ends.
    private var stageEnd = 0
    var isPaused = false
    var pausesAfterStep = false
    /// Set by a command that ends the stage: the layer to unfreeze, or nil for the configured one.
    var stageFinish: (layer: Int?, Void)?
    var status = TrainerStatus.preparing

    /// - Parameters:
    ///   - tensors: base weights; `dense/…` in it, if any, is used for the head as well.
    ///   - checkpoint: where a resumed run stood; its tensors replace `tensors`.
    init(
        run: String, configuration: RunConfiguration, dataset: Dataset, tensors: NamedTensors, weights: String,
        resuming checkpoint: Checkpoint? = nil, threads: Int = WorkerPool.coreCount, mailbox: CommandMailbox,
        hooks: Hooks
    ) {
        (self.run, self.configuration, self.dataset, self.weights) = (run, configuration, dataset, weights)
        (self.mailbox, self.hooks) = (mailbox, hooks)
        engine = TrainingEngine(
            network: MobileNetV2(imageSize: configuration.imageSize), tensors: checkpoint?.tensors ?? tensors,
            classes: dataset.classes.count, batchSize: min(configuration.batchSize, dataset.trainingCount),
            threads: threads)
        if let checkpoint {
            progress = checkpoint.header.progress
            engine.loadHead(checkpoint.tensors)
            if let layer = progress.fineTuneAt { engine.unfreeze(from: layer) }
            engine.adamStep = progress.adamStep
            engine.loadOptimizer(
                Dictionary(
                    uniqueKeysWithValues: checkpoint.tensors.compactMap { name, tensor in
                        name.hasPrefix(Checkpoint.momentsPrefix)
                            ? (String(name.dropFirst(Checkpoint.momentsPrefix.count)), tensor) : nil
                    }))
            stageEnd =
                progress.stage == .head
                ? configuration.epochs : progress.stageFirstEpoch + max(1, configuration.fineTuneEpochs)
        } else {
            engine.head.initialize(seed: configuration.seed)
            progress.learningRate = configuration.learningRate
            stageEnd = configuration.epochs
        }
    }

    /// Trains to the end, or until it is stopped.
    ///
    /// - Throws: `UserError` when a checkpoint cannot be written or the loss diverged without anyone to act;
    ///   `UnusablePhoto`.
    func train(isResumed: Bool = false) throws -> RunEndReason {
        hooks.emit(
            .training(
                .runStarted(
                    .init(
                        run: run, data: dataset.synthetic ? dataset.name : dataset.path, weights: weights,
                        trainImages: dataset.trainingCount, validationImages: dataset.validationCount,
                        classes: dataset.classes))))
        if progress.finished { return try end(.finished) }
        // A run that was killed right after stage 1's last checkpoint goes on with stage 2.
        let isBetweenStages =
            progress.stage == .head && progress.epoch >= configuration.epochs && configuration.fineTuneEpochs > 0
        if isResumed, !isBetweenStages {
            announceStage()
        } else if configuration.epochs > 0, !isBetweenStages {
            announceStage()
        } else {
            startFineTuning(from: configuration.fineTuneAt)
        }
        while progress.epoch < stageEnd {
            if let patience = configuration.earlyStop, progress.step == 0, progress.epochsWithoutGain >= patience {
                warn("No lower validation loss in \(patience) epoch\(patience == 1 ? "" : "s"): this stage ends early.")
                guard progress.stage == .head, configuration.fineTuneEpochs > 0 else { break }
                startFineTuning(from: configuration.fineTuneAt)
            }
            setStatus(isPaused ? .paused : .training)
            guard try trainEpoch() else { return try end(mailbox.stopRequest ?? .stopped) }
            if let finish = stageFinish {
                stageFinish = nil
                if progress.stage == .head, configuration.fineTuneEpochs > 0 || finish.layer != nil {
                    startFineTuning(from: finish.layer ?? configuration.fineTuneAt)
                } else {
                    break
                }
            } else if progress.epoch == stageEnd, progress.stage == .head, configuration.fineTuneEpochs > 0 {
                startFineTuning(from: configuration.fineTuneAt)
            }
        }
        return try end(.finished)
    }

    // MARK: Stages and epochs

    private func startFineTuning(from layer: Int) {
        progress.stage = .fineTune
        progress.stageFirstEpoch = progress.epoch
        progress.fineTuneAt = layer
        progress.learningRate = configuration.fineTuneLearningRate
        stageEnd = progress.epoch + max(1, configuration.fineTuneEpochs)
        engine.unfreeze(from: layer)
        announceStage()
    }

    func announceStage() {
        let base = progress.fineTuneAt.map(engine.network.trainableParameters(from:)) ?? 0
        hooks.emit(
            .training(
                .stageStarted(
                    .init(
                        stage: progress.stage, epoch: progress.epoch,
                        trainableParameters: engine.head.parameterCount + base,
                        learningRate: progress.learningRate, fineTuneAt: progress.fineTuneAt))))
    }

    private var steps: Int { (dataset.trainingCount + engine.batchSize - 1) / engine.batchSize }

    /// - Returns: false when the run was asked to stop.
    private func trainEpoch() throws -> Bool {
        var random = CounterRandom(seed: configuration.seed, purpose: .shuffle, epoch: progress.epoch)
        let order = random.permutation(dataset.trainingCount)
        var seconds = 0.0
        let firstExamples = progress.epochExamples
        while progress.step < steps {
            guard obeyCommands() else { return false }
            if stageFinish != nil { break }
            let start = ContinuousClock.now
            let first = progress.step * engine.batchSize
            let batch = order[first..<min(first + engine.batchSize, order.count)]
            let result = trainBatch(batch)
            if dataset.hasUnusablePhoto { throw UnusablePhoto() }
            guard result.isFinite else {
                try reportDivergence()
                continue
            }
            progress.step += 1
            progress.epochLossSum += result.lossSum
            progress.epochCorrect += result.correct
            progress.epochExamples += batch.count
            seconds += start.duration(to: .now).seconds
            report(
                batchLoss: result.lossSum / Double(batch.count),
                imagesPerSecond: Double(progress.epochExamples - firstExamples) / max(seconds, 1e-9))
            if pausesAfterStep {
                pausesAfterStep = false
                setPaused(true)
            }
        }
        // A stage that is finished before its next epoch began has nothing to validate.
        if progress.epochExamples == 0 { return true }
        let rate = Double(progress.epochExamples - firstExamples) / max(seconds, 1e-9)
        return try finishEpoch(trainSeconds: seconds, imagesPerSecond: rate)
    }

    private func trainBatch(_ batch: ArraySlice<Int>) -> TrainingEngine.BatchResult {
        let (seed, epoch) = (configuration.seed, progress.epoch)
        let photos = Array(batch)
        return engine.train(
            count: photos.count, learningRate: progress.learningRate,
            dropout: (
                Float(configuration.dropout),
                { CounterRandom(seed: seed, purpose: .dropout, epoch: epoch, item: photos[$0]) }
            )
        ) { [dataset] item, output, image, scratch in
            let photo = photos[item]
            var random = CounterRandom(seed: seed, purpose: .augmentation, epoch: epoch, item: photo)
            dataset.augment(photo, Augmentation(random: &random), into: output, image: image, scratch: scratch)
            return dataset.photos[photo].label
        }
    }

    private func report(batchLoss: Double, imagesPerSecond: Double) {
        let examples = Double(progress.epochExamples)
        hooks.emit(
            .training(
                .batchEnded(
                    .init(
                        epoch: progress.epoch, step: progress.step, steps: steps,
                        loss: progress.epochLossSum / examples, accuracy: Double(progress.epochCorrect) / examples,
                        batchLoss: batchLoss, learningRate: progress.learningRate,
                        imagesPerSecond: imagesPerSecond))))
    }

    private func reportDivergence() throws {
        let place = "epoch \(progress.epoch + 1), batch \(progress.step + 1)"
        let message = "The loss is not a number at \(place); that batch was not applied. Lower the learning rate"
        guard hooks.isInteractive else {
            throw UserError("\(message) (--learning-rate, --fine-tune-learning-rate) and resume the run.")
        }
        hooks.emit(.training(.warning(.init(message: "\(message) with [ and resume with space."))))
        setPaused(true)
    }

    /// Validates, reports, saves. Returns false when the run was asked to stop before the validation was through.
    private func finishEpoch(trainSeconds: Double, imagesPerSecond: Double) throws -> Bool {
        setStatus(.validating)
        let start = ContinuousClock.now
        guard let (loss, accuracy) = try validate(epoch: progress.epoch + 1) else { return false }
        let examples = Double(progress.epochExamples)
        let event = TrainerEvent.EpochEnded(
            epoch: progress.epoch, stage: progress.stage, trainLoss: progress.epochLossSum / examples,
            trainAccuracy: Double(progress.epochCorrect) / examples, validationLoss: loss,
            validationAccuracy: accuracy, trainSeconds: trainSeconds,
            validationSeconds: start.duration(to: .now).seconds, imagesPerSecond: imagesPerSecond)
        progress.epoch += 1
        (progress.step, progress.epochLossSum, progress.epochCorrect, progress.epochExamples) = (0, 0, 0, 0)
        (progress.lastValidationLoss, progress.lastValidationAccuracy) = (loss, accuracy)
        let isBest = loss < progress.bestValidationLoss ?? .infinity
        if isBest {
            (progress.bestValidationLoss, progress.bestValidationAccuracy) = (loss, accuracy)
            progress.bestEpoch = event.epoch
        }
        hooks.emit(.training(.epochEnded(event)))
        for problem in dataset.takeProblems() { warn(problem) }
        try save(isBest ? .best : .epoch)
        return true
    }

    /// Mean loss and accuracy over the validation photos; nil when stopped on the way.
    func validate(epoch: Int) throws -> (loss: Double, accuracy: Double)? {
        let first = dataset.trainingCount
        let count = dataset.validationCount
        let probabilities = engine.predict(
            count: count, keepsActivations: true, isCancelled: { [mailbox] in mailbox.stopRequest != nil }
        ) { [dataset] item, output, _, scratch in
            dataset.normalize(first + item, into: output, scratch: scratch)
            return 0
        }
        if mailbox.stopRequest != nil { return nil }
        if dataset.hasUnusablePhoto { throw UnusablePhoto() }
        let labels = (first..<first + count).map { dataset.photos[$0].label }
        let classes = dataset.classes.count
        let (loss, correct) = TrainingEngine.score(probabilities, labels, images: count, classes: classes)
        hooks.emit(
            .predictions(
                PredictionSet(
                    epoch: epoch,
                    predictions: labels.indices.map { i in
                        Prediction(
                            photo: first + i, label: labels[i],
                            probabilities: Array(probabilities[i * classes..<(i + 1) * classes]))
                    })))
        return (loss / Double(count), Double(correct) / Double(count))
    }

    private func end(_ reason: RunEndReason) throws -> RunEndReason {
        if reason == .finished, !progress.finished {
            setStatus(.validating)
            if let (loss, accuracy) = try validate(epoch: progress.epoch) {
                (progress.lastValidationLoss, progress.lastValidationAccuracy) = (loss, accuracy)
            }
            progress.finished = true
        }
        try save(reason == .finished ? .finished : .stopped)
        hooks.emit(
            .training(
                .runEnded(
                    .init(
                        reason: reason, validationLoss: progress.lastValidationLoss,
                        validationAccuracy: progress.lastValidationAccuracy))))
        setStatus(reason == .finished ? .finished : .stopped)
        return reason
    }

    func save(_ reason: CheckpointReason) throws {
        progress.adamStep = engine.adamStep
        var tensors = engine.tensors
        for (name, tensor) in engine.optimizerTensors { tensors[Checkpoint.momentsPrefix + name] = tensor }
        let path = try hooks.save(
            Checkpoint(
                header: .init(
                    run: run, configuration: configuration, classes: dataset.classes, data: dataset.path,
                    weights: weights, progress: progress),
                tensors: tensors), reason)
        hooks.emit(.training(.checkpointSaved(.init(path: path, epoch: progress.epoch, reason: reason))))
    }
}
