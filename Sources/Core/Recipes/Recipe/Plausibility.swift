import Network
import Photos

/// Bounds for numbers in files. A run's files may come from elsewhere, and a number that no run
/// writes must not crash whoever calculates with it.
package enum Plausibility {
    /// Epochs of one stage, or of both.
    package static let epochs = 0...1_000_000
    /// Batches, photos, parameters.
    package static let counts = 0...1_000_000_000_000
    /// Seconds since 1970, up to the year 5138.
    package static let times = 0.0...1e11
    /// Seconds that a part of a run takes.
    static let durations = 0.0...1e11
    /// Photos per second, for a batch that took any time at all.
    static let speeds = 1e-6...1e12
    /// Larger than any sum of single-precision values, and far from the limits of doubles.
    static let magnitudes = -1e100...1e100

    /// Whether a value may be a loss or a norm, which are not finite after a divergence.
    static func isMeasured(_ value: Double) -> Bool { !value.isFinite || magnitudes.contains(value) }
    /// Whether a value may be a fraction of the photos; for no photos it is NaN.
    static func isFraction(_ value: Double) -> Bool { value.isNaN || (0...1).contains(value) }
    static func isSpeed(_ value: Double) -> Bool { value == 0 || speeds.contains(value) }
    static func isRate(_ value: Double) -> Bool { value >= 0 && value.isFinite }

    /// The layers of any base, followed by the head: up to `Backbone.headLayer`, which a recipe
    /// names but does not compute with.
    static let layers = 0...Architecture.mostLayers
}

extension Recipe {
    /// Whether a recipe from a file is within the bounds of the command line.
    package var isPlausible: Bool {
        let limits = Plausibility.self
        return limits.epochs.contains(epochs) && limits.epochs.contains(fineTuneEpochs)
            && (0...architecture.layerCount).contains(fineTuneAt)
            && learningRate > 0 && learningRate.isFinite && fineTuneLearningRate > 0
            && fineTuneLearningRate.isFinite
            && (1...4096).contains(batchSize) && validationSplit > 0 && validationSplit < 1 && dropout >= 0
            && dropout < 1 && (0..<1).contains(labelSmoothing ?? 0) && (0...1).contains(weightDecay ?? 0)
            && classWeights?.isPlausible ?? true && rateDecay.map { $0 > 0 && $0 <= 1 } ?? true
            && testSplit.map { $0 > 0 && $0 < 1 && $0 + validationSplit < 1 } ?? true
            && fold?.isPlausible ?? true
            && ema.map { $0 > 0 && $0 < 1 } ?? true && augmentation?.problem == nil
            && architecture.accepts(imageSize: imageSize) && guards.isPlausible
            && schedule?.problem == nil
            && (0...100_000).contains(checkpoints.keep) && (1...4096).contains(chunks ?? 1)
            && (1...4096).contains(groups ?? 1)
    }
}

extension Guards {
    var isPlausible: Bool {
        problem == nil && [earlyStop, reduceOnPlateau].allSatisfy { Plausibility.epochs.contains($0 ?? 1) }
    }
}

extension RunProgress {
    package var isPlausible: Bool {
        let limits = Plausibility.self
        return [epoch, bestEpoch ?? 0, bestByAccuracy?.epoch ?? 0, patienceFrom, plateauEpochs].allSatisfy(
            limits.epochs.contains)
            && [step, adamStep, epochCorrect, epochExamples, scheduleBatch, divergence.batches]
                .allSatisfy(limits.counts.contains)
            && test?.isPlausible ?? true
    }
}

extension TestScore {
    var isPlausible: Bool {
        let limits = Plausibility.self
        return limits.epochs.contains(epoch) && limits.counts.contains(images) && limits.isMeasured(loss)
            && limits.isFraction(accuracy)
    }
}

extension RecipeState {
    package var isPlausible: Bool {
        let limits = Plausibility.self
        return [headEpochs, fineTuneEpochs].allSatisfy(limits.epochs.contains)
            && [fineTuneAt ?? 0, stageFinish?.layer ?? 0].allSatisfy(limits.layers.contains)
            && limits.isRate(baseLearningRate) && dropout >= 0 && dropout < 1 && schedule.problem == nil
            && guards.isPlausible && augmentation.problem == nil
    }
}

extension TrainerCommand {
    /// Whether a command from a file or another process has possible values.
    package var isPlausible: Bool {
        switch self {
        case .setLearningRate(let number), .multiplyLearningRate(let number): Plausibility.isRate(number)
        case .unfreeze(let layer): Plausibility.layers.contains(layer)
        case .setSchedule(let schedule): schedule.problem == nil
        case .setDropout(let rate): rate >= 0 && rate < 1
        case .setAugmentation(let strength): strength.problem == nil
        case .setGuards(let guards): guards.isPlausible
        case .addEpochs(let count): count.magnitude <= Plausibility.epochs.upperBound
        case .restoreCheckpoint(let name), .stopKeepingCheckpoint(let name): name.utf8.count <= 64
        default: true
        }
    }
}

extension TrainerEvent {
    var isPlausible: Bool {
        let limits = Plausibility.self
        return switch self {
        case .runStarted(let event):
            limits.counts.contains(event.trainImages) && limits.counts.contains(event.validationImages)
                && limits.counts.contains(event.testImages ?? 0)
        case .stageStarted(let event):
            limits.epochs.contains(event.epoch) && limits.counts.contains(event.trainableParameters)
                && limits.layers.contains(event.fineTuneAt ?? 0) && limits.isRate(event.learningRate)
        case .batchEnded(let event):
            limits.epochs.contains(event.epoch) && limits.counts.contains(event.step)
                && limits.counts.contains(event.steps)
                && [event.loss, event.batchLoss, event.gradientNorm ?? 0].allSatisfy(limits.isMeasured)
                && limits.isFraction(event.accuracy) && limits.isRate(event.learningRate)
                && limits.isSpeed(event.imagesPerSecond)
        case .epochEnded(let event): event.isPlausible
        case .commandApplied(let event):
            limits.epochs.contains(event.epoch) && limits.counts.contains(event.step)
                && event.command.isPlausible
                && limits.times.contains(event.time ?? 0) && limits.isRate(event.learningRate)
        case .checkpointSaved(let event): limits.epochs.contains(event.epoch)
        case .runEnded(let event):
            limits.isMeasured(event.validationLoss ?? 0) && limits.isFraction(event.validationAccuracy ?? 0)
                && event.test?.isPlausible ?? true
        case .warning: true
        }
    }
}

extension TrainerEvent.EpochEnded {
    package var isPlausible: Bool {
        let limits = Plausibility.self
        return limits.epochs.contains(epoch) && [trainLoss, validationLoss].allSatisfy(limits.isMeasured)
            && [trainAccuracy, validationAccuracy].allSatisfy(limits.isFraction)
            && [trainSeconds, validationSeconds].allSatisfy(limits.durations.contains)
            && limits.isSpeed(imagesPerSecond)
    }
}
