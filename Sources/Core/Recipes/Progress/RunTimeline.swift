/// A run over its epochs: the epochs that ended and the best of them, the phases, and the marks of
/// changes.
///
/// Built from the run's events in their order, live or recorded, so that charts, dialogs, reports
/// and commands agree. Positions are in epochs completed, with fractions: 2.5 is the middle of the
/// third epoch.
///
/// ```swift
/// var timeline = RunTimeline()
/// for event in events { timeline.append(event) }
/// print(timeline.bestEpoch?.validationLoss ?? .nan)
/// ```
///
/// Keeps the newest batch only, so memory grows with the epochs and changes, not with the batches.
package struct RunTimeline: Sendable {
    /// A part of the run in which the same layers train.
    package struct Phase: Sendable, Equatable {
        /// Position at which it starts.
        package var start: Double
        package var stage: Stage
        /// First trainable layer of the base; nil while all of it is frozen.
        package var fineTuneAt: Int?
    }

    /// A change to the run.
    package struct Mark: Sendable, Equatable {
        package enum Kind: Sendable, Equatable {
            /// Stage 2 starts.
            case fineTuning
            /// Within stage 2, the layers from this one on start to train.
            case boundary(layer: Int)
            case command(TrainerEvent.CommandApplied)
        }

        package var position: Double
        package var kind: Kind
    }

    /// The epochs that ended, in order. Where a resumed run repeats epochs, the last repetition
    /// counts.
    package private(set) var epochs: [TrainerEvent.EpochEnded] = []
    private var bests: [BestMeasure: TrainerEvent.EpochEnded] = [:]
    /// The phases, in order. A phase replaces an earlier one with the same start.
    package private(set) var phases: [Phase] = []
    /// The changes, in the order in which they happened.
    package private(set) var marks: [Mark] = []
    /// The start of the current stage, or the newest change of its trainable layers.
    package private(set) var stage: TrainerEvent.StageStarted?
    /// The newest batch.
    package private(set) var batch: TrainerEvent.BatchEnded?

    package init() {}

    package init(_ events: some Sequence<TrainerEvent>) {
        for event in events { append(event) }
    }

    /// The position of the newest batch.
    package var position: Double { batch?.position ?? Double(epochs.count) }

    /// Position at which a stage starts; nil if it has not.
    package func start(of stage: Stage) -> Double? { phases.first { $0.stage == stage }?.start }

    /// The best epoch by a measure; nil until an epoch's validation loss is finite.
    package func best(by measure: BestMeasure) -> TrainerEvent.EpochEnded? { bests[measure] }

    /// The epoch with the lowest validation loss.
    package var bestEpoch: TrainerEvent.EpochEnded? { best(by: .loss) }

    package mutating func append(_ event: TrainerEvent) {
        switch event {
        case .stageStarted(let started): start(started)
        case .batchEnded(let batch): self.batch = batch
        case .epochEnded(let epoch): end(epoch)
        // A pause changes nothing about the run, nor do single steps.
        case .commandApplied(let applied) where applied.command.isChange:
            let place = RunPlace(epoch: applied.epoch, step: applied.step)
            marks.append(Mark(position: place.position(of: batch?.steps ?? 1), kind: .command(applied)))
        case .commandApplied, .runStarted, .checkpointSaved, .warning, .runEnded: break
        }
    }

    private mutating func start(_ started: TrainerEvent.StageStarted) {
        let before = stage
        stage = started
        // A stage starts between epochs; its layers may change within one.
        if started.stage == .fineTune, before?.stage != .fineTune {
            if start(of: .fineTune) == nil {
                marks.append(Mark(position: Double(started.epoch), kind: .fineTuning))
            }
        } else if started.stage == .fineTune, let layer = started.fineTuneAt, layer != before?.fineTuneAt {
            marks.append(Mark(position: position, kind: .boundary(layer: layer)))
        }
        let phase = Phase(
            start: Double(started.epoch), stage: started.stage, fineTuneAt: started.fineTuneAt)
        if phases.last?.start == phase.start { phases.removeLast() }
        if let last = phases.last, (last.stage, last.fineTuneAt) == (phase.stage, phase.fineTuneAt) { return }
        phases.append(phase)
    }

    private mutating func end(_ epoch: TrainerEvent.EpochEnded) {
        while let last = epochs.last, last.epoch >= epoch.epoch { epochs.removeLast() }
        if bests.values.contains(where: { $0.epoch >= epoch.epoch }) {
            bests = [:]
            for earlier in epochs { consider(earlier) }
        }
        epochs.append(epoch)
        consider(epoch)
    }

    private mutating func consider(_ epoch: TrainerEvent.EpochEnded) {
        for measure in BestMeasure.allCases where measure.improves(epoch.score, on: bests[measure]?.score) {
            bests[measure] = epoch
        }
    }
}

extension TrainerEvent.BatchEnded {
    /// The run's position after the batch: epochs completed, with fractions.
    package var position: Double { RunPlace(epoch: epoch, step: step).position(of: steps) }
}

extension RunPlace {
    /// Epochs completed, with fractions, at `steps` batches per epoch.
    package func position(of steps: Int) -> Double { Double(epoch) + Double(step) / Double(max(1, steps)) }
}
