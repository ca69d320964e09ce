import Foundation
import Network
import Photos
import Recipes
import Runs
import Training

extension DashboardState {
    /// Applies an event of the training session to the state.
    mutating func apply(_ event: SessionEvent, _ clock: String) {
        switch event {
        case .preparing(let preparation): self.preparation = preparation
        case .ready(let context):
            // A run that begins again starts with an empty display.
            (timeline, predictions) = (RunTimeline(), nil)
            (ended, endedAt, failure) = (nil, nil, nil)
            if context.isAgain { (log, undos, startedAt) = ([], [], nil) }
            history = RunHistory(smoothing: history.smoothing)
            history.batchSize = context.recipe.batchSize
            self.context = context
            beginData()
            preparation = nil
            chosenLayer = context.recipe.fineTuneAt
            layerCursor = chosenLayer
            layerTop = max(0, layerCursor - layerRows / 2)
            predictionHistory = context.predictions
            if let last = context.predictions.epochs.last {
                layerHistory.append(LayerReport(epoch: last.epoch, step: 0, layers: last.layers))
            }
            for event in context.history { apply(event, strings[.earlier]) }
            startedAt = startedAt ?? now - context.seconds
        case .training(let event): apply(event, clock)
        case .epochEnded(let outcome): apply(TrainerEvent.epochEnded(outcome.metrics), clock)
        case .settings(let settings): self.settings = settings
        case .sweep(let sweep):
            self.sweep = sweep
            if sweep.isDone, dialog == nil, let suggestion = sweep.suggestion {
                say(strings(.sweepDone, suggestion.rateText))
            }
        case .predictions: break
        case .layers(let report): layerHistory.append(report)
        case .statusChanged(let status):
            if status == .paused, self.status != .paused { timeline.markPause() }
            self.status = status
            if status == .paused || status == .training { isPaused = status == .paused }
            if status.isLast { endedAt = endedAt ?? now }
        case .failed(let message):
            failure = message
            note(message, clock, isWarning: true)
        }
    }

    private mutating func apply(_ event: TrainerEvent, _ clock: String) {
        let before = stage
        timeline.append(event)
        switch event {
        case .runStarted(let run):
            note(strings(.logRun, run.run, run.trainImages.grouped, run.validationImages.grouped), clock)
        case .stageStarted(let started): apply(started, after: before, clock)
        case .batchEnded(let batch):
            learningRate = batch.learningRate
            history.append(batch)
        case .epochEnded(let epoch):
            note(
                strings(
                    .logEpoch, epoch.epoch + 1, String(format: "%.3f", epoch.validationAccuracy),
                    String(format: "%.3f", epoch.validationLoss)), clock)
            diagnose(clock)
        case .commandApplied(let applied): apply(applied, clock)
        case .checkpointSaved(let saved):
            lastSaved = saved.path
            if saved.reason == .requested {
                note(strings(.logSaved, saved.path), clock)
                say(strings(.savedTo, saved.path))
            }
        case .warning(let warning): note(wording(warning), clock, isWarning: true)
        case .runEnded(let end):
            ended = end
            // A run that has ended for good cannot continue in the background.
            if end.reason != .interrupted { isDetaching = false }
            note(strings(.logRunEnded, strings[end.reason.phrase]), clock)
        }
    }

    private mutating func apply(
        _ started: TrainerEvent.StageStarted, after before: TrainerEvent.StageStarted?, _ clock: String
    ) {
        // Rates and layers of another stage do not apply to this one.
        if before?.stage != started.stage { undos = [] }
        learningRate = started.learningRate
        guard started.stage == .fineTune else {
            if before == nil { note(strings(.logStage1, started.trainableParameters.grouped), clock) }
            return
        }
        guard let layer = started.fineTuneAt else { return }
        chosenLayer = layer
        if before?.stage != .fineTune { note(strings(.logStage2, layer), clock) }
    }

    private mutating func apply(_ applied: TrainerEvent.CommandApplied, _ clock: String) {
        rememberForUndo(applied)
        learningRate = applied.learningRate
        let time = applied.time.flatMap { timeOfDay?($0) } ?? clock
        if let text = wording(applied) { note(text, time, isWarning: applied.by == .guard) }
        if applied.command == .refreshPredictions { say(strings[.predictionsUpToDate]) }
    }

    /// Notes the value before a change by a person, from the command's confirmation.
    private mutating func rememberForUndo(_ applied: TrainerEvent.CommandApplied) {
        let undo: Undo
        switch applied.command {
        case .setLearningRate, .multiplyLearningRate:
            undo = .rate(applied.baseRateBefore ?? learningRate)
        case .unfreeze, .freeze:
            guard let layer = applied.layerBefore else { return }
            undo = .layer(layer == LayerNorms.headLayer ? nil : layer)
        default: return
        }
        defer { isUndoing = false }
        // In stage 1, other layers mean the end of the stage, which cannot be undone.
        let isOfStage = if case .layer = undo { stage?.stage == .fineTune } else { true }
        let isChange = if case .rate = undo { applied.learningRate != learningRate } else { true }
        if !isUndoing, applied.by ?? .key == .key, isOfStage, isChange { undos.append(undo) }
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
            let sentence = wording(finding)
            if log.suffix(12).allSatisfy({ $0.text != sentence }) { note(sentence, clock, isWarning: true) }
        }
    }

    private mutating func note(_ text: String, _ clock: String, isWarning: Bool = false) {
        log.append(
            LogEntry(clock: clock, text: text, isWarning: isWarning, position: batch == nil ? nil : position))
        if log.count > Self.logLimit {
            log.removeFirst(log.count - Self.logLimit)
            logCursor = logCursor.map { max(0, $0 - 1) }
        }
    }

    static let logLimit = 2000
}
