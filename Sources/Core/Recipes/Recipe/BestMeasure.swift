/// The measure by which an epoch is the best of its run.
package enum BestMeasure: String, Codable, Sendable, CaseIterable {
    /// The lowest validation loss.
    case loss
    /// The highest validation accuracy and, of equal ones, the lowest loss.
    case accuracy

    /// Whether an epoch with this score becomes the best one. Of equal epochs the earliest counts.
    package func improves(_ score: EpochScore, on best: EpochScore?) -> Bool {
        guard score.loss.isFinite else { return false }
        guard let best else { return true }
        return switch self {
        case .loss: score.loss < best.loss
        case .accuracy: (score.accuracy, -score.loss) > (best.accuracy, -best.loss)
        }
    }
}

/// The results of an epoch on the validation photos.
package struct EpochScore: Codable, Sendable, Equatable {
    package var epoch: Int
    /// Mean cross-entropy, in nats.
    package var loss: Double
    package var accuracy: Double

    package init(epoch: Int, loss: Double, accuracy: Double) {
        (self.epoch, self.loss, self.accuracy) = (epoch, loss, accuracy)
    }
}

extension TrainerEvent.EpochEnded {
    package var score: EpochScore {
        EpochScore(epoch: epoch, loss: validationLoss, accuracy: validationAccuracy)
    }
}
