import ArgumentParser
import Basics
import Network
import Photos
import Recipes
import Wording

/// Options of the commands that train.
struct RunOptions: ParsableArguments {
    @Option(
        help: "Folder with one folder of photos per class (default: the flowers, fetched once).",
        completion: .directory, transform: typedPath)
    var data: String?
    @OptionGroup var photos: ReadingOptions
    @OptionGroup var left: ExcludeOption
    @Option(
        help:
            "Weights: \(WeightsFormat.englishList) (default: ImageNet's, fetched once).",
        completion: .file(), transform: typedPath)
    var weights: String?
    @Option(
        help: ArgumentHelp(
            "Go on with a model trained in Keras (.keras, .h5): its base, its head, and Adam's moments and step where it has them.",
            valueName: "model"),
        completion: .file(), transform: typedPath)
    var continueFrom: String?
    @Flag(help: "With --continue-from, begin with a fresh Adam.")
    var freshOptimizer = false
    @Flag(help: "Use random weights if none can be fetched.")
    var demo = false
    @Option(
        name: .customLong("recipe"),
        help:
            "Settings to begin with: notebook's, or best, which predicts better and takes twice the time (docs/accuracy.md). Every option changes its own setting."
    )
    var preset = RecipePreset.notebook
    @Option(help: "Epochs of stage 1, the head on the frozen base (default: 5; best: 2).")
    var epochs: Int?
    @Option(help: "Epochs of stage 2, fine-tuning (default: 5; best: 10).")
    var fineTuneEpochs: Int?
    @Option(
        help:
            "First layer of the base that trains in stage 2, by number or name, as model lists them (default: 100, block6a_expand_conv for efficientnet-lite; best: 27, block3a_expand_conv)."
    )
    var fineTuneAt: LayerChoice?
    @Option(help: "Adam's rate in stage 1 (default: 0.001).")
    var learningRate: Double?
    @Option(help: "Adam's rate in stage 2 (default: 1e-05; best: 2e-04).")
    var fineTuneLearningRate: Double?
    @Option(help: "Photos per step.")
    var batchSize = 32
    @Option(
        help: ArgumentHelp(
            "How the rates follow the photos per step: none, or linear, which multiplies both by the photos over 32 and warms up over 100 batches unless --schedule says otherwise.",
            valueName: "rule"))
    var scaleRate = RateScaling.none
    @OptionGroup var split: SplitOptions
    @Flag(help: "Draw all classes alike often in training, whatever their sizes.")
    var balancedSampling = false
    @Option(help: "Fraction of the features dropped in training.")
    var dropout = 0.2
    @Option(
        help:
            "Random changes of the training photos: flips, rotation:0.2, zoom:0.2, crop:0.5, color:0.3, mixup:0.2, cutmix:1, randaugment:2:9, with commas; what is not named is off (default: flips,rotation:0.2,zoom:0.2).",
        transform: Self.augmentation)
    var augmentation: AugmentationStrength?
    @OptionGroup var stronger: StrongerOptions
    @Option(
        help:
            "Weights of the classes in the loss, as Keras' class_weight: balanced, or a JSON file such as {\"daisy\": 2.5}.",
        transform: Self.classWeights)
    var classWeights: ClassWeights?
    @Option(help: "Share of the target that is spread evenly over the classes in training.")
    var labelSmoothing: Double?
    @Option(help: "Weight decay of the kernels that train, as AdamW's.")
    var weightDecay: Double?
    @Option(
        help: ArgumentHelp(
            "Average the weights over the steps, with this decay (0.999); the averages are validated and kept.",
            valueName: "decay"))
    var ema: Double?
    @Option(
        help: ArgumentHelp(
            "Factor of the learning rate from each block of the base to the one below it (0.9).",
            valueName: "factor"))
    var rateDecay: Double?
    @Option(
        help:
            "Views of each photo whose probabilities the final evaluation averages: none, or flip, the photo and its mirror image (default: none; best: flip)."
    )
    var tta: TestTimeViews?
    @Option(help: "End a stage after this many epochs without a lower validation loss (default: never).")
    var earlyStop: Int?
    @Option(
        help:
            "Divide the learning rate by 10 after this many epochs without a lower validation loss (default: never)."
    )
    var reduceOnPlateau: Int?
    @Flag(help: "Continue when the loss diverges, instead of pausing or failing.")
    var noDivergenceGuard = false
    @Option(
        help:
            "How the learning rate moves within a stage: constant, cosine, step:EPOCHS:FACTOR, warm-up:BATCHES or warm-up-cosine:BATCHES (default: constant; best: warm-up-cosine:70).",
        transform: Self.schedule)
    var schedule: LearningRateSchedule?
    @Option(
        help: ArgumentHelp(
            "Also save within epochs: every so many batches (200), seconds (60s) or minutes (5m).",
            valueName: "interval"),
        transform: Self.interval)
    var saveEvery: SaveInterval?
    @Option(
        help:
            "What makes an epoch the best, whose weights are kept and which b and B go back to: loss (lowest) or accuracy (highest), on the validation photos."
    )
    var bestBy = BestMeasure.loss
    @Option(help: "Checkpoints to keep in addition to the last and the best.")
    var keep = CheckpointPolicy.standardKeep
    @OptionGroup var network: NetworkOptions
    @Option(
        help:
            "Precision of the base: float32; bfloat16, as Keras' mixed_bfloat16; or auto, bfloat16 where the processor has AVX512-BF16 or AMX-BF16."
    )
    var precision = Precision.Choice.float32
    @Option(help: "Seed of shuffling, augmentation, dropout and the head.")
    var seed: UInt64 = 42
    @OptionGroup var logs: LogOptions
    @OptionGroup var place: PlaceOptions

