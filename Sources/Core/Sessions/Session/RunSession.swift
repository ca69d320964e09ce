package import Basics
import Foundation
import Network
import Photos
package import Ranks
package import Recipes
package import Runs
package import Training

/// One run from its options to its end, on a thread of its own: fetches weights and photos, decodes, trains,
/// records. Front ends talk to it through `TrainingSession`.
package final class RunSession: TrainingSession, @unchecked Sendable {
    // Unchecked: `lock` guards the mutable state; the rest is immutable.

    /// Settings of a session besides the recipe.
    package struct Options: Sendable {
        package var home: String
        package var cache: String
        package var threads: Int
        /// Id of the run to continue; its saved recipe is then used.
        package var resuming: String?
        /// Epochs to add to the run to continue, if it has finished; without them it is only shown.
        package var moreEpochs: Int?
        /// Whether the run to continue is only shown, as it was saved.
        package var onlyShows = false
        /// Where the photos of the run to continue are now, if they have moved; an absolute path.
        package var movedData: String?
        /// Whether somebody can steer: then a diverging loss pauses instead of failing.
        package var isInteractive = false
        /// Whether the run waits before its first batch until somebody lets it go on.
        package var startsPaused = false
        /// Whether events wait for `drainEvents`; false where nobody calls that, lest they fill the memory.
        package var queuesEvents = true
        /// Opens the index of the runs in a home, besides their folders; nil for none.
        package var index: (@Sendable (_ home: String) throws -> any RunIndex)?
        /// Called for each event on the session's threads, besides the queue; must not wait.
        package var observer: (@Sendable (SessionEvent) -> Void)?
        /// The ranks that train together, of which this is the first; nil for this process alone.
        package var ranks: RankGroup?
        /// Records for other programs.
        package var logs: [any SessionLog] = []
        /// The processor to train on, as far as it decides whether a run can go on.
        package var processor = Processor.current

        package init(home: String, cache: String, threads: Int = WorkerPool.coreCount) {
            (self.home, self.cache, self.threads) = (home, cache, threads)
        }
    }

    private let options: Options
    private let requested: Recipe
    private let mailbox = CommandMailbox()
    private let lock = NSLock()
    private var queue = SessionQueue()
    private var hasNoReader = false
    private var outcome: Result<RunEndReason, UserError>?
    /// Shows the run to front ends elsewhere; there is none before the run has a folder.
    private var server: ControlServer?
    private let done = DispatchSemaphore(value: 0)

    package init(_ recipe: Recipe, _ options: Options) {
        (requested, self.options) = (recipe, options)
    }

    /// Starts the session's thread and returns at once.
    package func start() {
        let thread = Thread { [self] in
            WorkerThread.leaveSignals()
            let result: Result<RunEndReason, UserError>
            // Held until nobody listens any more on the run's behalf.
            var runLock: RunLock?
            do {
                result = .success(try run(&runLock))
            } catch is CancellationError {
                emit(.statusChanged(.stopped))
                result = .success(mailbox.stopRequest ?? .stopped)
            } catch {
                let failure = UserError(error)
                emit(.failed(failure))
                emit(.statusChanged(.failed))
                result = .failure(failure)
            }
            for log in options.logs {
                log.close()
                if let problem = log.takeProblem() { warn(problem) }
            }
            lock.withLock { server }?.close()
            LastWords.clear()
            withExtendedLifetime(runLock) {}
            runLock = nil
            lock.withLock { (outcome, server) = (result, nil) }
            done.signal()
        }
        thread.name = "trainer"
        thread.stackSize = 16 << 20
        thread.start()
    }

    package func send(_ command: TrainerCommand) { mailbox.post(command) }

    package func drainEvents() -> [SessionEvent] {
        lock.withLock { queue.take() }
    }

    package var abilities: SessionAbilities { .own }

    /// Saves and ends the run as interrupted; any thread.
    package func interrupt() { mailbox.requestStop(.interrupted) }

    /// Does the same, and tells front ends elsewhere that the run goes on at once in another process.
    package func handOver() {
        lock.withLock { server }?.announceMove()
        interrupt()
    }

    /// Keeps no events from now on: nobody will drain them any more.
    package func stopQueueing() { lock.withLock { (queue, hasNoReader) = (SessionQueue(), true) } }

    /// Waits for the end.
    ///
    /// - Throws: the `UserError` that ended the session.
    package func wait() throws -> RunEndReason {
        done.wait()
        defer { done.signal() }
        return try lock.withLock { outcome! }.get()
    }

    /// How the session ended, or nil while it runs.
    package var result: Result<RunEndReason, UserError>? { lock.withLock { outcome } }

    /// - Parameter logBytes: see `ControlServer.note`.
    private func emit(_ event: SessionEvent, logBytes: Int? = nil) {
        options.observer?(event)
        let server: ControlServer? = lock.withLock {
            if options.queuesEvents, !hasNoReader { queue.append(event) }
            return self.server
        }
        server?.note(event, logBytes: logBytes)
        for log in options.logs {
            log.note(event)
            if let problem = log.takeProblem() { warn(problem) }
        }
    }

    private func warn(_ failure: any Error) { emit(.training(.warning(.init(failure)))) }

    private func warn(_ warning: TrainerWarning) { emit(.training(.warning(.init(warning)))) }

    /// Lets front ends elsewhere attach to the run, whose lock is held. Without them it is trained all the same.
    private func listen(_ folder: RunFolder) {
        do {
            let server = try ControlServer(folder) { [mailbox] in mailbox.post($0) }
            lock.withLock { self.server = server }
        } catch {
            warn(error)
        }
    }

    /// - Parameter runLock: becomes the lock of the run, as soon as there is one.
    private func run(_ runLock: inout RunLock?) throws -> RunEndReason {
        emit(.statusChanged(.preparing))
        try Home.prepare(options.home)
        let index = try options.index?(options.home)
        if let warning = index?.warning { warn(warning) }
        let resumed = try options.resuming.map { try RunFolder.find(home: options.home, id: $0) }
        if let resumed, let header = try recorded(resumed) {
            return try RecordedRun(resumed, header).show(options, mailbox) { [self] in emit($0) }
        }
        // Held from before the checkpoint is read until the end, so that two processes never train one run.
        runLock = try resumed?.acquire()
        if let resumed { listen(resumed) }
        let checkpoint = try resumed.flatMap { $0.wasSaved ? try Checkpoint.load($0.last) : nil }
        var recipe = try checkpoint?.header.recipe ?? resumed?.loadRecipe() ?? requested
        if let data = options.movedData { recipe.data = data }
        recipe.chunks =
            recipe.chunks ?? resumed?.recordedChunks ?? TrainingEngine.cut(batchSize: recipe.batchSize).count
        guard recipe.basePrecision.isComputed(on: options.processor) else {
            throw SessionFailure.noBFloat16(processor: options.processor.name, run: resumed?.id)
        }
        // A new run may begin with the settings of an old one, but not with its bits.
        if resumed == nil { recipe.ownTail = true }
        if let ranks = options.ranks { try share(&recipe, isNew: checkpoint == nil, ranks) }
        if let resumed, checkpoint == nil {
            warn(SessionFailure.beginsAgain(resumed.id))
        }
        let exclusions =
            try resumed?.loadExclusions(recipe)
            ?? recipe.exclude.map { try ExclusionList(path: $0) } ?? ExclusionList()

        let inputs = RunInputs(cache: options.cache, threads: options.threads, mailbox: mailbox) { [self] in
            emit($0)
        }
        let weights =
            try checkpoint.map {
                RunInputs.Weights(
                    tensors: $0.tensors, origin: WeightsOrigin(recorded: $0.header.weights))
            }
            ?? inputs.weights(recipe)
        var folder = resumed
        var isLazy = true
        while true {
            let dataset = try inputs.dataset(recipe, exclusions, isLazy: isLazy)
            if let checkpoint, checkpoint.header.classes != dataset.classes {
                throw SessionFailure.otherClasses(
                    checkpoint.header.run, trained: checkpoint.header.classes, folder: dataset.path,
                    found: dataset.classes)
            }
            try weights.continued?.check(classes: dataset.classes.count)
            try checkMemory(recipe, dataset, checkpoint?.header.state)
            _ = try recipe.objective(dataset)
            if let resumed {
                if options.movedData != nil { try checkpoint?.header.check(dataset, of: resumed) }
                // Every checkpoint holds it as well.
                if (try? resumed.loadRecipe()) != recipe { try? resumed.save(recipe) }
            }
            // Only now, so that a folder that cannot be trained on leaves no run behind.
            let place = try folder ?? RunFolder.create(home: options.home, recipe, exclusions)
            if runLock == nil {
                runLock = try place.acquire()
                listen(place)
            }
            folder = place
            do {
                return try train(
                    recipe, weights, dataset, exclusions, isLazy: isLazy, in: place, index, from: checkpoint)
            } catch is Trainer.UnusablePhoto {
                // Every photo is decoded before the second attempt, so there is no third.
                isLazy = false
                warn(.begunAgain)
            }
        }
    }

    /// Returns the checkpoint of a run that is shown and not trained: one that has finished, without
    /// more epochs to train, or any if nothing else is wanted.
    private func recorded(_ run: RunFolder) throws -> Checkpoint.Header? {
        if options.onlyShows { return try RecordedRun.header(run) }
        guard options.moreEpochs == nil, !run.isHeld, let header = try? Checkpoint.Header.load(run.last),
            header.progress.finished
        else { return nil }
        return header
    }

    private func checkMemory(_ recipe: Recipe, _ dataset: Dataset, _ state: RecipeState?) throws {
        try recipe.checkMemory(dataset, state, threads: options.threads)
    }

    /// Most ranks whose gradients are summed one after the other, in the order of one process. More would
    /// wait too long for each other; they add in pairs, as the run then notes.
    private static let mostInChain = 8

    /// Prepares a recipe for several ranks, which takes chunks for all of them.
    ///
    /// - Throws: `RankFailure.moreRanksThanPhotos`.
    private func share(_ recipe: inout Recipe, isNew: Bool, _ ranks: RankGroup) throws {
        guard ranks.count <= recipe.batchSize else {
            throw RankFailure.moreRanksThanPhotos(ranks: ranks.count, batch: recipe.batchSize)
        }
        if isNew {
            recipe.chunks = TrainingEngine.chunks(batchSize: recipe.batchSize, ranks: ranks.count)
            if ranks.count > Self.mostInChain { recipe.groups = ranks.count }
        }
        let chunks = TrainingEngine.cut(batchSize: recipe.batchSize, chunks: recipe.chunks).count
        if chunks < ranks.count { warn(RankNotice.idle(ranks: ranks.count, chunks: chunks)) }
        ranks.onFailure { [mailbox] in mailbox.requestStop(.interrupted) }
    }

    private func train(
        _ recipe: Recipe, _ weights: RunInputs.Weights, _ dataset: Dataset, _ exclusions: ExclusionList,
        isLazy: Bool, in folder: RunFolder,
        _ index: (any RunIndex)?, from saved: Checkpoint?
    ) throws -> RunEndReason {
        let history = try folder.rewind(to: saved?.header)
        var checkpoint = saved
        if let saved, saved.header.progress.bestByAccuracy == nil {
            // Older programs did not note it.
            checkpoint?.header.progress.bestByAccuracy =
                RunTimeline(history.map(\.event)).best(by: .accuracy)?.score
        }
        let writer = index?.writer(folder)
        try writer?.begin(recipe, data: dataset.path, weights: weights.origin.text, history: history)
        let recorder = try RunRecorder(
            folder: folder, index: writer, classes: dataset.classes, photos: dataset.photos,
            policy: recipe.checkpoints)
        let system = SystemDescription(threads: options.threads)
        let savedOn = checkpoint.flatMap { _ in SystemDescription.load(from: folder) }
        try system.save(to: folder)

        let trainer = Trainer(
            run: folder.id, recipe: recipe, dataset: dataset, tensors: weights.tensors,
            weights: weights.origin, continuing: weights.continued, objective: try recipe.objective(dataset),
            resuming: checkpoint,
            threads: options.threads, mailbox: mailbox, ranks: options.ranks,
            hooks: Trainer.Hooks(
                emit: { [self] event in
                    recorder.record(event).forEach(warn)
                    guard let recorded = event.recorded else { return emit(event) }
                    if case .checkpointSaved(let saved) = recorded {
                        LastWords.note(.saved(folder.id, path: saved.path, epochs: saved.epoch))
                    }
                    emit(event, logBytes: recorder.logLength)
                },
                save: { [self] checkpoint, reason in
                    let path = try recorder.save(checkpoint, reason)
                    recorder.keep(checkpoint).forEach(warn)
                    return path
                },
                load: { try recorder.load($0) },
                isInteractive: options.isInteractive))
        let network = recipe.network
        let predictions = try? PredictionHistory(
            run: folder, classes: dataset.classes, files: dataset.photos.map(\.file))
        emit(
            .ready(
                SessionContext(
                    run: folder.id, recipe: recipe, dataset: dataset.summary,
                    weights: weights.origin, layers: network.summaries,
                    headParameters: network.headParameters(classes: dataset.classes.count),
                    history: history,
                    predictions: predictions)), logBytes: recorder.logLength)
        LastWords.note(
            checkpoint.map { .saved(folder.id, path: folder.last, epochs: $0.header.progress.epoch) }
                ?? .unsaved(folder.id))
        trainer.isPaused = options.startsPaused
        trainer.moreEpochs = checkpoint?.header.progress.finished == true ? options.moreEpochs : nil
        for photo in dataset.damagedPhotos {
            warn(.photoSkipped(photo.file.text, reason: photo.reason))
        }
        if let photos = checkpoint?.header.photos, photos != dataset.fingerprint {
            warn(.photosChanged(folder: dataset.path))
        }
        if let savedOn, !system.computes(asOn: savedOn, recipe.basePrecision) {
            warn(.engineChanged(from: savedOn.engine, to: system.engine))
        }
        for problem in dataset.folderProblems where !recipe.makesUpFor(problem) { warn(.dataset(problem)) }
        if recipe.balancesTwice { warn(.balancedTwice) }
        if let warning = dataset.cacheWarning { emit(.training(.warning(.init(warning)))) }
        if let ranks = options.ranks {
            try RankOrder(
                isLazy: isLazy, isInteractive: options.isInteractive, isPaused: trainer.isPaused,
                moreEpochs: trainer.moreEpochs, exclusions: exclusions
            ).send(to: ranks, trainer.checkpoint, dataset)
        }
        do {
            return try trainer.train(isResumed: checkpoint != nil)
        } catch let restart as Trainer.UnusablePhoto {
            throw restart
        } catch let lost as RankFailure {
            // The run was saved, and can go on.
            throw lost
        } catch {
            recorder.fail()
            throw error
        }
    }
}
