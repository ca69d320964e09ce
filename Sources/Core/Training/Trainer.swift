package import Basics
import Foundation
package import Network
package import Photos
package import Ranks
package import Recipes
package import Runs

/// The recipe: stage 1 trains the head on the frozen base, stage 2 fine-tunes the top of the base
/// with a fresh Adam; a validation after each epoch and a final evaluation.
///
/// `train` runs on one thread and knows no screen: it reports through `Hooks` and reads commands
/// from the mailbox between batches. All random numbers are keyed by seed, epoch and photo, so a
/// resumed run continues with the same bits.
///
/// Each rank of a job has a trainer of its own, and all do the same; only the first reports, saves and
/// takes commands (`Trainer+Ranks`).
package final class Trainer {
    /// The trainer's connections to the outside.
    package struct Hooks {
        package var emit: (SessionEvent) -> Void
        /// Saves a checkpoint as the last and, for `.best`, also as the best; returns its path.
        /// Throws a `Failure`.
        package var save: (Checkpoint, CheckpointReason) throws -> String
        /// Returns a saved checkpoint by its name, such as `best`; nil if there is none.
        package var load: (_ name: String) throws -> Checkpoint?
        /// Whether someone can react to a diverging loss: training then pauses instead of failing.
        package var isInteractive = false

        package init(
            emit: @escaping (SessionEvent) -> Void,
            save: @escaping (Checkpoint, CheckpointReason) throws -> String,
            load: @escaping (_ name: String) throws -> Checkpoint?, isInteractive: Bool = false
        ) {
            (self.emit, self.save, self.load) = (emit, save, load)
            self.isInteractive = isInteractive
        }
    }

    /// A photo that proved unusable when it was first read. The run starts over without it, as if
    /// that had been known from the beginning.
    package struct UnusablePhoto: Error {}

    let recipe: Recipe
    let dataset: Dataset
    let engine: TrainingEngine
    let mailbox: CommandMailbox
    let ranks: RankGroup?
    let commands: AgreedCommands
    let hooks: Hooks
    let run: String
    private let weights: WeightsOrigin
    /// The model whose training goes on, until its optimizer's state has been taken over.
    private var continued: ContinuedModel?
    /// The settings in force, and how far the run has come with them.
    var state: RecipeState
    var progress = RunProgress()
    package var isPaused = false
    /// Epochs to add to a run that has finished; nil for none.
    package var moreEpochs: Int?
    var pausesAfterStep = false
    var pausesAfterEpoch = false
    /// Set when the run is to end with the best weights, which are then loaded.
    var keepsBest = false
    var status = TrainerStatus.preparing
    private var announced: RecipeState?
    /// The views of a batch whose photos are mixed; nil before the first.
    var mixing: MixedBatch.Memory?
    /// The batch that the ranks have begun with before its turn.
    var begunBatch: (plan: BatchPlan, batch: any LabelledBatch)?
    /// Batches for which the ranks have compared notes.
    var comparisons = 0
    /// Norms of the layers after the newest batch.
    var layerNorms: [LayerNorms] = []
    /// Time of the last attempt to save, on a monotonic clock.
    private(set) var savedAt = ContinuousClock.now
    /// The reason why the last attempt to save failed; nil if it succeeded.
    private var saveProblem: UserError?
    /// Reasons already reported since the last successful save.
    private var toldProblems: [UserError] = []

    /// - Parameters:
    ///   - tensors: weights of the base.
    ///   - objective: the recipe's loss (`Recipe.objective`).
    ///   - continued: the model whose training goes on; nil for a new head.
    ///   - checkpoint: the state of a resumed run; its tensors replace `tensors`.
    ///   - ranks: the ranks that train together; nil for this process alone.
    package init(
        run: String, recipe: Recipe, dataset: Dataset, tensors: NamedTensors,
        weights: WeightsOrigin, continuing continued: ContinuedModel? = nil,
        objective: Objective = Objective(), resuming checkpoint: Checkpoint? = nil,
        threads: Int = WorkerPool.coreCount, mailbox: CommandMailbox, ranks: RankGroup? = nil,
        hooks: Hooks
    ) {
        (self.run, self.recipe, self.dataset, self.weights) = (run, recipe, dataset, weights)
        (self.mailbox, self.hooks, self.ranks) = (mailbox, hooks, ranks)
        commands = AgreedCommands(mailbox, ranks)
        engine = TrainingEngine(
            network: recipe.network, tensors: checkpoint?.tensors ?? tensors,
            classes: dataset.classes.count, batchSize: min(recipe.batchSize, dataset.trainingCount),
            chunks: recipe.chunks, threads: threads, precision: recipe.basePrecision, ranks: ranks,
            groups: recipe.groups ?? 1)
        engine.objective = objective
        if let checkpoint {
            (state, progress) = (checkpoint.header.state, checkpoint.header.progress)
            engine.loadHead(checkpoint.tensors)
            if let layer = state.fineTuneAt { engine.unfreeze(from: layer, kernels: recipe.tailKernels) }
            engine.adamStep = progress.adamStep
            engine.loadOptimizer(checkpoint.moments)
        } else {
            engine.head.initialize(seed: recipe.seed)
            state = RecipeState(recipe)
            self.continued = continued
            if let continued {
                engine.loadHead(continued.head)
                if recipe.epochs > 0 { takeOverOptimizer() }
            }
        }
    }

    /// Goes on with the optimizer's state of a model from elsewhere, once what it trained is trained here.
    private func takeOverOptimizer() {
        defer { continued = nil }
        guard let training = continued?.training else { return }
        engine.loadOptimizer(training.moments)
        engine.adamStep = training.step
    }

    /// Trains until the run ends or is stopped.
    ///
    /// - Throws: `TrainingFailure` if the end cannot be saved, or if the loss diverges and nobody can
    ///   react; `UnusablePhoto`; `RankFailure`, after the run was saved.
    package func train(isResumed: Bool = false) throws -> RunEndReason {
        do { return try trainStages() } catch let failure as RankFailure {
            saveWithoutTheOthers()
            throw failure
        }
    }

    private func trainStages() throws -> RunEndReason {
        hooks.emit(
            .training(
                .runStarted(
                    .init(
                        run: run, data: dataset.synthetic ? dataset.name : dataset.path,
                        weights: weights.text,
                        trainImages: dataset.trainingCount, validationImages: dataset.validationCount,
                        classes: dataset.classes,
                        testImages: dataset.testPhotos.isEmpty ? nil : dataset.testPhotos.count))))
        if keepsRun { dataset.decodeTestPhotos(engine.pool) }
        try checkPhotos()
        announceSettings()
        if let moreEpochs { reopen(adding: moreEpochs) }
        if progress.finished { return try end(.finished) }
        // A run killed right after stage 1's last checkpoint continues with stage 2.
        if !(isStageOver && hasNextStage) { announceStage() }
        while true {
            if isStageOver {
                if isPaused {
                    // The stage can still be lengthened.
                    setStatus(.paused)
                    guard obeyCommands() else { return try endOnRequest() }
                    if !isStageOver { continue }
                }
                guard hasNextStage else { break }
                try startFineTuning(from: state.stageFinish?.layer ?? recipe.fineTuneAt)
            }
            setStatus(isPaused ? .paused : .training)
            guard try trainEpoch() else { return try endOnRequest() }
        }
        return try end(.finished)
    }

    // MARK: Stages

    /// Whether nothing in the stage is left to train or validate.
    private var isStageOver: Bool {
        progress.epochExamples == 0 && (state.stageFinish != nil || progress.epoch >= state.stageEnd)
    }

    private var hasNextStage: Bool {
        state.stage == .head && (recipe.fineTuneEpochs > 0 || state.stageFinish?.layer != nil)
    }

    private func startFineTuning(from layer: Int) throws {
        state.beginFineTuning(from: layer, epoch: progress.epoch, recipe)
        progress.beginStage()
        engine.unfreeze(from: layer, kernels: recipe.tailKernels)
        takeOverOptimizer()
        // Only the first rank has the model that the training of goes on.
        if recipe.continueFrom != nil { try copyFirstRank() }
        announceStage()
        announceSettings()
    }

    func announceStage() {
        let base = state.fineTuneAt.map(engine.network.trainableParameters(from:)) ?? 0
        hooks.emit(
            .training(
                .stageStarted(
                    .init(
                        stage: state.stage, epoch: progress.epoch,
                        trainableParameters: engine.head.parameterCount + base,
                        learningRate: learningRate, fineTuneAt: state.fineTuneAt))))
    }

    /// Emits the settings in force if they have changed.
    func announceSettings() {
        if state == announced { return }
        announced = state
        hooks.emit(.settings(state))
    }

    // MARK: The end

    private func endOnRequest() throws -> RunEndReason {
        try ranks?.check()
        return try end(keepsBest ? .finished : commands.stopRequest ?? .stopped)
    }

    private func end(_ reason: RunEndReason) throws -> RunEndReason {
        if reason == .finished, !progress.finished {
            setStatus(.validating)
            if let found = try validate(epoch: progress.epoch, views: recipe.tta ?? .plain) {
                hooks.emit(.predictions(found.predictions))
                (progress.lastValidationLoss, progress.lastValidationAccuracy) = (found.loss, found.accuracy)
            }
            progress.test = evaluateTest()
            progress.finished = true
        }
        save(reason == .finished ? .finished : .stopped)
        if let saveProblem {
            throw TrainingFailure.endNotSaved(run, saveProblem)
        }
        hooks.emit(
            .training(
                .runEnded(
                    .init(
                        reason: reason, validationLoss: progress.lastValidationLoss,
                        validationAccuracy: progress.lastValidationAccuracy,
                        test: reason == .finished ? progress.test : nil))))
        setStatus(reason == .finished ? .finished : .stopped)
        return reason
    }

    /// Evaluates the best weights on the test photos; nil if there are none, or after a warning.
    private func evaluateTest() -> TestScore? {
        if dataset.testPhotos.isEmpty || !keepsRun { return nil }
        do {
            let best = try hooks.load("best") ?? checkpoint
            let classifier = try Classifier(best, views: recipe.tta ?? .plain, threads: engine.pool.count)
            let result = try classifier.evaluate(dataset, subset: .test)
            return TestScore(
                loss: result.loss, accuracy: result.accuracy, images: result.images,
                epoch: best.header.progress.epoch)
        } catch {
            warn(error)
            return nil
        }
    }

    func perform(_ actions: [CheckpointPolicy.Action]) {
        for case .save(let reason) in actions { save(reason) }
    }

    /// Saves the run. A failure does not end it: each is reported once, and the next save tries
    /// again.
    ///
    /// - Returns: whether it succeeded.
    @discardableResult
    func save(_ reason: CheckpointReason) -> Bool {
        if !keepsRun { return true }
        defer { savedAt = .now }
        do {
            try write(reason)
            (saveProblem, toldProblems) = (nil, [])
            return true
        } catch {
            let problem = UserError(error)
            // A requested save always reports its failure; the end of the run has a message of its
            // own.
            let isNews = !toldProblems.contains(problem)
            if isNews { toldProblems.append(problem) }
            if reason == .requested || (isNews && reason != .stopped && reason != .finished) {
                warn(TrainingFailure.notSaved(problem))
            }
            saveProblem = problem
            return false
        }
    }

    package var checkpoint: Checkpoint {
        progress.adamStep = engine.adamStep
        var tensors = engine.averagedTensors
        for (name, tensor) in engine.optimizerTensors { tensors[Checkpoint.momentsPrefix + name] = tensor }
        return Checkpoint(
            header: .init(
                run: run, recipe: recipe, classes: dataset.classes, data: dataset.path,
                weights: weights.text, state: state, progress: progress, photos: dataset.fingerprint),
            tensors: tensors)
    }

    private func write(_ reason: CheckpointReason) throws {
        let path = try hooks.save(checkpoint, reason)
        hooks.emit(.training(.checkpointSaved(.init(path: path, epoch: progress.epoch, reason: reason))))
    }
}