    func validate() throws {
        func check(_ condition: Bool, _ message: String) throws {
            if !condition { throw ValidationError(message) }
        }
        let standard = preset.recipe(for: network.model)
        let (epochs, fineTuneEpochs) = (
            epochs ?? standard.epochs, fineTuneEpochs ?? standard.fineTuneEpochs
        )
        let (learningRate, fineTuneLearningRate) = (
            learningRate ?? standard.learningRate, fineTuneLearningRate ?? standard.fineTuneLearningRate
        )
        try check((0...1_000_000).contains(epochs), "--epochs must be from 0 to 1000000, not \(epochs).")
        try check(
            (0...1_000_000).contains(fineTuneEpochs),
            "--fine-tune-epochs must be from 0 to 1000000, not \(fineTuneEpochs).")
        try check(
            epochs + fineTuneEpochs > 0,
            "--epochs and --fine-tune-epochs are both 0; there is nothing to train.")
        try check(
            continueFrom == nil || weights == nil,
            "--continue-from brings its own weights; leave out --weights.")
        try check(
            !freshOptimizer || continueFrom != nil,
            "--fresh-optimizer belongs to --continue-from; a run of its own begins with a fresh one.")
        try check(
            learningRate > 0 && learningRate.isFinite, "--learning-rate must be above 0, not \(learningRate)."
        )
        try check(
            fineTuneLearningRate > 0 && fineTuneLearningRate.isFinite,
            "--fine-tune-learning-rate must be above 0, not \(fineTuneLearningRate).")
        try check((1...4096).contains(batchSize), "--batch-size must be from 1 to 4096, not \(batchSize).")
        try check(
            !split.givenSplit || data != nil, "--given-split needs --data with folders train and val or test."
        )
        try check(
            (1...1_000_000).contains(earlyStop ?? 1),
            "--early-stop must be from 1 to 1000000, not \(earlyStop ?? 0).")
        try check(
            (1...1_000_000).contains(reduceOnPlateau ?? 1),
            "--reduce-on-plateau must be from 1 to 1000000, not \(reduceOnPlateau ?? 0).")
        try check(
            (0..<1).contains(labelSmoothing ?? 0),
            "--label-smoothing must be 0 or more and below 1, not \(labelSmoothing ?? 0).")
        try check(
            (0...1).contains(weightDecay ?? 0), "--weight-decay must be from 0 to 1, not \(weightDecay ?? 0)."
        )
        try check(
            ema.map { $0 > 0 && $0 < 1 } ?? true, "--ema must be above 0 and below 1, not \(ema ?? 0).")
        try check(
            rateDecay.map { $0 > 0 && $0 <= 1 } ?? true,
            "--rate-decay must be above 0 and at most 1, not \(rateDecay ?? 0).")
        try check((0...100_000).contains(keep), "--keep must be from 0 to 100000, not \(keep).")
        try check(dropout >= 0 && dropout < 1, "--dropout must be 0 or more and below 1, not \(dropout).")
    }

