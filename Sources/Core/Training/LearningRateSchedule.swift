import Foundation

/// How the learning rate moves within a stage, as a factor on the rate that was set.
///
/// A schedule begins with the batch after it was chosen and ends with its stage; the next stage begins it anew on its
/// own rate. The forms are those of Keras' `CosineDecay`, `ExponentialDecay(staircase=True)` and a linear warm-up.
public enum LearningRateSchedule: Codable, Sendable, Equatable {
    case constant
    /// ½(1 + cos πt/T): from the rate to zero at the stage's end.
    case cosine
    /// The rate times `factor` after each `epochs` epochs.
    case step(epochs: Int, factor: Double)
    /// Linear from rate/n to the rate over the first n `batches`, then constant.
    case warmUp(batches: Int)

    /// The factor on the rate.
    ///
    /// - Parameters:
    ///   - batch: batches done since the schedule began, from 0.
    ///   - total: batches from its beginning to the end of the stage.
    ///   - batchesPerEpoch: for `step`.
    public func factor(batch: Int, of total: Int, batchesPerEpoch: Int) -> Double {
        switch self {
        case .constant: return 1
        case .cosine: return 0.5 * (1 + cos(.pi * Double(min(batch, total)) / Double(max(1, total))))
        case .step(let epochs, let factor): return pow(factor, Double(batch / max(1, epochs * batchesPerEpoch)))
        case .warmUp(let batches): return min(1, Double(batch + 1) / Double(max(1, batches)))
        }
    }
}
