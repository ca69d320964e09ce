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
        /// Saves a checkpoint as the last (and, for `.best`, also the best) and returns its path; throws a `UserError`.
        var save: (Checkpoint, CheckpointReason) throws -> String
        /// The checkpoint that was last saved as the best; nil when there is none.
        var loadBest: () throws -> Checkpoint?
        /// Pause when the loss diverges, rather than fail: somebody can act.
        var isInteractive = false
    }

    /// A photo turned out to be unusable when it was first read: the run begins again without it, as it would have
    /// if that had been known.
    struct UnusablePhoto: Error {}

    let configuration: RunConfiguration
    let dataset: Dataset
    let engine: TrainingEngine
    let mailbox: CommandMailbox
    let hooks: Hooks
    private let run: String
    private let weights: String
    var progress = TrainerProgress()
    var steering: Steering
    var isPaused = false
    var pausesAfterStep = false
    var pausesAfterEpoch = false
    /// Set once the run is to end with the best weights, which it then has.
    var keepsBest = false
    var status = TrainerStatus.preparing
    private var announcedSettings: TrainerSettings?
    /// When the run was saved last, or tried to be; steady, whatever becomes of the clock on the wall.
    private(set) var savedAt = ContinuousClock.now
    /// Why the run could not be saved the last time; nil when it could.
    private var saveProblem: String?
    /// All that was said of that since it was saved.
    private var toldProblems: Set<String> = []

    /// - Parameters:
    ///   - tensors: base weights; `dense/…` in it, if any, is used for the head as well.
    ///   - checkpoint: where a resumed run stood; its tensors replace `tensors`.
    init(
        run: String, configuration: RunConfiguration, dataset: Dataset, tensors: NamedTensors,
        weights: String,
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
            engine.loadOptimizer(checkpoint.moments)
        } else {
            engine.head.initialize(seed: configuration.seed)
            progress.learningRate = configuration.learningRate
        }
        steering = progress.steering ?? Steering(configuration, progress)
    }

    /// Trains to the end, or until it is stopped.
    ///
    /// - Throws: `UserError` when the end cannot be saved or the loss diverged without anyone to act; `UnusablePhoto`.
    func train(isResumed: Bool = false) throws -> RunEndReason {
        hooks.emit(
            .training(
                .runStarted(
                    .init(
                        run: run, data: dataset.synthetic ? dataset.name : dataset.path, weights: weights,
                        trainImages: dataset.trainingCount, validationImages: dataset.validationCount,
                        classes: dataset.classes))))
        announceSettings()
        if progress.finished { return try end(.finished) }
        // A run that was killed right after stage 1's last checkpoint goes on with stage 2.
        if !(isStageOver && hasNextStage) { announceStage() }
        while true {
            if isStageOver {
                if isPaused {
                    // A stage can still be lengthened.
                    setStatus(.paused)
                    guard obeyCommands() else { return try endOnRequest() }
                    if !isStageOver { continue }
                }
                guard hasNextStage else { break }
                startFineTuning(from: steering.stageFinish?.layer ?? configuration.fineTuneAt)
            }
            setStatus(isPaused ? .paused : .training)
            guard try trainEpoch() else { return try endOnRequest() }
        }
        return try end(.finished)
    }

    // MARK: Stages

    /// Whether nothing of the stage is left to be trained or validated.
    private var isStageOver: Bool {
        progress.epochExamples == 0 && (steering.stageFinish != nil || progress.epoch >= steering.stageEnd)
    }

    private var hasNextStage: Bool {
        progress.stage == .head && (configuration.fineTuneEpochs > 0 || steering.stageFinish?.layer != nil)
    }

    private func startFineTuning(from layer: Int) {
        progress.stage = .fineTune
        progress.stageFirstEpoch = progress.epoch
        progress.fineTuneAt = layer
        progress.learningRate = configuration.fineTuneLearningRate
        steering.beginStage(ending: progress.epoch + max(1, configuration.fineTuneEpochs))
        engine.unfreeze(from: layer)
        announceStage()
        announceSettings()
    }

    func announceStage() {
        let base = progress.fineTuneAt.map(engine.network.trainableParameters(from:)) ?? 0
        hooks.emit(
            .training(
                .stageStarted(
                    .init(
                        stage: progress.stage, epoch: progress.epoch,
                        trainableParameters: engine.head.parameterCount + base,
                        learningRate: learningRate, fineTuneAt: progress.fineTuneAt))))
    }

    /// Tells what is in force, when that is news.
    func announceSettings() {
        var current = progress
        current.steering = steering
        let settings = TrainerSettings(configuration, current)
        if settings == announcedSettings { return }
        announcedSettings = settings
        hooks.emit(.settings(settings))
    }

    // MARK: The end

    private func endOnRequest() throws -> RunEndReason {
        try end(keepsBest ? .finished : mailbox.stopRequest ?? .stopped)
    }

    private func end(_ reason: RunEndReason) throws -> RunEndReason {
        if reason == .finished, !progress.finished {
            setStatus(.validating)
            if let (loss, accuracy) = try validate(epoch: progress.epoch) {
                (progress.lastValidationLoss, progress.lastValidationAccuracy) = (loss, accuracy)
            }
            progress.finished = true
        }
        save(reason == .finished ? .finished : .stopped)
        if let saveProblem {
            throw UserError(
                "The end of run \(run) could not be saved. \(saveProblem) `flowers-tui runs resume \(run)` then goes on from "
                    + "its newest checkpoint, if it has one.")
        }
        hooks.emit(
            .training(
                .runEnded(
                    .init(
                        reason: reason, validationLoss: progress.lastValidationLoss,
                        validationAccuracy: progress.lastValidationAccuracy))))
        setStatus(reason == .finished ? .finished : .stopped)
        return reason
    }

    func perform(_ actions: [CheckpointPolicy.Action]) {
        for case .save(let reason) in actions { save(reason) }
    }

    /// Saves the run. A failure does not end it: each is said once, and the next save tries again.
    ///
    /// - Returns: whether it is saved.
    @discardableResult
    func save(_ reason: CheckpointReason) -> Bool {
        defer { savedAt = .now }
        do {
            try write(reason)
            (saveProblem, toldProblems) = (nil, [])
            return true
        } catch {
            let problem = "\(error)"
            // Who asked is told each time; the end says it in its own words.
            let isNews = toldProblems.insert(problem).inserted
            if reason == .requested || (isNews && reason != .stopped && reason != .finished) {
                warn("The run could not be saved; it goes on, and the next save tries again. \(problem)")
            }
            saveProblem = problem
            return false
        }
    }

    private func write(_ reason: CheckpointReason) throws {
        progress.adamStep = engine.adamStep
        progress.steering = steering
        var tensors = engine.tensors
        for (name, tensor) in engine.optimizerTensors { tensors[Checkpoint.momentsPrefix + name] = tensor }
        let path = try hooks.save(
            Checkpoint(
                header: .init(
                    run: run, configuration: configuration, classes: dataset.classes, data: dataset.path,
                    weights: weights, progress: progress, photos: dataset.fingerprint),
                tensors: tensors), reason)
        hooks.emit(.training(.checkpointSaved(.init(path: path, epoch: progress.epoch, reason: reason))))
    }
}