    /// Returns the recipe that the options make.
    ///
    /// - Parameter architecture: of the run that the options are for; nil for a new one.
    /// - Throws: `ValidationError` if its base has no layer of `fineTuneAt`'s name.
    func recipe(of architecture: Architecture? = nil) throws -> Recipe {
        var result = preset.recipe(for: network.model)
        // As absolute paths: the run may go on, or be looked at, from another folder.
        (result.data, result.weights) = (data.map(UserPath.absolute), weights.map(UserPath.absolute))
        result.continueFrom = continueFrom.map(UserPath.absolute)
        // Only what is asked for is recorded.
        result.freshOptimizer = freshOptimizer ? true : nil
        result.demo = demo
        result.epochs = epochs ?? result.epochs
        result.fineTuneEpochs = fineTuneEpochs ?? result.fineTuneEpochs
        result.fineTuneAt = try fineTuneAt?.index(in: architecture ?? network.model) ?? result.fineTuneAt
        result.learningRate = learningRate ?? result.learningRate
        result.fineTuneLearningRate = fineTuneLearningRate ?? result.fineTuneLearningRate
        (result.batchSize, result.dropout) = (batchSize, dropout)
        (result.classWeights, result.labelSmoothing, result.weightDecay) = (
            classWeights, labelSmoothing, weightDecay
        )
        result.augmentation = stronger.added(to: augmentation)
        // Nil where an option was not given, so that a run without it looks as it always did.
        (result.validationSplit, result.testSplit) = (split.validationSplit, split.testSplit)
        (result.stratify, result.givenSplit) = (
            split.stratify ? true : nil, split.givenSplit ? true : nil
        )
        result.balancedSampling = balancedSampling ? true : nil
        (result.ema, result.rateDecay) = (ema, rateDecay)
        if let tta { result.tta = tta == TestTimeViews.plain ? nil : tta }
        (result.seed, result.imageSize, result.earlyStop) = (seed, network.side, earlyStop)
        result.reduceOnPlateau = reduceOnPlateau
        result.schedule = schedule ?? result.schedule ?? .constant
        if scaleRate == .linear { result.scaleRates(given: schedule != nil) }
        (result.divergenceGuard, result.exclude) = (!noDivergenceGuard, left.exclude.map(UserPath.absolute))
        (result.imageFormats, result.exifOrientation) = (photos.imageFormats, photos.recordedOrientation)
        result.basePrecision = precision.resolved()
        (result.saveEvery, result.keepCheckpoints, result.bestBy) = (saveEvery, keep, bestBy)
        return result
    }

    @Sendable static func interval(_ text: String) throws -> SaveInterval {
        guard let interval = SaveInterval(text) else {
            throw ValidationError(
                "--save-every must be a number of batches (200), seconds (60s) or minutes (5m), not \(text).")
        }
        return interval
    }

    @Sendable static func classWeights(_ text: String) throws -> ClassWeights {
        if text == "balanced" { return .balanced }
        do { return try ClassWeights(path: UserPath.expanded(text)) } catch {
            throw ValidationError("\(error)")
        }
    }

    @Sendable static func augmentation(_ text: String) throws -> AugmentationStrength {
        guard let strength = AugmentationStrength(text) else {
            throw ValidationError(
                "--augmentation must be none, or some of flips, rotation:TURN, zoom:FRACTION, crop:SHARE, color:FRACTION, "
                    + "mixup:ALPHA, cutmix:ALPHA and randaugment:N:M with commas between them (such as flips,crop:0.5,color:0.3), not \(text)."
            )
        }
        if let problem = strength.problem { throw ValidationError("--augmentation \(text): \(problem)") }
        return strength
    }

    @Sendable static func schedule(_ text: String) throws -> LearningRateSchedule {
        guard let schedule = LearningRateSchedule(text) else {
            throw ValidationError(
                "--schedule must be constant, cosine, step:EPOCHS:FACTOR (such as step:2:0.1), warm-up:BATCHES "
                    + "(such as warm-up:50) or warm-up-cosine:BATCHES, not \(text).")
        }
        return schedule
    }
}

extension RecipePreset: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension Precision.Choice: ExpressibleByArgument {}
extension BestMeasure: ExpressibleByArgument {}
extension TestTimeViews: ExpressibleByArgument {}
