import Foundation

/// What watches over a run while nobody looks; each can be switched off.
public struct Guards: Codable, Sendable, Equatable {
    /// Pauses before a batch is applied whose loss is not a number or far above what it was (`DivergenceRule`).
    public var divergence = true
    /// Ends a stage after so many epochs without a lower validation loss; nil: off.
    public var earlyStop: Int?
    /// Multiplies the learning rate by 0.1 after so many epochs without a lower validation loss (Keras'
    /// `ReduceLROnPlateau`); nil: off.
    public var reduceOnPlateau: Int?

    public init(divergence: Bool = true, earlyStop: Int? = nil, reduceOnPlateau: Int? = nil) {
        (self.divergence, self.earlyStop, self.reduceOnPlateau) = (divergence, earlyStop, reduceOnPlateau)
    }
}

extension Guards: CustomStringConvertible {
    /// `divergence early-stop:3 reduce-on-plateau:2`, those that are on; `none`.
    public var description: String {
        let parts = [
            divergence ? "divergence" : nil, earlyStop.map { "early-stop:\($0)" },
            reduceOnPlateau.map { "reduce-on-plateau:\($0)" },
        ].compactMap { $0 }
        return parts.isEmpty ? "none" : parts.joined(separator: " ")
    }

    /// What is wrong with the values, as a sentence; nil when they are sound.
    public var problem: String? {
        [earlyStop, reduceOnPlateau].allSatisfy { $0 ?? 1 >= 1 } ? nil : "A guard waits for 1 epoch or more."
    }
}

/// When a batch's loss is far above what it was.
///
/// Its mean over the photos is above 4 times the running mean of the batches before (each counts for a tenth, the first
/// ones equally) and above 2·ln(classes), twice the loss of guessing, after at least 10 batches. A batch of fewer than
/// 8 photos is taken as if the missing ones had no loss: a few hard photos are no divergence. Of a network that trains,
/// a batch is hardly ever worse than guessing, so this never meets a sound one.
struct DivergenceRule: Codable, Sendable, Equatable {
    static let warmUp = 10
    static let leastPhotos = 8

    private(set) var mean = 0.0
    private(set) var batches = 0

    func isFar(lossSum: Double, photos: Int, classes: Int) -> Bool {
        let loss = lossSum / Double(max(photos, Self.leastPhotos))
        return batches >= Self.warmUp && loss > 4 * mean && loss > 2 * log(Double(max(classes, 2)))
    }

    mutating func note(loss: Double) {
        batches += 1
        mean += (loss - mean) * max(0.1, 1 / Double(batches))
    }
}
