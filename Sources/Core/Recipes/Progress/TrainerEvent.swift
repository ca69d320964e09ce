package import Basics

/// The two stages of the recipe, named as in the JSON event stream.
package enum Stage: String, Codable, Sendable, CaseIterable {
    /// Stage 1: trains a new head on the frozen base.
    case head
    /// Stage 2: trains the top of the base as well.
    case fineTune = "fine_tune"

    /// Position in the recipe, from 0.
    package var order: Int { self == .head ? 0 : 1 }
}

/// Why a checkpoint was written.
package enum CheckpointReason: String, Codable, Sendable {
    /// `interval` means between the ends of epochs, as `CheckpointPolicy` demands.
    case epoch, best, interval, requested, stopped, finished
}

/// The source of a change to a run.
package enum CommandOrigin: String, Codable, Sendable {
    /// A person, by key or mouse.
    case key
    case schedule
    /// One of the `Guards`.
    case `guard`
}

/// The way a run ended.
package enum RunEndReason: String, Codable, Sendable {
    case finished, stopped, interrupted, failed
}

/// The trainer's events: the stable stream of `train --json`.
///
/// Epochs count from 0 across both stages, like those of Keras' callbacks: with the defaults stage
/// 1 is epochs 0–4 and stage 2 is epochs 5–9. Steps count from 1; `step == steps` marks the last
/// batch of an epoch. Losses are mean cross-entropies in nats, accuracies fractions of 1. Both are
/// means over the epoch's examples; in `batchEnded` over those so far, as Keras prints them.
///
/// ## Order
///
/// Events come in the order in which things happen. Those that belong together:
///
/// - A run: `runStarted`, `stageStarted`, batches and epochs, `stageStarted` again for stage 2,
///   `checkpointSaved` and `runEnded`. A run that goes on starts with both again.
/// - A batch: `batchEnded`, then `commandApplied` if the schedule changes the rate, then
///   `checkpointSaved` if one is due.
/// - An epoch, after its last batch: `epochEnded`, a `warning` for each photo that could not be
///   read, `commandApplied` if a guard acts, `checkpointSaved`.
/// - A command: what it does, which is `stageStarted` where other layers train now and
///   `checkpointSaved` where it saves; then `commandApplied`, with the values before and after. A
///   command that is refused or fails gives a `warning` instead.
///
/// Among these, front ends also receive `SessionEvent`s that are not recorded: the `layers` of a
/// batch right after it, a `statusChanged` and `predictions` as part of what a command does, and
/// the `settings` after `runStarted` and after each `commandApplied` or start of stage 2 that changes
/// them. Only a learning-rate `sweep` follows its `commandApplied`, because it takes long.
package enum TrainerEvent: Sendable, Equatable {
    case runStarted(RunStarted)
    case stageStarted(StageStarted)
    case batchEnded(BatchEnded)
    case epochEnded(EpochEnded)
    case commandApplied(CommandApplied)
    case checkpointSaved(CheckpointSaved)
    case warning(Warning)
    case runEnded(RunEnded)

    package struct RunStarted: Codable, Sendable, Equatable {
        package var run: String
        /// The photo folder, or `synthetic demo flowers`.
        package var data: String
        /// Where the weights came from, in words.
        package var weights: String
        package var trainImages: Int
        package var validationImages: Int
        /// Photos for the test at the end; nil for none.
        package var testImages: Int?
        package var classes: [String]

        package init(
            run: String, data: String, weights: String, trainImages: Int, validationImages: Int,
            classes: [String], testImages: Int? = nil
        ) {
            (self.run, self.data, self.weights) = (run, data, weights)
            (self.trainImages, self.validationImages) = (trainImages, validationImages)
            (self.classes, self.testImages) = (classes, testImages)
        }
    }

    package struct StageStarted: Codable, Sendable, Equatable {
        package var stage: Stage
        package var epoch: Int
        package var trainableParameters: Int
        package var learningRate: Double
        /// First trainable layer of the base; nil while all of it is frozen.
        package var fineTuneAt: Int?

        package init(
            stage: Stage, epoch: Int, trainableParameters: Int, learningRate: Double, fineTuneAt: Int?
        ) {
            (self.stage, self.epoch, self.trainableParameters) = (stage, epoch, trainableParameters)
            (self.learningRate, self.fineTuneAt) = (learningRate, fineTuneAt)
        }
    }

    package struct BatchEnded: Codable, Sendable, Equatable {
        package var epoch: Int
        package var step: Int
        package var steps: Int
        /// Mean over the epoch's examples so far.
        package var loss: Double
        package var accuracy: Double
        /// Mean cross-entropy of this batch alone, in nats.
        package var batchLoss: Double
        package var learningRate: Double
        package var imagesPerSecond: Double
        /// Euclidean norm of the gradient of all trained weights; nil in logs of older versions.
        package var gradientNorm: Double?

        package init(
            epoch: Int, step: Int, steps: Int, loss: Double, accuracy: Double, batchLoss: Double,
            learningRate: Double, imagesPerSecond: Double, gradientNorm: Double? = nil
        ) {
            (self.epoch, self.step, self.steps) = (epoch, step, steps)
            (self.loss, self.accuracy, self.batchLoss) = (loss, accuracy, batchLoss)
            (self.learningRate, self.imagesPerSecond) = (learningRate, imagesPerSecond)
            self.gradientNorm = gradientNorm
        }
    }

    package struct EpochEnded: Codable, Sendable, Equatable {
        package var epoch: Int
        package var stage: Stage
        package var trainLoss: Double
        package var trainAccuracy: Double
        package var validationLoss: Double
        package var validationAccuracy: Double
        package var trainSeconds: Double
        package var validationSeconds: Double
        /// Training images per second in this epoch, without pauses.
        package var imagesPerSecond: Double

        package init(
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

    package struct CommandApplied: Codable, Sendable, Equatable {
        package var command: TrainerCommand
        package var epoch: Int
        /// Batches of the epoch completed when the command took effect.
        package var step: Int
        /// The rate in force after the command.
        package var learningRate: Double
        /// Nil in logs of older versions, in which every command came from a person.
        package var by: CommandOrigin?
        /// The value before and after, if the command changed one: rates as `1e-03`, layers as
        /// `100` (`154`: all frozen), schedules, dropout, augmentation, guards and epochs in the
        /// form used on the command line.
        package var before: String?
        package var after: String?
        /// Seconds since 1970; nil in logs of older versions.
        package var time: Double?

        package init(
            command: TrainerCommand, epoch: Int, step: Int, learningRate: Double, by: CommandOrigin? = nil,
            before: String? = nil, after: String? = nil, time: Double? = nil
        ) {
            (self.command, self.epoch, self.step, self.learningRate) = (command, epoch, step, learningRate)
            (self.by, self.before, self.after, self.time) = (by, before, after, time)
        }
    }

    package struct CheckpointSaved: Codable, Sendable, Equatable {
        package var path: String
        /// Epochs completed.
        package var epoch: Int
        package var reason: CheckpointReason

        package init(path: String, epoch: Int, reason: CheckpointReason) {
            (self.path, self.epoch, self.reason) = (path, epoch, reason)
        }
    }

    package struct Warning: Codable, Sendable, Equatable {
        /// The complete message, in English.
        package var message: String
        /// The file concerned, if any.
        package var file: String?
        /// The kind of warning, which allows other wording; nil for messages without a kind, such
        /// as system errors.
        package var kind: Kind?
        /// The values in the message, in the order given with the kind.
        package var values: [String]?
        /// The failure that the message tells, for wording it otherwise in the process where it
        /// happened; neither recorded nor sent.
        package var failure: UserError?

        private enum CodingKeys: String, CodingKey { case message, file, kind, values }

        package enum Kind: String, Codable, Sendable, CaseIterable {
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
            /// The classes.
            case classesWithoutValidation = "classes_without_validation"
            /// Numbers of files by name.
            case systemFiles = "system_files"
            /// The classes.
            case emptyClasses = "empty_classes"
            /// Numbers of files by format; classes with their numbers.
            case otherFiles = "other_files"
            /// Numbers of files by format; classes with their numbers.
            case filesOfKerasOnly = "files_of_keras_only"
            /// The number of photos.
            case loosePhotos = "loose_photos"
            /// Folders with the numbers of their photos.
            case hiddenFolders = "hidden_folders"
            /// The classes.
            case classesAlike = "classes_alike"
            /// The largest class and the number of its photos; the smallest class and its.
            case imbalance
            /// The number of photos; classes with their numbers.
            case turnedPhotos = "turned_photos"
            /// The folder.
            case photosChanged = "photos_changed"
            /// Engine that the run was saved with; engine that it goes on with.
            case engineChanged = "engine_changed"
            case balancedTwice = "balanced_twice"
        }

        package init(message: String, file: String? = nil) { (self.message, self.file) = (message, file) }

        package init(_ kind: Kind, _ message: String, values: [String] = [], file: String? = nil) {
            (self.kind, self.message, self.values, self.file) = (kind, message, values, file)
        }

        package init(_ failure: any Error) {
            self.failure = UserError(failure)
            message = "\(failure)"
        }
    }

    package struct RunEnded: Codable, Sendable, Equatable {
        package var reason: RunEndReason
        /// Nil if the run ended before its first validation.
        package var validationLoss: Double?
        package var validationAccuracy: Double?
        /// The best weights on the test photos, if there are any and the run has finished.
        package var test: TestScore?

        package init(
            reason: RunEndReason, validationLoss: Double?, validationAccuracy: Double?,
            test: TestScore? = nil
        ) {
            (self.reason, self.validationLoss) = (reason, validationLoss)
            (self.validationAccuracy, self.test) = (validationAccuracy, test)
        }
    }
}
