import Core
import Foundation
import Plots

extension DashboardState {
    /// What the session reports, into the state.
    mutating func apply(_ event: SessionEvent, _ clock: String) {
        switch event {
        case .preparing(let preparation): self.preparation = preparation
        case .ready(let context):
            // A run that begins again forgets what it showed.
            (batch, epochs, marks, predictions, stage, stagesSeen) = (nil, [], [], nil, nil, 0)
            history = RunHistory()
            history.batchSize = context.configuration.batchSize
            self.context = context
            preparation = nil
            chosenLayer = context.configuration.fineTuneAt
            layerCursor = chosenLayer
            for event in context.history { apply(event, "earlier") }
            startedAt = startedAt ?? now
        case .training(let event): apply(event, clock)
        case .predictions(let set):
            predictions = set
            predictionCursor = min(predictionCursor, max(0, set.predictions.count - 1))
        case .sweep, .settings: break
        case .statusChanged(let status):
            if status == .paused, self.status != .paused { mark("pause") }
            self.status = status
            if status == .paused || status == .training { isPaused = status == .paused }
            if [.finished, .stopped, .failed].contains(status) { endedAt = endedAt ?? now }
        case .failed(let message):
            failure = message
            note(message, clock, isWarning: true)
        }
    }

    private mutating func apply(_ event: TrainerEvent, _ clock: String) {
        switch event {
        case .runStarted(let run):
            note("run \(run.run): \(run.trainImages.grouped) + \(run.validationImages.grouped) photos", clock)
        case .stageStarted(let started):
            let isFirst = stage == nil
            rememberForUndo(started)
            stage = started
            learningRate = started.learningRate
            if started.stage == .fineTune {
                let layer = started.fineTuneAt ?? 0
                note("stage 2: unfrozen from layer \(layer)", clock)
                if !marks.contains(where: { $0.label == "fine-tune" }) {
                    marks.append(.init(x: Double(started.epoch), label: "fine-tune", kind: .phase))
                } else {
                    mark("from \(layer)")
                }
                chosenLayer = layer
            } else if isFirst {
                note("stage 1: the head, \(started.trainableParameters.grouped) parameters", clock)
            }
        case .batchEnded(let batch):
            self.batch = batch
            learningRate = batch.learningRate
            history.append(batch)
        case .epochEnded(let epoch):
            epochs.append(epoch)
            note(
                String(
                    format: "epoch %d: validation %.3f, loss %.3f", epoch.epoch + 1, epoch.validationAccuracy,
                    epoch.validationLoss), clock)
            diagnose(clock)
        case .commandApplied(let applied): apply(applied, clock)
        case .checkpointSaved(let saved):
            lastSaved = saved.path
            if saved.reason == .requested {
                note("saved \(saved.path)", clock)
                say("Saved \(saved.path).")
            }
        case .warning(let warning): note(warning.message, clock, isWarning: true)
        case .runEnded(let end):
            ended = end
            note("run \(end.reason.rawValue)", clock)
        }
    }

    private mutating func apply(_ applied: TrainerEvent.CommandApplied, _ clock: String) {
        rememberForUndo(applied)
        learningRate = applied.learningRate
        let rate = applied.learningRate.rateText
        switch applied.command {
        case .pause: note("paused by hand", clock)
        case .resume: note("resumed by hand", clock)
        case .step: note("one batch by hand", clock)
        case .setLearningRate:
            note("learning rate set to \(rate) by hand", clock)
            mark("LR \(rate)")
        case .multiplyLearningRate(let factor):
            note("learning rate \(factor < 1 ? "halved" : "doubled") to \(rate) by hand", clock)
            mark(factor < 1 ? "LR ÷\((1 / factor).short)" : "LR ×\(factor.short)")
        case .unfreeze(let layer): note("unfreezing from layer \(layer) by hand", clock)
        case .finishStage: note("stage finished by hand", clock)
        case .save, .stop, .stepEpoch, .freeze, .setSchedule, .setDropout, .setAugmentation, .setGuards, .addEpochs,
            .restoreBest, .stopKeepingBest, .sweepLearningRate, .cancelSweep:
            break
        case .refreshPredictions: say("Predictions are up to date.")
        }
    }

