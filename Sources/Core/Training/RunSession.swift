import Foundation

/// One run from its options to its end, on a thread of its own: fetches weights and photos, decodes, trains,
/// records. Front ends talk to it through `TrainingSession`.
public final class RunSession: TrainingSession, @unchecked Sendable {
    // Unchecked: `lock` guards the mutable state; the rest is immutable.

    /// What a session needs besides the recipe.
    public struct Options: Sendable {
        public var home: String
        public var cache: String
        public var threads: Int
        /// Id of the run to continue; its saved configuration is then used.
        public var resuming: String?
        /// Whether somebody can steer: then a diverging loss pauses instead of failing.
        public var isInteractive = false
        /// Whether events wait for `drainEvents`; false where nobody calls that, lest they fill the memory.
        public var queuesEvents = true
        /// Called for each event on the session's threads, besides the queue; must not wait.
        public var observer: (@Sendable (SessionEvent) -> Void)?

        public init(home: String, cache: String, threads: Int = ProcessInfo.processInfo.activeProcessorCount) {
            (self.home, self.cache, self.threads) = (home, cache, threads)
        }
    }

    private let options: Options
    private let requested: RunConfiguration
    private let mailbox = CommandMailbox()
    private let lock = NSLock()
    private var queue = SessionQueue()
    private var outcome: Result<RunEndReason, UserError>?
    private let done = DispatchSemaphore(value: 0)

    public init(_ configuration: RunConfiguration, _ options: Options) {
        (requested, self.options) = (configuration, options)
    }

    /// Starts the session's thread and returns at once.
    public func start() {
        let thread = Thread { [self] in
            blockSignals()
            let result: Result<RunEndReason, UserError>
            do {
                result = .success(try run())
            } catch is CancellationError {
                emit(.statusChanged(.stopped))
                result = .success(mailbox.stopRequest ?? .stopped)
            } catch {
                let failure = error as? UserError ?? UserError("\(error)")
                emit(.failed(message: failure.message))
                emit(.statusChanged(.failed))
                result = .failure(failure)
            }
            lock.withLock { outcome = result }
            done.signal()
        }
        thread.name = "trainer"
        thread.stackSize = 16 << 20
        thread.start()
    }

    public func send(_ command: TrainerCommand) { mailbox.post(command) }

    public func drainEvents() -> [SessionEvent] {
        lock.withLock { queue.take() }
    }

    /// Saves and ends the run as interrupted; any thread.
    public func interrupt() { mailbox.requestStop(.interrupted) }

    /// Waits for the end.
    ///
    /// - Throws: the `UserError` that ended the session.
    public func wait() throws -> RunEndReason {
        done.wait()
        defer { done.signal() }
        return try lock.withLock { outcome! }.get()
    }

    /// How the session ended, or nil while it runs.
    public var result: Result<RunEndReason, UserError>? { lock.withLock { outcome } }

    private func emit(_ event: SessionEvent) {
        options.observer?(event)
        if options.queuesEvents { lock.withLock { queue.append(event) } }
    }

    /// The screen's thread handles these.
    private func blockSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private func run() throws -> RunEndReason {
        emit(.statusChanged(.preparing))
        try Home.prepare(options.home)
        let store = try RunStore(home: options.home)
        let resumed = try options.resuming.map { try RunFolder.find(home: options.home, id: $0) }
        // Held from before the checkpoint is read until the end, so that two processes never train one run.
        let resumedLock = try resumed?.acquire()
        let checkpoint = try resumed.map { try Checkpoint.load($0.last) }
        let configuration = checkpoint?.header.configuration ?? requested
        let exclusions =
            try resumed?.loadExclusions(configuration)
            ?? configuration.exclude.map { try ExclusionList(path: $0) } ?? ExclusionList()

        let inputs = RunInputs(cache: options.cache, threads: options.threads, mailbox: mailbox) { [self] in emit($0) }
        let weights =
            try checkpoint.map { RunInputs.Weights(tensors: $0.tensors, description: $0.header.weights, isRandom: configuration.demo) }
            ?? inputs.weights(configuration)
        var folder = resumed
        var runLock = resumedLock
        defer { withExtendedLifetime(runLock) {} }
        var isLazy = true
        while true {
            let dataset = try inputs.dataset(configuration, exclusions, isLazy: isLazy)
            if let checkpoint, checkpoint.header.classes != dataset.classes {
                throw UserError(
                    "Run \(checkpoint.header.run) was trained on the classes \(checkpoint.header.classes.joined(separator: ", ")), "
                        + "but \(dataset.path) has \(dataset.classes.joined(separator: ", ")); resume it with its own photos.")
            }
            // Only now, so that a folder that cannot be trained on leaves no run behind.
            let place = try folder ?? RunFolder.create(home: options.home, configuration, exclusions)
            runLock = try runLock ?? place.acquire()
            folder = place
            do {
                return try train(configuration, weights, dataset, in: place, store, from: checkpoint)
            } catch is Trainer.UnusablePhoto {
                // Every photo is decoded before the second attempt, so there is no third.
                isLazy = false
                emit(.training(.warning(.init(.begunAgain, "A photo that looked whole cannot be decoded; the run begins again without it."))))
            }
        }
    }

