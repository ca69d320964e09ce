package import Photos

/// A request to the trainer, carried out between two batches.
package enum TrainerCommand: Sendable, Equatable {
    case pause
    case resume
    /// Trains one batch, then pauses.
    case step
    /// Trains to the end of the epoch, validates, then pauses.
    case stepEpoch
    /// Sets the base rate, to which the schedule applies.
    case setLearningRate(Double)
    /// Multiplies the base rate; 0.5 halves it.
    case multiplyLearningRate(Double)
    /// Starts fine-tuning now: layers with this index and above train. In stage 1 this ends
    /// the stage, like `finishStage`; in stage 2 it moves the boundary and starts a fresh
    /// optimizer.
    case unfreeze(fromLayer: Int)
    /// Freezes the whole base in stage 2: only the head goes on training, with a fresh optimizer.
    case freeze
    case setSchedule(LearningRateSchedule)
    /// Sets the fraction of features dropped in training: at least 0, below 1.
    case setDropout(Double)
    case setAugmentation(AugmentationStrength)
    case setGuards(Guards)
    /// Lengthens (with a negative number, shortens) the current stage by this many epochs.
    case addEpochs(Int)
    /// Ends the current stage after this batch: validates, then continues with the next stage or
    /// the final evaluation.
    case finishStage
    /// Restores the weights kept as the best and trains on from them.
    case restoreBest
    /// Restores the weights of a checkpoint, by its name in `RunFolder.checkpoints`, and trains on from
    /// them.
    case restoreCheckpoint(String)
    /// Ends the run for good, with the weights kept as the best.
    case stopKeepingBest
    /// Ends the run for good, with the weights of a checkpoint.
    case stopKeepingCheckpoint(String)
    /// Sweeps the learning rate on a copy of the state and emits `SessionEvent.sweep`; the run
    /// itself does not change.
    case sweepLearningRate
    /// Ends a sweep early.
    case cancelSweep
    case save
    /// Saves and ends the run, which can be resumed.
    case stop
    /// Recomputes the validation predictions with the current weights.
    case refreshPredictions

    /// Whether it changes the run: how it trains on, with which weights, or how long.
    package var isChange: Bool {
        switch self {
        case .pause, .resume, .step, .stepEpoch, .sweepLearningRate, .cancelSweep, .save, .stop,
            .refreshPredictions:
            false
        case .setLearningRate, .multiplyLearningRate, .unfreeze, .freeze, .setSchedule, .setDropout,
            .setAugmentation, .setGuards, .addEpochs, .finishStage, .restoreBest, .restoreCheckpoint,
            .stopKeepingBest, .stopKeepingCheckpoint:
            true
        }
    }
}

extension TrainerCommand: Codable {
    /// JSON: a string for a command without a value, such as `"pause"`; an object for one with a
    /// value, such as `{"set_learning_rate": 0.001}`.
    package init(from decoder: any Decoder) throws {
        if let name = try? decoder.singleValueContainer().decode(String.self) {
            guard let command = Self.plain[name] else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "unknown command \(name)"))
            }
            self = command
            return
        }
        let values = try decoder.container(keyedBy: Key.self)
        guard let key = values.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a command without a name"))
        }
        switch key {
        case .setLearningRate: self = .setLearningRate(try values.decode(Double.self, forKey: key))
        case .multiplyLearningRate: self = .multiplyLearningRate(try values.decode(Double.self, forKey: key))
        case .unfreeze: self = .unfreeze(fromLayer: try values.decode(Int.self, forKey: key))
        case .setSchedule: self = .setSchedule(try values.decode(LearningRateSchedule.self, forKey: key))
        case .setDropout: self = .setDropout(try values.decode(Double.self, forKey: key))
        case .setAugmentation:
            self = .setAugmentation(try values.decode(AugmentationStrength.self, forKey: key))
        case .setGuards: self = .setGuards(try values.decode(Guards.self, forKey: key))
        case .addEpochs: self = .addEpochs(try values.decode(Int.self, forKey: key))
        case .restoreCheckpoint: self = .restoreCheckpoint(try values.decode(String.self, forKey: key))
        case .stopKeepingCheckpoint:
            self = .stopKeepingCheckpoint(try values.decode(String.self, forKey: key))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        if let name = Self.plain.first(where: { $0.value == self })?.key {
            var value = encoder.singleValueContainer()
            return try value.encode(name)
        }
        var values = encoder.container(keyedBy: Key.self)
        switch self {
        case .setLearningRate(let rate): try values.encode(rate, forKey: .setLearningRate)
        case .multiplyLearningRate(let factor): try values.encode(factor, forKey: .multiplyLearningRate)
        case .unfreeze(let layer): try values.encode(layer, forKey: .unfreeze)
        case .setSchedule(let schedule): try values.encode(schedule, forKey: .setSchedule)
        case .setDropout(let rate): try values.encode(rate, forKey: .setDropout)
        case .setAugmentation(let strength): try values.encode(strength, forKey: .setAugmentation)
        case .setGuards(let guards): try values.encode(guards, forKey: .setGuards)
        case .addEpochs(let count): try values.encode(count, forKey: .addEpochs)
        case .restoreCheckpoint(let name): try values.encode(name, forKey: .restoreCheckpoint)
        case .stopKeepingCheckpoint(let name): try values.encode(name, forKey: .stopKeepingCheckpoint)
        case .pause, .resume, .step, .stepEpoch, .freeze, .finishStage, .restoreBest, .stopKeepingBest,
            .sweepLearningRate, .cancelSweep, .save, .stop, .refreshPredictions:
            preconditionFailure("a plain command is in the table")
        }
    }

    private static let plain: [String: TrainerCommand] = [
        "pause": .pause, "resume": .resume, "step": .step, "step_epoch": .stepEpoch, "freeze": .freeze,
        "finish_stage": .finishStage, "restore_best": .restoreBest, "stop_keeping_best": .stopKeepingBest,
        "sweep_learning_rate": .sweepLearningRate, "cancel_sweep": .cancelSweep, "save": .save, "stop": .stop,
        "refresh_predictions": .refreshPredictions,
    ]

    // Snake case in JSON: the encoder and decoder convert the names.
    private enum Key: String, CodingKey {
        case setLearningRate, multiplyLearningRate, unfreeze, setSchedule, setDropout, setAugmentation,
            setGuards
        case addEpochs, restoreCheckpoint, stopKeepingCheckpoint
    }
}
