internal import Recipes
internal import Training

/// Progress of a training, in the order in which it happens.
public enum TrainingEvent: Sendable, Equatable {
    /// A batch of an epoch. Loss (in nats) and accuracy are means over the epoch so far.
    case batchEnded(epoch: Int, step: Int, steps: Int, loss: Double, accuracy: Double)
    case epochEnded(Epoch)
    /// Something that did not end the training, described by a sentence.
    case warning(String)

    /// The result of an epoch. Losses are mean cross-entropies in nats, accuracies fractions of 1.
    public struct Epoch: Sendable, Equatable {
        /// Counts from 0 across both stages, as in Keras' callbacks.
        public let epoch: Int
        public let isFineTuning: Bool
        public let trainLoss: Double
        public let trainAccuracy: Double
        public let validationLoss: Double
        public let validationAccuracy: Double
        /// Training images per second.
        public let imagesPerSecond: Double
    }

    /// Nil for events that serve the program only.
    init?(_ event: SessionEvent) {
        switch event.recorded {
        case .batchEnded(let batch):
            self = .batchEnded(
                epoch: batch.epoch, step: batch.step, steps: batch.steps, loss: batch.loss,
                accuracy: batch.accuracy)
        case .epochEnded(let epoch):
            self = .epochEnded(
                Epoch(
                    epoch: epoch.epoch, isFineTuning: epoch.stage == .fineTune, trainLoss: epoch.trainLoss,
                    trainAccuracy: epoch.trainAccuracy, validationLoss: epoch.validationLoss,
                    validationAccuracy: epoch.validationAccuracy, imagesPerSecond: epoch.imagesPerSecond))
        case .warning(let warning): self = .warning(warning.message)
        case .runStarted, .stageStarted, .commandApplied, .checkpointSaved, .runEnded, nil: return nil
        }
    }
}
