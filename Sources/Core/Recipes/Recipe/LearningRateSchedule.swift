import Basics
import Foundation

/// A learning rate schedule within a stage, as a factor on the rate that was set.
///
/// A schedule starts at the batch after it was chosen and ends with its stage; the next stage
/// starts it again on its own rate. The forms are Keras' `CosineDecay`,
/// `ExponentialDecay(staircase=True)` and a linear warm-up.
package enum LearningRateSchedule: Sendable, Equatable {
    case constant
    /// ½(1 + cos πt/T): from the rate down to zero at the end of the stage.
    case cosine
    /// The rate times `factor` after every `epochs` epochs.
    case step(epochs: Int, factor: Double)
    /// Linear from rate/n to the rate over the first n `batches`, then constant.
    case warmUp(batches: Int)
    /// Linear from rate/n to the rate over the first n `batches`, then half a cosine down to zero at
    /// the end of the stage.
    case warmUpCosine(batches: Int)

    /// Returns the factor on the rate.
    ///
    /// - Parameters:
    ///   - batch: batches completed since the schedule started.
    ///   - total: batches from its start to the end of the stage.
    ///   - batchesPerEpoch: used by `step` only.
    package func factor(batch: Int, of total: Int, batchesPerEpoch: Int) -> Double {
        switch self {
        case .constant: return 1
        case .cosine: return 0.5 * (1 + cos(.pi * Double(min(batch, total)) / Double(max(1, total))))
        case .step(let epochs, let factor):
            return pow(factor, Double(batch / max(1, epochs * batchesPerEpoch)))
        case .warmUp(let batches): return min(1, Double(batch + 1) / Double(max(1, batches)))
        case .warmUpCosine(let batches):
            if batch < batches { return Double(batch + 1) / Double(max(1, batches)) }
            return Self.cosine.factor(
                batch: batch - batches, of: total - batches, batchesPerEpoch: batchesPerEpoch)
        }
    }

    /// Returns the factors before and after a change: a decay, if `batch` is the first after it, or
    /// a whole warm-up. Returns nil for any other batch.
    package func change(at batch: Int, batchesPerEpoch: Int) -> (before: Double, after: Double)? {
        switch self {
        case .constant, .cosine: return nil
        case .step(let epochs, let factor):
            let (decays, rest) = batch.quotientAndRemainder(dividingBy: max(1, epochs * batchesPerEpoch))
            return decays > 0 && rest == 0 && factor != 1
                ? (pow(factor, Double(decays - 1)), pow(factor, Double(decays))) : nil
        case .warmUp(let batches), .warmUpCosine(let batches):
            return batch == batches && batches > 1 ? (1 / Double(batches), 1) : nil
        }
    }

    /// The fault of the parameters; nil if they are valid.
    package var problem: SettingFailure? {
        switch self {
        case .constant, .cosine: return nil
        case .step(let epochs, let factor):
            return (1...100_000).contains(epochs) && factor > 0 && factor <= 1
                ? nil : .stepSchedule
        case .warmUp(let batches), .warmUpCosine(let batches):
            return (1...10_000_000).contains(batches) ? nil : .warmUp
        }
    }
}

extension LearningRateSchedule: LosslessStringConvertible {
    /// The form used on the command line: `constant`, `cosine`, `step:2:0.1` (epochs, factor),
    /// `warm-up:50` (batches), `warm-up-cosine:50` (batches).
    package var description: String {
        switch self {
        case .constant: "constant"
        case .cosine: "cosine"
        case .step(let epochs, let factor): "step:\(epochs):\(factor)"
        case .warmUp(let batches): "warm-up:\(batches)"
        case .warmUpCosine(let batches): "warm-up-cosine:\(batches)"
        }
    }

    /// Returns nil if the text is not a schedule or its parameters have a `problem`.
    package init?(_ description: String) {
        let parts = description.split(separator: ":", omittingEmptySubsequences: false)
        switch (parts[0], parts.count) {
        case ("constant", 1): self = .constant
        case ("cosine", 1): self = .cosine
        case ("step", 3):
            guard let epochs = Int(parts[1]), let factor = Double(parts[2]) else { return nil }
            self = .step(epochs: epochs, factor: factor)
        case ("warm-up", 2):
            guard let batches = Int(parts[1]) else { return nil }
            self = .warmUp(batches: batches)
        case ("warm-up-cosine", 2):
            guard let batches = Int(parts[1]) else { return nil }
            self = .warmUpCosine(batches: batches)
        default: return nil
        }
        if problem != nil { return nil }
    }
}

extension LearningRateSchedule: CodedAsText {}

extension Double {
    /// A learning rate in short form: `1e-03`, `2.5e-04`, `1.25e-04`.
    package var learningRateText: String {
        let parts = String(format: "%.2e", self).split(separator: "e")
        guard parts.count == 2 else { return "\(self)" }
        var digits = parts[0]
        while digits.contains("."), digits.hasSuffix("0") || digits.hasSuffix(".") { digits.removeLast() }
        return "\(digits)e\(parts[1])"
    }
}
