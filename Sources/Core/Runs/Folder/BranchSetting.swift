import Recipes

/// A setting that a branch may have otherwise than its run, by its option of `runs branch`. The form of
/// the dashboard offers the same.
///
/// The others say which photos are seen, and which of them validate, by which network: another value would
/// need another run.
package enum BranchSetting: String, CaseIterable, Sendable {
    case epochs
    case fineTuneEpochs = "fine-tune-epochs"
    case fineTuneAt = "fine-tune-at"
    case learningRate = "learning-rate"
    case fineTuneLearningRate = "fine-tune-learning-rate"
    case schedule
    case batchSize = "batch-size"
    case dropout
    case augmentation
    case classWeights = "class-weights"
    case balancedSampling = "balanced-sampling"
    case labelSmoothing = "label-smoothing"
    case weightDecay = "weight-decay"
    case rateDecay = "rate-decay"
    case ema
    case tta
    case divergenceGuard = "divergence-guard"
    case earlyStop = "early-stop"
    case reduceOnPlateau = "reduce-on-plateau"
    case saveEvery = "save-every"
    case bestBy = "best-by"
    case keepCheckpoints = "keep"
    case seed
    case precision

    /// Copies the setting's value.
    func copy(from source: Recipe, to target: inout Recipe) {
        switch self {
        case .epochs: target.epochs = source.epochs
        case .fineTuneEpochs: target.fineTuneEpochs = source.fineTuneEpochs
        case .fineTuneAt: target.fineTuneAt = source.fineTuneAt
        case .learningRate: target.learningRate = source.learningRate
        case .fineTuneLearningRate: target.fineTuneLearningRate = source.fineTuneLearningRate
        case .schedule: target.schedule = source.schedule
        case .batchSize: target.batchSize = source.batchSize
        case .dropout: target.dropout = source.dropout
        case .augmentation: target.augmentation = source.augmentation
        case .classWeights: target.classWeights = source.classWeights
        case .balancedSampling: target.balancedSampling = source.balancedSampling
        case .labelSmoothing: target.labelSmoothing = source.labelSmoothing
        case .weightDecay: target.weightDecay = source.weightDecay
        case .rateDecay: target.rateDecay = source.rateDecay
        case .ema: target.ema = source.ema
        case .tta: target.tta = source.tta
        case .divergenceGuard: target.divergenceGuard = source.divergenceGuard
        case .earlyStop: target.earlyStop = source.earlyStop
        case .reduceOnPlateau: target.reduceOnPlateau = source.reduceOnPlateau
        case .saveEvery: target.saveEvery = source.saveEvery
        case .bestBy: target.bestBy = source.bestBy
        case .keepCheckpoints: target.keepCheckpoints = source.keepCheckpoints
        case .seed: target.seed = source.seed
        case .precision: target.precision = source.precision
        }
    }
}
