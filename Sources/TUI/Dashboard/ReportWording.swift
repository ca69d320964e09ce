import Canvas
import Foundation
import Keys
import Photos
package import Phrases
package import Recipes
import Training
import Wording

/// The trainer's reports in the user's language.
extension DashboardState {
    /// Returns the log line of a command: the change, old → new value, and its origin. Nil for
    /// commands that do not change the run.
    func wording(_ applied: TrainerEvent.CommandApplied) -> String? {
        let what: String
        var change = applied.before.flatMap { before in applied.after.map { " \(before) → \($0)" } } ?? ""
        /// Takes the place of values that only a program would read.
        func say(_ phrase: Phrase, _ values: any CustomStringConvertible...) -> String {
            change = ""
            return strings(phrase, of: values)
        }
        switch applied.command {
        case .pause: what = strings[.logPaused]
        case .resume: what = strings[.logResumed]
        case .step: what = strings[.logStep]
        case .stepEpoch: what = strings[.logStepEpoch]
        case .setLearningRate, .multiplyLearningRate: what = strings[.logRate]
        case .unfreeze(let layer): what = say(.logUnfrozen, layer)
        case .freeze: what = say(.logFrozen)
        case .setSchedule(let schedule): what = say(.logSchedule, words(schedule))
        case .setDropout: what = strings[.fieldDropout]
        case .setAugmentation(let strength): what = say(.logAugmentation, words(strength))
        case .setGuards(let guards): what = say(.logGuards, words(guards))
        case .addEpochs: what = say(.logEpochs, applied.after ?? "–", applied.before ?? "–")
        case .finishStage: what = say(.logStageFinished, applied.after ?? "–", applied.before ?? "–")
        case .restoreBest: what = strings[.logRestored]
        case .restoreCheckpoint: what = strings[.logRestoredCheckpoint]
        case .stopKeepingBest: what = strings[.logKeptBest]
        case .stopKeepingCheckpoint: what = strings[.logKeptCheckpoint]
        case .sweepLearningRate, .cancelSweep, .save, .stop, .refreshPredictions: return nil
        }
        if let restored = applied.restored { change = " " + words(restored) }
        let who: Phrase =
            switch applied.by ?? .key {
            case .key: .byHand
            case .schedule: .bySchedule
            case .guard: .byGuard
            }
        return what + change + " · " + strings[who]
    }

    func wording(_ warning: TrainerEvent.Warning) -> String {
        guard let kind = warning.kind else { return warning.failure.map { strings($0) } ?? warning.message }
        let actions = [keys.label(.halveRate), keys.label(.restoreBest), keys.label(.togglePause)]
        let phrase: Phrase =
            switch kind {
            case .lossJumped: .warningLossJumped
            case .lossNotANumber: .warningLossNotANumber
            case .batchesNotApplied: .warningBatchesNotApplied
            case .noBestEpoch: .warningNoBestEpoch
            case .frozenAlready: .warningFrozenAlready
            case .trainsAlready: .warningTrainsAlready
            case .stageCannotBeShorter: .warningStageCannotBeShorter
            case .photoSkipped: .warningPhotoSkipped
            case .begunAgain: .warningBegunAgain
            case .classOfOne: .warningClassOfOne
            case .classOnlyInValidation: .warningClassOnlyInValidation
            case .exclusionsMissing: .warningExclusionsMissing
            case .classesWithoutValidation: .warningClassesWithoutValidation
            case .systemFiles: .warningSystemFiles
            case .emptyClasses: .warningEmptyClasses
            case .otherFiles:
                warning.values?.first?.namesKindOnRequest == true
                    ? .warningOtherFilesOnRequest : .warningOtherFiles
            case .filesOfKerasOnly: .warningFilesOfKerasOnly
            case .loosePhotos: .warningLoosePhotos
            case .hiddenFolders: .warningHiddenFolders
            case .classesAlike: .warningClassesAlike
            case .imbalance: .warningImbalance
            case .turnedPhotos: .warningTurnedPhotos
            case .photosChanged: .warningPhotosChanged
            case .engineChanged: .warningEngineChanged
            case .balancedTwice: .warningBalancedTwice
            }
        return strings(
            phrase,
            of: (warning.values ?? []) + ([.lossJumped, .lossNotANumber].contains(kind) ? actions : []))
    }

