import Canvas
import Foundation
import Photos
import Phrases
package import Recipes
import Training

/// The time that a run still takes, at the pace so far.
package struct RunOutlook: Sendable, Equatable {
    /// Seconds to the end of the epoch, its validation included.
    package var epoch: Double
    /// Seconds to the end of the run.
    package var run: Double
    /// The part of the run that is done, from 0 to 1.
    package var done: Double
}

extension DashboardState {
    /// Nil before the first batch, and once the run has ended.
    package var outlook: RunOutlook? {
        guard let batch, let context, !run.status.isLast, batch.imagesPerSecond > 0 else { return nil }
        let photos = Double(context.dataset.count(.training))
        // An epoch whose end has been reported is behind the run, though its last batch is the newest.
        let hasEnded = epochs.last.map { $0.epoch >= batch.epoch } ?? false
        let validating = validationSeconds(of: stage?.stage ?? .head)
        var left = 0.0
        if run.status == .validating {
            left = max(1, validating - (now - (run.validatingSince ?? now)))
        } else if !hasEnded {
            let rest = max(0, 1 - Double(batch.step) / Double(max(1, batch.steps)))
            left = rest * photos / batch.imagesPerSecond + validating
        }
        func seconds(of epoch: Int) -> Double {
            let ahead = stage(of: epoch)
            let speed = ahead == stage?.stage ? nil : speed(of: ahead)
            return photos / (speed ?? batch.imagesPerSecond) + validationSeconds(of: ahead)
        }
        let later = (batch.epoch + 1..<max(batch.epoch + 1, totalEpochs)).reduce(0.0) { $0 + seconds(of: $1) }
        // Between two epochs, the next one counts.
        let isBetween = hasEnded && run.status != .validating
        let next = batch.epoch + 1 < totalEpochs && isBetween ? seconds(of: batch.epoch + 1) : left
        let total = Double(max(1, totalEpochs))
        return RunOutlook(epoch: next, run: left + later, done: min(1, max(0, position / total)))
    }

    private func stage(of epoch: Int) -> Stage {
        guard let settings = run.settings else { return stage?.stage ?? .head }
        return epoch < settings.headEpochs ? .head : .fineTune
    }

    /// Photos per second in the newest epoch of a stage; nil if none has ended.
    private func speed(of stage: Stage) -> Double? {
        epochs.last { $0.stage == stage && $0.imagesPerSecond > 0 }?.imagesPerSecond
    }

    /// Seconds of the newest validation, if possible in the same stage; 0 if there was none.
    private func validationSeconds(of stage: Stage) -> Double {
        (epochs.last { $0.stage == stage } ?? epochs.last)?.validationSeconds ?? 0
    }

    // MARK: In words

    /// A duration in words: `45s`, `3m20s`, `1h05m`.
    package static func words(seconds: Double) -> String {
        let whole = Int(nearest: max(0, seconds).rounded(.up))
        if whole < 100 { return "\(whole)s" }
        if whole < 3600 { return "\(whole / 60)m\(String(format: "%02d", whole % 60))s" }
        return "\(whole / 3600)h\(String(format: "%02d", whole / 60 % 60))m"
    }

    /// The best epoch by a measure and the epochs since, such as `lowest loss 0.412 · epoch 5, 2 ago`.
    package func words(bestBy measure: BestMeasure) -> String? {
        guard let best = run.timeline.best(by: measure), let last = epochs.last else { return nil }
        let value = measure == .loss ? best.validationLoss : best.validationAccuracy
        let since = last.epoch - best.epoch
        return strings(
            measure == .loss ? .bestByLoss : .bestByAccuracy, String(format: "%.3f", value), best.epoch + 1,
            since == 0 ? strings[.isNewest] : strings(.epochsAgo, since))
    }

    /// The settings that people have changed, such as `by hand: learning rate, dropout`; nil for none.
    package var changedByHand: String? {
        var names: [String] = []
        for mark in run.timeline.marks {
            guard case .command(let applied) = mark.kind, applied.by ?? .key == .key,
                let phrase = Self.subject(applied.command)
            else { continue }
            if !names.contains(strings[phrase]) { names.append(strings[phrase]) }
        }
        return names.isEmpty ? nil : strings(.changedByHand, names.joined(separator: strings[.listSeparator]))
    }

    private static func subject(_ command: TrainerCommand) -> Phrase? {
        switch command {
        case .setLearningRate, .multiplyLearningRate: .logRate
        case .unfreeze, .freeze: .changedLayers
        case .setSchedule: .logSchedule
        case .setDropout: .fieldDropout
        case .setAugmentation: .logAugmentation
        case .setGuards: .logGuards
        case .addEpochs, .finishStage: .logEpochs
        case .restoreBest, .restoreCheckpoint, .stopKeepingBest, .stopKeepingCheckpoint: .changedWeights
        case .pause, .resume, .step, .stepEpoch, .sweepLearningRate, .cancelSweep, .save, .stop,
            .refreshPredictions:
            nil
        }
    }
}
