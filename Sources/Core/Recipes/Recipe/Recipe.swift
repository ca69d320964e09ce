package import Network
package import Photos

/// Everything that determines what a run computes; saved as the run's `config.json`.
package struct Recipe: Codable, Sendable, Equatable {
    /// The base; nil, as in files of older versions, means MobileNetV2 with α = 1.
    package var model: Architecture?
    /// The named recipe that the settings began with; nil, as in files of older versions, means the
    /// notebook's.
    package var preset: RecipePreset?
    /// Epochs of stage 1, which trains the head on the frozen base.
    package var epochs = 5
    /// Epochs of stage 2, which fine-tunes the base.
    package var fineTuneEpochs = 5
    /// Index of the first layer of the base that trains in stage 2.
    package var fineTuneAt = 100
    package var learningRate = 1e-3
    package var fineTuneLearningRate = 1e-5
    package var batchSize = 32
    /// Number of chunks that a batch is divided into (`TrainingEngine.cut`), on which the last bits
    /// depend; nil in files of older versions, which took it from the machine
    /// (`RunFolder.recordedChunks`).
    package var chunks: Int?
    /// Number of groups of chunks whose gradients are summed by themselves before they are added
    /// (`PairTree`), on which the last bits of stage 2 depend: the ranks that a run began on, if they were
    /// many; nil for one, the sum of all chunks in their order.
    package var groups: Int?
    /// Whether our own kernels compute the layers that train, on which the last bits of stage 2 depend;
    /// nil, as in files of older versions, means that oneDNN does, except in bfloat16.
    package var ownTail: Bool? = true
    /// The precision of the base; nil, as in files of older versions, means Float32.
    package var precision: Precision?
    /// Fraction of the photos kept for validation, taken from the end of the shuffled list.
    package var validationSplit = 0.2
    /// Fraction of the photos for the test at the end; nil for none.
    package var testSplit: Double?
    /// Whether each class is divided for itself; nil for no.
    package var stratify: Bool?
    /// The part of a cross-validation that this run validates, in the place of `validationSplit`.
    package var fold: Fold?
    /// Whether the folders `train`, `val` and `test` say which photo is what; nil for no.
    package var givenSplit: Bool?
    /// Whether batches draw all classes alike often (`BalancedOrder`); nil for no.
    package var balancedSampling: Bool?
    package var dropout = 0.2
    /// Weights of the classes in loss and gradient; nil for 1 each.
    package var classWeights: ClassWeights?
    /// Share of the target that is spread evenly over the classes, 0…1; nil for 0
    /// (`Objective.labelSmoothing`).
    package var labelSmoothing: Double?
    /// λ of AdamW's weight decay of the kernels; nil for 0 (`Objective.weightDecay`).
    package var weightDecay: Double?
    /// Factor of the rate from block to block below the head; nil for 1 (`Objective.rateDecay`).
    package var rateDecay: Double?
    /// Decay of the average of the weights, which is then validated and kept; nil for none
    /// (`Objective.averageDecay`).
    package var ema: Double?
    /// The views whose probabilities the final evaluation averages; nil for the photo alone.
    package var tta: TestTimeViews?
    /// The strength of the augmentation at the start of the run; nil for the notebook's.
    package var augmentation: AugmentationStrength?
    /// Epochs without a lower validation loss after which a stage ends; nil for never.
    package var earlyStop: Int?
    /// Epochs without a lower validation loss after which the learning rate falls to a tenth; nil
    /// for never.
    package var reduceOnPlateau: Int?
    /// Whether a diverging loss pauses the run (or fails it if nobody can act) before it does harm;
    /// nil, as in files of older versions, means true.
    package var divergenceGuard: Bool?
    /// Schedule of the rate within each stage; nil, as in files of older versions, means constant.
    package var schedule: LearningRateSchedule?
    /// How often to save within epochs; nil to save only when they end.
    package var saveEvery: SaveInterval?
    /// The measure by which the epoch is chosen whose weights are kept as the best; nil, as in files
    /// of older versions, means the loss.
    package var bestBy: BestMeasure?
    /// Number of checkpoints to keep besides the last and the best; nil, as in files of older
    /// versions, means the standard number.
    package var keepCheckpoints: Int?
    package var seed: UInt64 = 42
    /// Side of the square that every photo is resized to, in pixels.
    package var imageSize = 160
    /// The photo folder; nil for the cached flowers, which are fetched if necessary.
    package var data: String?
    /// Which files of the folder are photos; nil, as in files of older versions, means JPEG and PNG.
    package var imageFormats: ImageFormats? = .keras
    /// The treatment of the orientation that EXIF notes; nil means that it is ignored.
    package var exifOrientation: ExifOrientation?
    /// A list of photos to leave out (`ExclusionList`), of which the run keeps a copy; nil for
    /// none.
    package var exclude: String?
    /// A weights file; nil for the cached ImageNet weights, which are fetched if necessary.
    package var weights: String?
    /// A model trained in Keras whose training goes on, with its base, its head and its optimizer's
    /// state; nil for none. Then `weights` is nil.
    package var continueFrom: String?
    /// Whether the training of `continueFrom` goes on with a fresh optimizer; nil for no.
    package var freshOptimizer: Bool?
    /// Whether the base starts with random weights instead of ImageNet's, to try out the program.
    package var demo = false

    package init() {}

    package var architecture: Architecture { model ?? .mobileNetV2 }

    /// The base for the run's photos.
    package var network: Backbone { Backbone(architecture, imageSize: imageSize) }

    /// Epochs of both stages.
    package var totalEpochs: Int { epochs + fineTuneEpochs }

    /// How the photos are read.
    package var reading: PhotoReading {
        PhotoReading(formats: imageFormats ?? .jpegAndPNG, orientation: exifOrientation ?? .ignore)
    }

    /// How the photos are divided.
    package var split: SplitPlan {
        SplitPlan(
            validation: validationSplit, test: testSplit ?? 0, isStratified: stratify ?? false, fold: fold,
            isGiven: givenSplit ?? false)
    }

    /// The precision in which the base is computed.
    package var basePrecision: Precision {
        get { precision ?? .float32 }
        // Runs in Float32 are recorded as they always were.
        set { precision = newValue == .float32 ? nil : newValue }
    }

    package var bestMeasure: BestMeasure { bestBy ?? .loss }

    /// The policy for saving and keeping checkpoints.
    package var checkpoints: CheckpointPolicy {
        CheckpointPolicy(every: saveEvery, keep: keepCheckpoints ?? CheckpointPolicy.standardKeep)
    }

    /// The guards at the start of the run.
    package var guards: Guards {
        Guards(divergence: divergenceGuard ?? true, earlyStop: earlyStop, reduceOnPlateau: reduceOnPlateau)
    }
}