    private func train(
        _ configuration: RunConfiguration, _ weights: RunInputs.Weights, _ dataset: Dataset, in folder: RunFolder,
        _ store: RunStore, from checkpoint: Checkpoint?
    ) throws -> RunEndReason {
        let history = try Self.rewind(folder, to: checkpoint?.header.progress)
        let recorder = try RunRecorder(
            folder: folder, store: store, classes: dataset.classes, photos: dataset.photos,
            policy: configuration.checkpoints)
        try SystemDescription(threads: options.threads).save(to: folder)
        try store.begin(folder, configuration, data: dataset.path, weights: weights.description)

        let warn = { [self] (problems: [String]) in
            for problem in problems { emit(.training(.warning(.init(message: problem)))) }
        }
        let trainer = Trainer(
            run: folder.id, configuration: configuration, dataset: dataset, tensors: weights.tensors,
            weights: weights.description, resuming: checkpoint, threads: options.threads, mailbox: mailbox,
            hooks: Trainer.Hooks(
                emit: { [self] event in
                    warn(recorder.record(event))
                    emit(event)
                },
                save: { checkpoint, reason in
                    let path = try recorder.save(checkpoint, reason)
                    warn(recorder.keep(checkpoint))
                    return path
                },
                loadBest: { try recorder.loadBest() },
                isInteractive: options.isInteractive))
        let network = MobileNetV2(imageSize: configuration.imageSize)
        let predictions = try? PredictionHistory(
            run: folder, classes: dataset.classes, files: dataset.photos.map(\.file))
        emit(
            .ready(
                SessionContext(
                    run: folder.id, configuration: configuration, dataset: dataset.summary,
                    weights: weights.description, randomWeights: weights.isRandom, layers: network.summaries,
                    headParameters: (MobileNetV2.featureChannels + 1) * dataset.classes.count, history: history,
                    predictions: predictions)))
        for photo in dataset.skipped {
            emit(
                .training(
                    .warning(
                        .init(
                            .photoSkipped, "Skipped \(photo.file): it \(photo.reason).", values: [photo.file, photo.reason],
                            file: photo.file))))
        }
        if let photos = checkpoint?.header.photos, photos != dataset.fingerprint {
            emit(
                .training(
                    .warning(
                        .init(
                            .photosChanged,
                            "The photos in \(dataset.path) are not those that the run was saved with: what follows is not what an "
                                + "unbroken run would have given.", values: [dataset.path]))))
        }
        for warning in dataset.warnings + [dataset.cacheWarning].compactMap({ $0.map { .init(message: $0) } }) {
            emit(.training(.warning(warning)))
        }
        do {
            return try trainer.train(isResumed: checkpoint != nil)
        } catch let restart as Trainer.UnusablePhoto {
            throw restart
        } catch {
            recorder.fail()
            throw error
        }
    }

    /// Takes away what the folder says of the time after the checkpoint; all of it without one.
    private static func rewind(_ folder: RunFolder, to progress: TrainerProgress?) throws -> [TrainerEvent] {
        folder.removeEpochs(after: progress?.epoch ?? 0)
        folder.removeLeftovers()
        folder.removeCheckpoints(after: progress.map { RunPlace($0) })
        guard FileManager.default.fileExists(atPath: folder.events) else { return [] }
        let kept = EventLog.read(folder.events).filter { event in
            guard let progress else { return false }
            return switch event {
            case .batchEnded(let batch):
                (batch.epoch, batch.step) <= (progress.epoch, progress.step)
            case .epochEnded(let epoch): epoch.epoch < progress.epoch
            case .commandApplied(let applied): (applied.epoch, applied.step) <= (progress.epoch, progress.step)
            case .runEnded: false
            default: true
            }
        }
        try EventLog.replace(folder.events, with: kept)
        return kept
    }
}
