package import Basics
package import Recipes
import Runs
import Training

/// The run's progress, the trainer's current settings, and the changes that can be undone.
package struct RunState: Sendable {
    package internal(set) var status = TrainerStatus.preparing
    /// Whether training is paused or about to pause. `status` cannot tell during a validation pass.
    package var isPaused = false
    package var preparation: Preparation?
    package var learningRate = 0.0
    /// The run's epochs, best epoch, phases and marks.
    package internal(set) var timeline = RunTimeline()
    /// The trainer's current settings.
    package var settings: TrainerSettings?
    package var sweep: LearningRateSweep?
    package var ended: TrainerEvent.RunEnded?
    package var failure: String?
    var lastSaved: String?
    /// When training began and when it ended, on the clock of `DashboardState.now`.
    package var startedAt: Double?
    var endedAt: Double?
    /// Learning rates typed so far, the newest last.
    package var typedRates: [String] = []
    /// Changes that can be undone, the newest last.
    private(set) var undos: [Undo] = []
    /// Whether the next reported change comes from an undo and must not be added to `undos`.
    private var isUndoing = false

    /// A change to the run that can be undone.
    enum Undo: Sendable, Equatable {
        /// The previous learning rate.
        case rate(Double)
        /// The first layer that trained before; nil if the whole base was frozen.
        case layer(Int?)
    }

    /// Prepares for the events of a run.
    ///
    /// - Parameter isAgain: whether the same run starts over.
    mutating func begin(isAgain: Bool) {
        (timeline, preparation, ended, endedAt, failure) = (RunTimeline(), nil, nil, nil, nil)
        if isAgain { (undos, startedAt) = ([], nil) }
    }

    mutating func take(_ status: TrainerStatus, now: Double) {
        if status == .paused, self.status != .paused { timeline.markPause() }
        self.status = status
        if status == .paused || status == .training { isPaused = status == .paused }
        if status.isLast { endedAt = endedAt ?? now }
    }

    // MARK: Undo

    /// Removes and returns the newest change; the trainer's next report will be its undoing.
    mutating func takeBack() -> Undo? {
        guard let last = undos.popLast() else { return nil }
        isUndoing = true
        return last
    }

    /// Forgets all changes, for they no longer apply.
    mutating func forgetChanges() { undos = [] }

    mutating func rememberForUndo(_ applied: TrainerEvent.CommandApplied) {
        switch applied.command {
        case .setLearningRate, .multiplyLearningRate:
            if !isUndoing, applied.by ?? .key == .key, applied.learningRate != learningRate {
                undos.append(.rate(applied.baseRateBefore ?? learningRate))
            }
            isUndoing = false
        case .unfreeze, .freeze: isUndoing = false
        default: break
        }
    }

    /// The trainer sends `stageStarted` before it confirms an unfreeze or freeze command, so the
    /// previous boundary is recorded here.
    mutating func rememberForUndo(
        _ started: TrainerEvent.StageStarted, after before: TrainerEvent.StageStarted?
    ) {
        // Rates and layers of another stage do not apply to this one.
        guard let before, before.stage == started.stage else {
            forgetChanges()
            return
        }
        if !isUndoing, before.fineTuneAt != started.fineTuneAt { undos.append(.layer(before.fineTuneAt)) }
    }
}
