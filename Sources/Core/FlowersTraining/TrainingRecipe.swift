internal import Network
internal import Recipes

/// The settings of a training. The defaults are those of the Keras tutorial on transfer learning:
/// five epochs of a new head on the frozen base, then five that fine-tune it from layer 100.
public struct TrainingRecipe: Sendable, Equatable {
    /// Weights that the base begins with.
    public enum Weights: Sendable, Equatable {
        /// Those of `keras.applications`, trained on ImageNet.
        case imageNet
        /// A Keras .h5, .weights.h5 or .keras file, or safetensors, of this architecture.
        case file(String)
        /// Random ones, from the recipe's seed.
        case random
    }

    public var weights = Weights.imageNet
    /// Epochs of stage 1, which trains the head on the frozen base.
    public var epochs = 5
    /// Epochs of stage 2, which fine-tunes the base; 0 for none.
    public var fineTuneEpochs = 5
    /// Index of the first layer of the base that trains in stage 2; nil for the base's usual one, which is
    /// layer 100 of MobileNetV2.
    public var fineTuneAt: Int?
    /// Adam's learning rate in stage 1.
    public var learningRate = 1e-3
    /// Adam's learning rate in stage 2.
    public var fineTuneLearningRate = 1e-5
    /// Photos per step, 1–4096.
    public var batchSize = 32
    /// Fraction of the features dropped in training, from 0 and below 1.
    public var dropout = 0.2
    /// Seed of shuffling, augmentation, dropout and the head.
    public var seed: UInt64 = 42
    /// Epochs without a lower validation loss after which a stage ends; nil for never.
    public var earlyStop: Int?

    public init() {}

    /// - Throws: `TrainingError` that names a value out of its range.
    func recipe(_ model: BaseModel, imageSize: Int) throws -> Recipe {
        func check(_ condition: Bool, _ sentence: String) throws {
            if !condition { throw TrainingError(sentence) }
        }
        try check(
            (0...1_000_000).contains(epochs) && (0...1_000_000).contains(fineTuneEpochs)
                && epochs + fineTuneEpochs > 0,
            "A recipe needs at least one epoch and at most a million in each stage, not \(epochs) and \(fineTuneEpochs)."
        )
        let fineTuneAt = fineTuneAt ?? model.architecture.standardFineTuneAt
        try check(
            (0..<model.layerCount).contains(fineTuneAt),
            "The first layer to fine-tune must be from 0 to \(model.layerCount - 1), not \(fineTuneAt).")
        for rate in [learningRate, fineTuneLearningRate] {
            try check(rate > 0 && rate.isFinite, "A learning rate must be above 0, not \(rate).")
        }
        try check((1...4096).contains(batchSize), "The batch size must be from 1 to 4096, not \(batchSize).")
        try check(dropout >= 0 && dropout < 1, "Dropout must be from 0 and below 1, not \(dropout).")
        try check(
            (1...1_000_000).contains(earlyStop ?? 1), "Early stopping needs at least one epoch of patience.")
        try model.check(imageSize: imageSize)
        var result = Recipe()
        // The standard base is recorded as it always was.
        result.model = model == .mobileNetV2 ? nil : model.architecture
        (result.epochs, result.fineTuneEpochs, result.fineTuneAt) = (epochs, fineTuneEpochs, fineTuneAt)
        (result.learningRate, result.fineTuneLearningRate) = (learningRate, fineTuneLearningRate)
        (result.batchSize, result.dropout, result.seed) = (batchSize, dropout, seed)
        (result.earlyStop, result.imageSize) = (earlyStop, imageSize)
        return result
    }
}
