package import Basics
import Network
package import Ranks
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
    package var settings: RecipeState?
    package var sweep: LearningRateSweep?
    /// How the ranks shared the newest batch; nil for a process on its own.
    package var ranks: RankReport?
    package var ended: TrainerEvent.RunEnded?
    package var failure: String?
    /// Why the guard against divergence has paused the run, with its advice; nil once it goes on.
    package internal(set) var alarm: String?
    /// Whether the newest epoch shows a plateau.
    var isOnPlateau = false
    var lastSaved: String?
    /// The run's checkpoints; nil until they are listed.
    var checkpoints: [CheckpointEntry]?
    /// When training began and when it ended, on the clock of `DashboardState.now`.
    package var startedAt: Double?
    /// When the current validation pass began, on the same clock.
    private(set) var validatingSince: Double?
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
        (timeline, preparation, ended, endedAt, failure, alarm) = (RunTimeline(), nil, nil, nil, nil, nil)
        if isAgain { (undos, startedAt) = ([], nil) }
    }

    mutating func take(_ status: TrainerStatus, now: Double) {
        if status == .validating, self.status != .validating { validatingSince = now }
        self.status = status
        if status == .paused || status == .training { isPaused = status == .paused }
        if status == .training || status == .validating || status.isLast { alarm = nil }
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

    /// Notes the value before a change by a person, from the command's confirmation.
    ///
    /// - Parameter layers: of the base.
    mutating func rememberForUndo(_ applied: TrainerEvent.CommandApplied, layers: Int) {
        let undo: Undo
        switch applied.command {
        case .setLearningRate, .multiplyLearningRate:
            undo = .rate(applied.baseRateBefore ?? learningRate)
        case .unfreeze, .freeze:
            guard let layer = applied.layerBefore else { return }
            undo = .layer(layer >= layers ? nil : layer)
        default: return
        }
        defer { isUndoing = false }
        // In stage 1, other layers mean the end of the stage, which cannot be undone.
        let isOfStage = if case .layer = undo { timeline.stage?.stage == .fineTune } else { true }
        let isChange = if case .rate = undo { applied.learningRate != learningRate } else { true }
        if !isUndoing, applied.by ?? .key == .key, isOfStage, isChange { undos.append(undo) }
    }
}
