import Foundation
import Keys
import Network
import Photos
import Phrases
import Recipes
import Runs
import Training
import Wording

extension DashboardState {
    /// Applies an event of the training session to the state.
    mutating func apply(_ event: SessionEvent, _ clock: String) {
        switch event {
        case .preparing(let preparation): run.preparation = preparation
        case .ready(let context):
            // A run that begins again starts with an empty display.
            run.begin(isAgain: context.isAgain)
            if context.isAgain { log.removeAll() }
            charts.begin(batchSize: context.recipe.batchSize)
            self.context = context
            charts.hideGhost(context.run)
            data.begin()
            model.begin(at: context.recipe.fineTuneAt, rows: layerRows)
            predictions.begin(context.predictions)
            if let last = context.predictions.epochs.last {
                model.history.append(LayerReport(epoch: last.epoch, step: 0, layers: last.layers))
            }
            let toast = self.toast
            for entry in context.history {
                apply(entry.event, entry.time.flatMap { timeOfDay?($0) } ?? strings[.earlier])
            }
            // Its toasts are long past.
            self.toast = toast
            run.startedAt = run.startedAt ?? now - context.seconds
            if let units = unusedUnits, context.history.isEmpty, context.recipe.basePrecision == .float32 {
                note(strings(.fasterPrecision, units), clock)
                unusedUnits = nil
            }
        case .training(let event): apply(event, clock)
        case .epochEnded(let outcome): apply(TrainerEvent.epochEnded(outcome.metrics), clock)
        case .settings(let settings): run.settings = settings
        case .sweep(let sweep):
            run.sweep = sweep
            if sweep.isDone, dialog == nil, let suggestion = sweep.suggestion {
                say(strings(.sweepDone, suggestion.rateText))
            }
        case .predictions: break
        case .layers(let report): model.history.append(report)
        case .ranks(let report): run.ranks = report
        case .statusChanged(let status): run.take(status, now: now)
        case .failed(let error):
            let message = strings(error)
            run.failure = message
            note(message, clock, isWarning: true)
        }
    }

    private mutating func apply(_ event: TrainerEvent, _ clock: String) {
        let before = stage
        run.timeline.append(event)
        switch event {
        case .runStarted(let started):
            note(
                before == nil
                    ? strings(
                        .logRun, started.run, started.trainImages.grouped, started.validationImages.grouped)
                    : strings(.logGoesOn, started.run, String(format: "%.2f", position)), clock)
        case .stageStarted(let started): apply(started, after: before, clock)
        case .batchEnded(let batch):
            run.learningRate = batch.learningRate
            run.alarm = nil
            charts.history.append(batch)
        case .epochEnded(let epoch):
            note(
                strings(
                    .logEpoch, epoch.epoch + 1, String(format: "%.3f", epoch.validationAccuracy),
                    String(format: "%.3f", epoch.validationLoss)), clock)
            diagnose(clock)
        case .commandApplied(let applied): apply(applied, clock)
        case .checkpointSaved(let saved):
            run.lastSaved = saved.path
            if saved.reason == .requested {
                note(strings(.logSaved, saved.path), clock)
                say(strings(.savedTo, saved.path))
            }
        case .warning(let warning):
            let sentence = wording(warning)
            if [.lossJumped, .lossNotANumber].contains(warning.kind) { run.alarm = sentence }
            note(sentence, clock, isWarning: true)
        case .runEnded(let end):
            run.ended = end
            // A run that has ended for good cannot continue in the background.
            if end.reason != .interrupted { departure.isDetaching = false }
            note(strings(.logRunEnded, strings[end.reason.phrase]), clock)
        }
    }

    private mutating func apply(
        _ started: TrainerEvent.StageStarted, after before: TrainerEvent.StageStarted?, _ clock: String
    ) {
        // Rates and layers of another stage do not apply to this one.
        if before?.stage != started.stage { run.forgetChanges() }
        run.learningRate = started.learningRate
        guard started.stage == .fineTune else {
            if before == nil { note(strings(.logStage1, started.trainableParameters.grouped), clock) }
            return
        }
        guard let layer = started.fineTuneAt else { return }
        model.chosen = layer
        if before?.stage != .fineTune { note(strings(.logStage2, layer), clock) }
    }

    private mutating func apply(_ applied: TrainerEvent.CommandApplied, _ clock: String) {
        run.rememberForUndo(applied, layers: context?.layers.count ?? 0)
        run.learningRate = applied.learningRate
        let time = applied.time.flatMap { timeOfDay?($0) } ?? clock
        if let text = wording(applied) { note(text, time, isWarning: applied.by == .guard) }
        if applied.command == .refreshPredictions { say(strings[.predictionsUpToDate]) }
    }

    private mutating func diagnose(_ clock: String) {
        guard let last = epochs.last else { return }
        var findings = Diagnosis.findings(epochs: epochs.filter { $0.stage == last.stage })
        if let set = predictions.set, let context, last.epoch > 0,
            let finding = Diagnosis.neverPredicted(set.predictions, classes: context.dataset.classes)
        {
            findings.append(finding)
        }
        run.isOnPlateau = findings.contains(.plateau)
        for finding in findings {
            let sentence = wording(finding)
            if !log.hasLately(sentence, within: 12) { note(sentence, clock, isWarning: true) }
        }
    }

    private mutating func note(_ text: String, _ clock: String, isWarning: Bool = false) {
        log.append(
            LogState.Entry(
                clock: clock, text: text, isWarning: isWarning, position: batch == nil ? nil : position),
            filter: filter(.log))
    }
}
