import Foundation

/// Safeguards for a run that nobody watches; each can be switched off.
package struct Guards: Codable, Sendable, Equatable {
    /// Pauses before applying a batch whose loss is not a number or has jumped (`DivergenceRule`).
    package var divergence = true
    /// Ends a stage after this many epochs without a lower validation loss; nil switches it off.
    package var earlyStop: Int?
    /// Multiplies the learning rate by 0.1 after this many epochs without a lower validation loss
    /// (Keras' `ReduceLROnPlateau`); nil switches it off.
    package var reduceOnPlateau: Int?

    package init(divergence: Bool = true, earlyStop: Int? = nil, reduceOnPlateau: Int? = nil) {
        (self.divergence, self.earlyStop, self.reduceOnPlateau) = (divergence, earlyStop, reduceOnPlateau)
    }
}

extension Guards: CustomStringConvertible {
    /// The guards that are on, such as `divergence early-stop:3 reduce-on-plateau:2`, or `none`.
    package var description: String {
        let parts = [
            divergence ? "divergence" : nil, earlyStop.map { "early-stop:\($0)" },
            reduceOnPlateau.map { "reduce-on-plateau:\($0)" },
        ].compactMap { $0 }
        return parts.isEmpty ? "none" : parts.joined(separator: " ")
    }

    /// The fault of the values; nil if they are valid.
    package var problem: SettingFailure? {
        [earlyStop, reduceOnPlateau].allSatisfy { $0 ?? 1 >= 1 } ? nil : .guardPatience
    }
}

/// The rule for when a batch's loss has jumped.
///
/// After at least 10 batches, the mean loss of a batch must exceed 4 times the running mean of the
/// batches before (a moving average with weight 0.1, at first a plain mean) and 2·ln(classes),
/// twice the loss of guessing. A batch of fewer than 8 photos is averaged over 8, because a few
/// hard photos are no divergence. While a network trains well, a batch is hardly ever worse than
/// guessing, so the rule does not affect it.
package struct DivergenceRule: Codable, Sendable, Equatable {
    static let warmUp = 10
    static let leastPhotos = 8

    package private(set) var mean = 0.0
    private(set) var batches = 0

    package init() {}

    package func isFar(lossSum: Double, photos: Int, classes: Int) -> Bool {
        let loss = lossSum / Double(max(photos, Self.leastPhotos))
        return batches >= Self.warmUp && loss > 4 * mean && loss > 2 * log(Double(max(classes, 2)))
    }

    package mutating func note(loss: Double) {
        batches += 1
        mean += (loss - mean) * max(0.1, 1 / Double(batches))
    }
}