    private mutating func rememberForUndo(_ applied: TrainerEvent.CommandApplied) {
        switch applied.command {
        case .setLearningRate, .multiplyLearningRate:
            if !isUndoing, applied.learningRate != learningRate { undos.append(.rate(learningRate)) }
            isUndoing = false
        case .unfreeze: isUndoing = false
        default: break
        }
    }

    /// The trainer announces the layers that train before it confirms the command.
    private mutating func rememberForUndo(_ started: TrainerEvent.StageStarted) {
        // What was changed in another stage is past: its rates and layers do not fit this one.
        if stage?.stage != started.stage { return undos = [] }
        if !isUndoing, let before = stage?.fineTuneAt, before != started.fineTuneAt { undos.append(.layer(before)) }
    }

    private mutating func diagnose(_ clock: String) {
        guard let last = epochs.last else { return }
        var findings = Diagnosis.findings(epochs: epochs.filter { $0.stage == last.stage })
        if let predictions, let context, last.epoch > 0,
            let finding = Diagnosis.neverPredicted(predictions.predictions, classes: context.dataset.classes)
        {
            findings.append(finding)
        }
        for finding in findings {
            let sentence = Self.sentence(finding)
            if log.suffix(12).allSatisfy({ $0.text != sentence }) { note(sentence, clock, isWarning: true) }
        }
    }

    /// Whether to train more of the base, where one decides it.
    var unfreezingAdvice: String {
        guard let context else { return "" }
        guard let head = epochs.last(where: { $0.stage == .head })?.validationAccuracy else {
            return "Advice comes after the first epoch: it depends on how far the head alone gets."
        }
        let advice = UnfreezingAdvice(
            trainingPhotos: context.dataset.count(.training), classes: context.dataset.classes.count, headAccuracy: head)
        let photos =
            "\(advice.areFew ? "few" : "many") photos (\(advice.trainingPhotos.grouped)), \(advice.areSimilar ? "like" : "unlike") ImageNet's (head: \(String(format: "%.2f", head)))"
        switch (advice.areFew, advice.areSimilar) {
        case (true, true): return "\(photos): the head alone, or a few top layers, is safest."
        case (true, false): return "\(photos): train the top layers, such as from 100, at a low rate."
        case (false, true): return "\(photos): training more layers, such as from 100, pays."
        case (false, false): return "\(photos): train most or all layers."
        }
    }

    private static func sentence(_ finding: Diagnosis) -> String {
        switch finding {
        case .trainingLossRises: return "The training loss rises: the learning rate may be too high; [ halves it."
        case .overfits:
            return
                "The validation loss has risen for two epochs while the training loss falls: it overfits; finish the stage (f) or freeze more layers."
        case .accuracyGap(let gap):
            return "Training accuracy is \(Int((gap * 100).rounded())) points above validation's: it learns the photos by heart; more augmentation or fewer layers help."
        case .plateau:
            return "The training loss has hardly moved for two epochs: a plateau; ] doubles the learning rate, u trains more layers."
        case .learningRateTooLow: return "The training loss falls very slowly: the learning rate may be too low; ] doubles it."
        case .neverPredicted(let classes):
            return "No photo is taken for \(classes.joined(separator: ", ")): look at \(classes.count == 1 ? "its" : "their") photos, or give \(classes.count == 1 ? "it" : "them") more."
        }
    }

    private mutating func mark(_ label: String) {
        if marks.last == LineChart.Mark(x: position, label: label) { return }
        marks.append(.init(x: position, label: label))
    }

    private mutating func note(_ text: String, _ clock: String, isWarning: Bool = false) {
        log.append(LogEntry(clock: clock, text: text, isWarning: isWarning))
        if log.count > 500 { log.removeFirst(log.count - 500) }
    }
}

extension Double {
    /// A learning rate: `1e-03`, `2.5e-04`.
    var rateText: String {
        let mantissa = String(format: "%.1e", self)
        return mantissa.replacingOccurrences(of: ".0e", with: "e")
    }

    /// Without needless decimals.
    var short: String { self == rounded() ? String(Int(self)) : String(format: "%.2g", self) }
}

extension Int {
    /// With thousands separators: `1,867,845`.
    var grouped: String {
        var digits = String(magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = String(digits.dropLast(3))
        }
        return (self < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }
}
