import ArgumentParser
import Recipes

/// Rules by which the learning rate follows the size of the batch.
enum RateScaling: String, ExpressibleByArgument, CaseIterable {
    case none, linear
}

extension Recipe {
    /// Photos per step for which the standard rates are meant.
    private static let standardBatch = 32.0

    /// Multiplies the rates by the photos per step (Goyal et al. 2017), with a warm-up.
    ///
    /// - Parameter given: whether a schedule was asked for, which then stays.
    mutating func scaleRates(given: Bool) {
        let factor = Double(batchSize) / Self.standardBatch
        learningRate *= factor
        fineTuneLearningRate *= factor
        if given { return }
        switch schedule {
        case nil, .constant: schedule = .warmUp(batches: 100)
        case .cosine: schedule = .warmUpCosine(batches: 100)
        case .step, .warmUp, .warmUpCosine: break
        }
    }
}
