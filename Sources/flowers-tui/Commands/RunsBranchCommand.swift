import ArgumentParser
import Network
import Photos
import Recipes
import Runs
import Store

struct RunsBranchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "branch",
        abstract:
            "Start a new run from a checkpoint of another one with other settings; that one is unchanged."
    )

    @Argument(help: "The run's id.") var id: String
    @Option(help: "Checkpoint to start from: last, best, or one that runs show lists.") var from = "last"
    @Option(help: "Epochs of stage 1.") var epochs: Int?
    @Option(help: "Epochs of stage 2.") var fineTuneEpochs: Int?
    @Option(help: "First layer of the base that trains in stage 2, by number or name.")
    var fineTuneAt: LayerChoice?
    @Option(help: "Adam's rate in stage 1.") var learningRate: Double?
    @Option(help: "Adam's rate in stage 2.") var fineTuneLearningRate: Double?
    @Option(
        help:
            "How the learning rate moves within a stage: constant, cosine, step:EPOCHS:FACTOR, warm-up:BATCHES or warm-up-cosine:BATCHES.",
        transform: RunOptions.schedule)
    var schedule: LearningRateSchedule?
    @Option(help: "Photos per step.") var batchSize: Int?
    @Option(help: "Fraction of the features dropped in training.") var dropout: Double?
    @Option(
        help:
            "Random changes of the training photos, such as flips,rotation:0.2,crop:0.5, as for train; what is not named is off.",
        transform: RunOptions.augmentation)
    var augmentation: AugmentationStrength?
    @OptionGroup var stronger: StrongerOptions
    @Option(help: "Weights of the classes in the loss: none, balanced, or a JSON file.")
    var classWeights: String?
    @Flag(inversion: .prefixedNo, help: "Draw all classes alike often in training.")
    var balancedSampling: Bool?
    @Option(help: "Share of the target that is spread evenly over the classes in training; 0 for none.")
    var labelSmoothing: Double?
    @Option(help: "Weight decay of the kernels that train, as AdamW's; 0 for none.") var weightDecay: Double?
    @Option(
        help: ArgumentHelp(
            "Factor of the learning rate from each block of the base to the one below it; 1 for none.",
            valueName: "factor"))
    var rateDecay: Double?
    @Option(
        help: ArgumentHelp(
            "Average the weights over the steps, with this decay; 0 for none, which trains the averages on.",
            valueName: "decay"))
    var ema: Double?
    @Option(help: "Views of each photo in the final evaluation: none, or flip.") var tta: TestTimeViews?
    @Flag(inversion: .prefixedNo, help: "Pause or fail when the loss diverges.") var divergenceGuard: Bool?
    @Option(help: "End a stage after this many epochs without a lower validation loss; 0 for never.")
    var earlyStop: Int?
    @Option(
        help:
            "Divide the learning rate by 10 after this many epochs without a lower validation loss; 0 for never."
    )
    var reduceOnPlateau: Int?
    @Option(
        help: ArgumentHelp(
            "Also save within epochs: every so many batches (200), seconds (60s) or minutes (5m); none for only at their ends.",
            valueName: "interval"))
    var saveEvery: String?
    @Option(help: "What makes an epoch the best: loss or accuracy.") var bestBy: BestMeasure?
    @Option(help: "Checkpoints to keep in addition to the last and the best.") var keep: Int?
    @Option(help: "Seed of shuffling, augmentation and dropout from here on.") var seed: UInt64?
    @Option(help: "Precision of the base: float32, bfloat16 or auto.") var precision: Precision.Choice?
    @OptionGroup var options: RunsCommand.HomeOptions

    func validate() throws {
        // The same limits apply as for a new run.
        var whole = try RunOptions.parse([])
        (whole.epochs, whole.fineTuneEpochs) = (epochs ?? 1, fineTuneEpochs ?? 1)
        whole.batchSize = batchSize ?? whole.batchSize
        (whole.learningRate, whole.fineTuneLearningRate) = (learningRate ?? 1, fineTuneLearningRate ?? 1)
        whole.dropout = dropout ?? whole.dropout
        (whole.labelSmoothing, whole.weightDecay, whole.rateDecay) = (labelSmoothing, weightDecay, rateDecay)
        (whole.ema, whole.keep) = (ema.flatMap(Self.unlessZero), keep ?? whole.keep)
        whole.earlyStop = earlyStop.flatMap(Self.unlessZero)
        whole.reduceOnPlateau = reduceOnPlateau.flatMap(Self.unlessZero)
        try whole.validate()
        _ = try saveEvery.map(Self.interval)
        _ = try classWeights.map(Self.weights)
    }

    func run() throws {
        let store = try RunStore(home: options.path)
        let folder = try RunFolder.find(home: options.path, id: id)
        let recipe = try folder.loadRecipe()
        // A person may have changed it since the run began.
        let strength = augmentation ?? (try? folder.checkpoint(named: from).header.state.augmentation)
        let branch = try folder.branch(
            from: from,
            changes(recipe, augmentation: stronger.isGiven ? stronger.added(to: strength) : augmentation),
            in: store)
        if options.json { return Console.line(try store.show(branch.id).run.jsonLine()) }
        Console.line("run \(branch.id) branches from \(from) of run \(id)")
        Console.line(
            "go on with: flowers-tui --run \(branch.id), or without a screen: flowers-tui runs resume \(branch.id)"
        )
    }

    /// The settings that the options change.
    private func changes(_ recipe: Recipe, augmentation: AugmentationStrength?) throws -> RunChanges {
        var changes = RunChanges()
        // A value that may be nil is wrapped once more.
        func set<Value>(
            _ setting: BranchSetting, _ path: WritableKeyPath<Recipe, Value>, _ value: Value?
        ) {
            guard let value else { return }
            var changed = recipe
            changed[keyPath: path] = value
            changes.take(setting, from: changed)
        }
        set(.epochs, \.epochs, epochs)
        set(.fineTuneEpochs, \.fineTuneEpochs, fineTuneEpochs)
        set(.fineTuneAt, \.fineTuneAt, try fineTuneAt?.index(in: recipe.architecture))
        set(.learningRate, \.learningRate, learningRate)
        set(.fineTuneLearningRate, \.fineTuneLearningRate, fineTuneLearningRate)
        set(.schedule, \.schedule, schedule.map(Optional.some))
        set(.batchSize, \.batchSize, batchSize)
        set(.dropout, \.dropout, dropout)
        set(.augmentation, \.augmentation, augmentation.map(Optional.some))
        set(.classWeights, \.classWeights, try classWeights.map(Self.weights))
        set(.balancedSampling, \.balancedSampling, balancedSampling.map { $0 ? true : nil })
        set(.labelSmoothing, \.labelSmoothing, labelSmoothing.map(Self.unlessZero))
        set(.weightDecay, \.weightDecay, weightDecay.map(Self.unlessZero))
        set(.rateDecay, \.rateDecay, rateDecay.map { $0 == 1 ? nil : $0 })
        set(.ema, \.ema, ema.map(Self.unlessZero))
        set(.tta, \.tta, tta.map { $0 == TestTimeViews.plain ? nil : $0 })
        set(.divergenceGuard, \.divergenceGuard, divergenceGuard.map(Optional.some))
        set(.earlyStop, \.earlyStop, earlyStop.map(Self.unlessZero))
        set(.reduceOnPlateau, \.reduceOnPlateau, reduceOnPlateau.map(Self.unlessZero))
        set(.saveEvery, \.saveEvery, try saveEvery.map(Self.interval))
        set(.bestBy, \.bestBy, bestBy.map(Optional.some))
        set(.keepCheckpoints, \.keepCheckpoints, keep.map(Optional.some))
        set(.seed, \.seed, seed)
        set(.precision, \.basePrecision, precision?.resolved())
        return changes
    }

    private static func unlessZero<Number: Numeric>(_ number: Number) -> Number? {
        number == .zero ? nil : number
    }

    private static func interval(_ text: String) throws -> SaveInterval? {
        text == "none" ? nil : try RunOptions.interval(text)
    }

    private static func weights(_ text: String) throws -> ClassWeights? {
        text == "none" ? nil : try RunOptions.classWeights(text)
    }
}

struct RunsRestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Return a run to one of its checkpoints; the last one is kept as well.")

    @Argument(help: "The run's id.") var id: String
    @Option(help: "Checkpoint to go back to: best, or one that runs show lists.") var from = "best"
    @OptionGroup var options: RunsCommand.HomeOptions

    func run() throws {
        let store = try RunStore(home: options.path)
        let folder = try RunFolder.find(home: options.path, id: id)
        let kept = try folder.restore(from, in: store)
        if options.json { return Console.line(try store.show(folder.id).run.jsonLine()) }
        Console.line(
            "run \(folder.id) stands at \(from)"
                + (kept.map { "; what was its last is kept as \($0)" } ?? ", as it did"))
    }
}
