/// The two stages of the recipe, named as in the JSON event stream.
public enum Stage: String, Codable, Sendable, CaseIterable {
    /// Stage 1: trains a new head on the frozen base.
    case head
    /// Stage 2: trains the top of the base as well.
    case fineTune = "fine_tune"

    /// Position in the recipe, from 0.
    var order: Int { self == .head ? 0 : 1 }
}

/// Why a checkpoint was written.
public enum CheckpointReason: String, Codable, Sendable {
    /// `interval` means between the ends of epochs, as `CheckpointPolicy` demands.
    case epoch, best, interval, requested, stopped, finished
}

/// The source of a change to a run.
public enum CommandOrigin: String, Codable, Sendable {
    /// A person, by key or mouse.
    case key
    case schedule
    /// One of the `Guards`.
    case `guard`
}

/// The way a run ended.
public enum RunEndReason: String, Codable, Sendable {
    case finished, stopped, interrupted, failed
}

/// The trainer's events: the stable stream of `train --json`.
///
/// Epochs count from 0 across both stages, like those of Keras' callbacks: with the defaults stage
/// 1 is epochs 0–4 and stage 2 is epochs 5–9. Steps count from 1; `step == steps` marks the last
/// batch of an epoch. Losses are mean cross-entropies in nats, accuracies fractions of 1. Both are
/// means over the epoch's examples; in `batchEnded` over those so far, as Keras prints them.
public enum TrainerEvent: Sendable, Equatable {
    case runStarted(RunStarted)
    case stageStarted(StageStarted)
    case batchEnded(BatchEnded)
    case epochEnded(EpochEnded)
    case commandApplied(CommandApplied)
    case checkpointSaved(CheckpointSaved)
    case warning(Warning)
    case runEnded(RunEnded)

    public struct RunStarted: Codable, Sendable, Equatable {
        public var run: String
        /// The photo folder, or `synthetic demo flowers`.
        public var data: String
        /// Where the weights came from, in words.
        public var weights: String
        public var trainImages: Int
        public var validationImages: Int
        public var classes: [String]

        public init(
            run: String, data: String, weights: String, trainImages: Int, validationImages: Int,
            classes: [String]
        ) {
            (self.run, self.data, self.weights) = (run, data, weights)
            (self.trainImages, self.validationImages) = (trainImages, validationImages)
            self.classes = classes
        }
    }

    public struct StageStarted: Codable, Sendable, Equatable {
        public var stage: Stage
        public var epoch: Int
        public var trainableParameters: Int
        public var learningRate: Double
        /// First trainable layer of the base (0–153); nil while all of it is frozen.
        public var fineTuneAt: Int?

        public init(
            stage: Stage, epoch: Int, trainableParameters: Int, learningRate: Double, fineTuneAt: Int?
        ) {
            (self.stage, self.epoch, self.trainableParameters) = (stage, epoch, trainableParameters)
            (self.learningRate, self.fineTuneAt) = (learningRate, fineTuneAt)
        }
    }

    public struct BatchEnded: Codable, Sendable, Equatable {
        public var epoch: Int
        public var step: Int
        public var steps: Int
        /// Mean over the epoch's examples so far.
        public var loss: Double
        public var accuracy: Double
        /// Mean cross-entropy of this batch alone, in nats.
        public var batchLoss: Double
        public var learningRate: Double
        public var imagesPerSecond: Double
        /// Euclidean norm of the gradient of all trained weights; nil in logs of older versions.
        public var gradientNorm: Double?

        public init(
            epoch: Int, step: Int, steps: Int, loss: Double, accuracy: Double, batchLoss: Double,
            learningRate: Double, imagesPerSecond: Double, gradientNorm: Double? = nil
        ) {
            (self.epoch, self.step, self.steps) = (epoch, step, steps)
            (self.loss, self.accuracy, self.batchLoss) = (loss, accuracy, batchLoss)
            (self.learningRate, self.imagesPerSecond) = (learningRate, imagesPerSecond)
            self.gradientNorm = gradientNorm
        }
    }

    public struct EpochEnded: Codable, Sendable, Equatable {
        public var epoch: Int
        public var stage: Stage
        public var trainLoss: Double
        public var trainAccuracy: Double
        public var validationLoss: Double
        public var validationAccuracy: Double
        public var trainSeconds: Double
        public var validationSeconds: Double
        /// Training images per second in this epoch, without pauses.
        public var imagesPerSecond: Double