    func wording(_ finding: Diagnosis) -> String {
        switch finding {
        case .trainingLossRises: strings(.findingLossRises, keys.label(.halveRate))
        case .overfits: strings(.findingOverfits, keys.label(.finishStage), keys.label(.freeze))
        case .accuracyGap(let gap):
            strings(.findingGap, Int((gap * 100).rounded()), keys.label(.editVariation))
        case .plateau: strings(.findingPlateau, keys.label(.doubleRate), keys.label(.unfreeze))
        case .learningRateTooLow: strings(.findingTooLow, keys.label(.doubleRate))
        case .neverPredicted(let classes): strings(.findingNeverPredicted, classes.joined(separator: ", "))
        }
    }

    /// Advice on training more of the base, for the unfreeze dialog; empty during preparation.
    package var unfreezingAdvice: String {
        guard let context else { return "" }
        guard let head = epochs.last(where: { $0.stage == .head })?.validationAccuracy else {
            return strings[.adviceLater]
        }
        let advice = UnfreezingAdvice(
            trainingPhotos: context.dataset.count(.training), classes: context.dataset.classes.count,
            headAccuracy: head)
        let phrase: Phrase =
            switch (advice.areFew, advice.areSimilar) {
            case (true, true): .adviceFewSimilar
            case (true, false): .adviceFewDifferent
            case (false, true): .adviceManySimilar
            case (false, false): .adviceManyDifferent
            }
        return strings(phrase, advice.trainingPhotos.grouped, String(format: "%.2f", head))
    }
}

extension RunEndReason {
    package var phrase: Phrase {
        switch self {
        case .finished: .statusFinished
        case .stopped: .statusStopped
        case .interrupted: .endInterrupted
        case .failed: .statusFailed
        }
    }
}

extension TrainerEvent.CommandApplied {
    /// The place of the checkpoint that the command restored.
    var restored: RunPlace? {
        switch command {
        case .restoreBest, .stopKeepingBest:
            after.flatMap { Int($0) }.map { RunPlace(epoch: $0 + 1, step: 0) }
        case .restoreCheckpoint, .stopKeepingCheckpoint: after.flatMap { RunPlace($0) }
        default: nil
        }
    }

    /// The base learning rate before the command, if the command changed it.
    var baseRateBefore: Double? { before.flatMap { Double($0) } }

    /// The first trainable layer before the command, if the command changed it; the number of layers if the
    /// whole base was frozen.
    var layerBefore: Int? { before.flatMap { Int($0) } }
}

extension Double {
    /// The number as a learning rate: `1e-03`, `2.5e-04`.
    package var rateText: String {
        let mantissa = String(format: "%.1e", self)
        return mantissa.replacingOccurrences(of: ".0e", with: "e")
    }

    /// The fraction in whole percent: `87%`.
    package var percentText: String { "\(Int(nearest: self * 100))%" }

    /// The fraction of a full turn in whole degrees: `72°`.
    package var degreesText: String { "\(Int(nearest: self * 360))°" }

    /// The number without unnecessary decimals.
    package var short: String {
        self == rounded() && abs(self) < 1e15 ? String(Int(self)) : String(format: "%.2g", self)
    }
}

extension Int {
    /// The number with thousands separators: `1,867,845`.
    package var grouped: String {
        var digits = String(magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = String(digits.dropLast(3))
        }
        return (self < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// The number as a file size: `45 KB`, `1.2 MB`.
    package var byteText: String {
        switch self {
        case ..<1000: "\(self) B"
        case ..<1_000_000: "\(Int((Double(self) / 1000).rounded())) KB"
        default: String(format: "%.1f MB", Double(self) / 1e6)
        }
    }
}
