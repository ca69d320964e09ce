/// The counters and positions of a run between two batches. With the `RecipeState` and the tensors,
/// they are all that resuming needs.
package struct RunProgress: Sendable, Equatable {
    /// Epochs completed, over both stages.
    package var epoch = 0
    /// Batches completed in the next epoch.
    package var step = 0
    /// Adam's step count t, which starts again with each new optimizer.
    package var adamStep = 0
    /// Sum of the losses of the unfinished epoch's examples, in nats.
    package var epochLossSum = 0.0
    package var epochCorrect = 0
    package var epochExamples = 0
    /// From the epoch with the lowest validation loss so far.
    package var bestValidationLoss: Double?
    package var bestValidationAccuracy: Double?
    package var bestEpoch: Int?
    /// The epoch with the highest validation accuracy so far; nil also in files of older versions.
    package var bestByAccuracy: EpochScore?
    package var lastValidationLoss: Double?
    package var lastValidationAccuracy: Double?
    /// From the end of the run; nil before, and without test photos.
    package var test: TestScore?
    /// Whether the run has completed all its epochs.
    package var finished = false
    /// Batches completed since the schedule started.
    package var scheduleBatch = 0
    /// Epoch from which early stopping counts.
    package var patienceFrom = 0
    /// State of `Guards.reduceOnPlateau`: the loss that counts as the lowest, and the epochs
    /// without a lower one.
    var plateauLoss: Double?
    package var plateauEpochs = 0
    package var divergence = DivergenceRule()

    package init() {}

    /// Starts the current epoch over.
    package mutating func beginEpoch() {
        (step, epochLossSum, epochCorrect, epochExamples) = (0, 0, 0, 0)
    }

    /// Starts the counts that belong to a single stage over.
    package mutating func beginStage() {
        (scheduleBatch, plateauLoss, plateauEpochs, divergence) = (0, nil, 0, DivergenceRule())
    }

    /// Makes the guards start over, because the weights were replaced.
    package mutating func forgetTheLosses() {
        (patienceFrom, plateauEpochs, divergence) = (epoch, 0, DivergenceRule())
    }

    /// Makes each guard that is switched on count from now.
    package mutating func begin(_ guards: Guards, after before: Guards) {
        if before.reduceOnPlateau == nil { plateauEpochs = 0 }
        if before.earlyStop == nil { patienceFrom = epoch }
        if !before.divergence { divergence = DivergenceRule() }
    }

    /// The best epoch so far by a measure.
    package subscript(best measure: BestMeasure) -> EpochScore? {
        get {
            switch measure {
            case .accuracy: return bestByAccuracy
            case .loss:
                guard let bestEpoch, let bestValidationLoss else { return nil }
                return EpochScore(
                    epoch: bestEpoch, loss: bestValidationLoss, accuracy: bestValidationAccuracy ?? .nan)
            }
        }
        set {
            switch measure {
            case .accuracy: bestByAccuracy = newValue
            case .loss:
                (bestEpoch, bestValidationLoss) = (newValue?.epoch, newValue?.loss)
                bestValidationAccuracy = newValue?.accuracy
            }
        }
    }

    /// Notes the results of an epoch, and returns the measures by which it is the best so far.
    package mutating func note(_ score: EpochScore) -> Set<BestMeasure> {
        let improved = BestMeasure.allCases.filter { $0.improves(score, on: self[best: $0]) }
        for measure in improved { self[best: measure] = score }
        return Set(improved)
    }

    /// Returns the epochs since the lowest validation loss, but at most those since `first`.
    package func epochsWithoutGain(since first: Int) -> Int {
        min(epoch - first, bestEpoch.map { epoch - 1 - $0 } ?? .max)
    }

    /// Records an epoch's validation loss like Keras' `ReduceLROnPlateau(min_delta=1e-4)`.
    ///
    /// - Parameter patience: epochs without a lower loss after which to act; nil for never.
    /// - Returns: whether to lower the learning rate.
    package mutating func notePlateau(validationLoss: Double, patience: Int?) -> Bool {
        if validationLoss < (plateauLoss ?? .infinity) - 1e-4 {
            (plateauLoss, plateauEpochs) = (validationLoss, 0)
            return false
        }
        plateauEpochs += 1
        guard let patience, plateauEpochs >= patience else { return false }
        plateauEpochs = 0
        return true
    }
}