        public init(
            epoch: Int, stage: Stage, trainLoss: Double, trainAccuracy: Double, validationLoss: Double,
            validationAccuracy: Double, trainSeconds: Double, validationSeconds: Double,
            imagesPerSecond: Double
        ) {
            (self.epoch, self.stage, self.trainLoss, self.trainAccuracy) = (
                epoch, stage, trainLoss, trainAccuracy
            )
            (self.validationLoss, self.validationAccuracy) = (validationLoss, validationAccuracy)
            (self.trainSeconds, self.validationSeconds) = (trainSeconds, validationSeconds)
            self.imagesPerSecond = imagesPerSecond
        }
    }

    public struct CommandApplied: Codable, Sendable, Equatable {
        public var command: TrainerCommand
        public var epoch: Int
        /// Batches of the epoch completed when the command took effect.
        public var step: Int
        /// The rate in force after the command.
        public var learningRate: Double
        /// Nil in logs of older versions, in which every command came from a person.
        public var by: CommandOrigin?
        /// The value before and after, if the command changed one: rates as `1e-03`, layers as
        /// `100` (`154`: all frozen), schedules, dropout, augmentation, guards and epochs in the
        /// form used on the command line.
        public var before: String?
        public var after: String?
        /// Seconds since 1970; nil in logs of older versions.
        public var time: Double?

        public init(
            command: TrainerCommand, epoch: Int, step: Int, learningRate: Double, by: CommandOrigin? = nil,
            before: String? = nil, after: String? = nil, time: Double? = nil
        ) {
            (self.command, self.epoch, self.step, self.learningRate) = (command, epoch, step, learningRate)
            (self.by, self.before, self.after, self.time) = (by, before, after, time)
        }
    }

    public struct CheckpointSaved: Codable, Sendable, Equatable {
        public var path: String
        /// Epochs completed.
        public var epoch: Int
        public var reason: CheckpointReason

        public init(path: String, epoch: Int, reason: CheckpointReason) {
            (self.path, self.epoch, self.reason) = (path, epoch, reason)
        }
    }

    public struct Warning: Codable, Sendable, Equatable {
        /// The complete message, in English.
        public var message: String
        /// The file concerned, if any.
        public var file: String?
        /// The kind of warning, which allows other wording; nil for messages without a kind, such
        /// as system errors.
        public var kind: Kind?
        /// The values in the message, in the order given with the kind.
        public var values: [String]?

        public enum Kind: String, Codable, Sendable, CaseIterable {
            /// The loss, the previous loss, epoch and batch.
            case lossJumped = "loss_jumped"
            /// Epoch and batch; training pauses.
            case lossNotANumber = "loss_not_a_number"
            /// Epoch and batch; training continues.
            case batchesNotApplied = "batches_not_applied"
            case noBestEpoch = "no_best_epoch"
            case frozenAlready = "frozen_already"
            /// The layer.
            case trainsAlready = "trains_already"
            case stageCannotBeShorter = "stage_cannot_be_shorter"
            /// The file; the reason why it cannot be used.
            case photoSkipped = "photo_skipped"
            case begunAgain = "begun_again"
            /// The class.
            case classOfOne = "class_of_one"
            /// The class; the number of its photos.
            case classOnlyInValidation = "class_only_in_validation"
            /// The number of missing photos; the folder; one of the photos.
            case exclusionsMissing = "exclusions_missing"
            /// The folder.
            case photosChanged = "photos_changed"
            /// Engine that the run was saved with; engine that it goes on with.
            case engineChanged = "engine_changed"
        }

        public init(message: String, file: String? = nil) { (self.message, self.file) = (message, file) }

        public init(_ kind: Kind, _ message: String, values: [String] = [], file: String? = nil) {
            (self.kind, self.message, self.values, self.file) = (kind, message, values, file)
        }
    }

    public struct RunEnded: Codable, Sendable, Equatable {
        public var reason: RunEndReason
        /// Nil if the run ended before its first validation.
        public var validationLoss: Double?
        public var validationAccuracy: Double?

        public init(reason: RunEndReason, validationLoss: Double?, validationAccuracy: Double?) {
            (self.reason, self.validationLoss) = (reason, validationLoss)
            self.validationAccuracy = validationAccuracy
        }
    }
}
