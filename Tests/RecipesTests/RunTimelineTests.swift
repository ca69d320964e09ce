import Testing

@testable import Recipes

@Suite struct RunTimelineTests {
    private static func epoch(
        _ epoch: Int, _ validationLoss: Double, _ stage: Stage = .head, accuracy: Double = 0.5
    ) -> TrainerEvent {
        .epochEnded(
            .init(
                epoch: epoch, stage: stage, trainLoss: 1, trainAccuracy: 0.5, validationLoss: validationLoss,
                validationAccuracy: accuracy, trainSeconds: 1, validationSeconds: 1, imagesPerSecond: 100))
    }

    private static func batch(_ epoch: Int, _ step: Int, of steps: Int = 4) -> TrainerEvent {
        .batchEnded(
            .init(
                epoch: epoch, step: step, steps: steps, loss: 1, accuracy: 0.5, batchLoss: 1,
                learningRate: 1e-3, imagesPerSecond: 100))
    }

    private static func stage(_ stage: Stage, _ epoch: Int, from layer: Int? = nil) -> TrainerEvent {
        .stageStarted(
            .init(stage: stage, epoch: epoch, trainableParameters: 1, learningRate: 1e-3, fineTuneAt: layer))
    }

    private static func command(_ command: TrainerCommand, _ epoch: Int, _ step: Int) -> TrainerEvent {
        .commandApplied(.init(command: command, epoch: epoch, step: step, learningRate: 1e-3))
    }

    private static func best(_ losses: [Double]) -> Int? {
        RunTimeline(losses.enumerated().map { epoch($0.offset, $0.element) }).bestEpoch?.epoch
    }

    // MARK: The best epoch

    @Test func theBestEpochHasTheLowestLossAndIsTheEarliest() {
        #expect(Self.best([]) == nil)
        #expect(Self.best([0.5]) == 0)
        #expect(Self.best([0.9, 0.4, 0.6]) == 1)
        #expect(Self.best([0.9, 0.4, 0.4]) == 1)
    }

    @Test func lossesThatAreNotFiniteAreNeverTheBest() {
        #expect(Self.best([.nan, 0.9, 0.4]) == 2)
        #expect(Self.best([0.4, .nan, 0.9]) == 0)
        #expect(Self.best([.infinity, 0.9]) == 1)
        #expect(Self.best([-.infinity, 0.9]) == 1)
        #expect(Self.best([.nan, .infinity]) == nil)
    }

    /// The trainer calls an epoch the best as it ends, with the rule that the timeline uses.
    @Test func theTrainersChoiceIsTheTimelines() {
        for losses in [[0.9, 0.4, 0.4, 0.6], [.nan, 0.9, 0.4], [.infinity, .nan], [0.3, .nan, 0.2]] {
            var progress = RunProgress()
            for (epoch, loss) in losses.enumerated() {
                _ = progress.note(EpochScore(epoch: epoch, loss: loss, accuracy: 0.5))
            }
            #expect(progress.bestEpoch == Self.best(losses), "\(losses)")
        }
    }

    /// Loss and accuracy choose different epochs; of equally accurate ones the lower loss counts.
    @Test func eachMeasureHasABestEpochOfItsOwn() {
        let scores = [(0.9, 0.5), (0.4, 0.7), (0.5, 0.8), (0.45, 0.8), (0.6, 0.8), (.nan, 1)]
        var (progress, timeline) = (RunProgress(), RunTimeline())
        var improved: [Set<BestMeasure>] = []
        for (epoch, (loss, accuracy)) in scores.enumerated() {
            improved.append(progress.note(EpochScore(epoch: epoch, loss: loss, accuracy: accuracy)))
            timeline.append(Self.epoch(epoch, loss, accuracy: accuracy))
        }
        #expect(improved == [[.loss, .accuracy], [.loss, .accuracy], [.accuracy], [.accuracy], [], []])
        for measure in BestMeasure.allCases {
            #expect(progress[best: measure] == timeline.best(by: measure)?.score)
        }
        #expect(progress[best: .loss]?.epoch == 1 && progress[best: .accuracy]?.epoch == 3)
        timeline.append(Self.epoch(3, 0.3, accuracy: 0.1))
        #expect(timeline.best(by: .loss)?.epoch == 3 && timeline.best(by: .accuracy)?.epoch == 2)
    }

    @Test func aRepeatedEpochReplacesTheEarlierOnes() {
        var timeline = RunTimeline([0.9, 0.4, 0.2].enumerated().map { Self.epoch($0.offset, $0.element) })
        #expect(timeline.bestEpoch?.epoch == 2)
        timeline.append(Self.epoch(1, 0.5))
        #expect(timeline.epochs.map(\.epoch) == [0, 1])
        #expect(timeline.epochs.map(\.validationLoss) == [0.9, 0.5])
        #expect(timeline.bestEpoch?.epoch == 1 && timeline.bestEpoch?.validationLoss == 0.5)
        timeline.append(Self.epoch(1, .nan))
        #expect(timeline.bestEpoch?.epoch == 0)
        timeline.append(Self.epoch(0, .nan))
        #expect(timeline.bestEpoch == nil && timeline.epochs.count == 1)
    }

    // MARK: Positions, phases and marks

    @Test func positionsCountEpochsCompleted() {
        var timeline = RunTimeline()
        #expect(timeline.position == 0)
        timeline.append(Self.batch(2, 1))
        #expect(timeline.position == 2.25)
        timeline.append(Self.batch(2, 4))
        #expect(timeline.position == 3)
        #expect(RunTimeline([Self.epoch(0, 1), Self.epoch(1, 1)]).position == 2)
        // A log from elsewhere may say that an epoch has no batches.
        #expect(RunTimeline([Self.batch(1, 1, of: 0)]).position == 2)
    }

    @Test func aPhaseLastsWhileTheSameLayersTrain() {
        let timeline = RunTimeline([
            // Twice, as in the log of a run that was resumed.
            Self.stage(.head, 0), Self.stage(.head, 2), Self.stage(.fineTune, 5, from: 100),
            Self.stage(.fineTune, 6, from: 100), Self.stage(.fineTune, 7), Self.stage(.fineTune, 7, from: 54),
        ])
        #expect(
            timeline.phases == [
                .init(start: 0, stage: .head, fineTuneAt: nil),
                .init(start: 5, stage: .fineTune, fineTuneAt: 100),
                .init(start: 7, stage: .fineTune, fineTuneAt: 54),
            ])
        #expect(timeline.start(of: .head) == 0 && timeline.start(of: .fineTune) == 5)
        #expect(timeline.stage?.fineTuneAt == 54)
        #expect(RunTimeline([Self.stage(.head, 0)]).start(of: .fineTune) == nil)
    }

    @Test func marksStandWhereTheChangesTookEffect() {
        var timeline = RunTimeline([
            Self.command(.setDropout(0.3), 0, 0), Self.stage(.head, 0), Self.batch(0, 1),
            Self.command(.multiplyLearningRate(0.5), 0, 1), Self.stage(.fineTune, 1, from: 100),
            Self.batch(1, 3), Self.stage(.fineTune, 1, from: 54),
            Self.command(.unfreeze(fromLayer: 54), 1, 3), Self.stage(.fineTune, 1),
            Self.command(.freeze, 1, 3),
        ])
        timeline.append(Self.command(.pause, 1, 3))
        timeline.append(Self.command(.step, 1, 3))
        func command(_ position: Double, _ event: TrainerEvent) -> RunTimeline.Mark? {
            if case .commandApplied(let applied) = event {
                .init(position: position, kind: .command(applied))
            } else {
                nil
            }
        }
        #expect(
            timeline.marks == [
                command(0, Self.command(.setDropout(0.3), 0, 0)),
                command(0.25, Self.command(.multiplyLearningRate(0.5), 0, 1)),
                .init(position: 1, kind: .fineTuning), .init(position: 1.75, kind: .boundary(layer: 54)),
                command(1.75, Self.command(.unfreeze(fromLayer: 54), 1, 3)),
                command(1.75, Self.command(.freeze, 1, 3)),
            ])
    }

    @Test func batchesTakeNoMemory() {
        var timeline = RunTimeline()
        for number in 0..<100_000 { timeline.append(Self.batch(number / 100, number % 100 + 1, of: 100)) }
        #expect(timeline.epochs.isEmpty && timeline.marks.isEmpty && timeline.phases.isEmpty)
        #expect(timeline.position == 1000)
    }

    // MARK: As before

    /// A run of 3 + 5 epochs of four batches that was resumed, steered and unfrozen further.
    private static var ordinaryRun: [TrainerEvent] {
        var events = [stage(.head, 0)]
        for number in 0..<8 {
            if number == 2 { events.append(stage(.head, 2)) }
            if number == 3 { events.append(stage(.fineTune, 3, from: 100)) }
            for step in 1...4 {
                events.append(batch(number, step))
                switch (number, step) {
                case (1, 2): events.append(command(.setLearningRate(1e-4), 1, 2))
                case (4, 1): events += [command(.pause, 4, 1), command(.resume, 4, 1)]
                case (5, 3):
                    events += [stage(.fineTune, 5, from: 54), command(.unfreeze(fromLayer: 54), 5, 3)]
                case (6, 4): events += [command(.multiplyLearningRate(0.1), 7, 0)]
                case (7, 1): events += [stage(.fineTune, 7), command(.freeze, 7, 1)]
                default: break
                }
            }
            let losses = [0.9, 0.7, 0.8, 0.5, 0.4, 0.45, 0.4, 0.41]
            events.append(epoch(number, losses[number], number < 3 ? .head : .fineTune))
        }
        return events
    }

    /// The values that the report derived from a log by itself.
    @Test func theReportsValuesAreKept() {
        let events = Self.ordinaryRun
        let timeline = RunTimeline(events)
        let epochs = events.compactMap { if case .epochEnded(let epoch) = $0 { epoch } else { nil } }
        #expect(timeline.epochs == epochs)
        #expect(timeline.bestEpoch == epochs.min { $0.validationLoss < $1.validationLoss })

        var starts: [(Double, String)] = []
        for case .stageStarted(let stage) in events {
            let name = "\(stage.stage) \(stage.fineTuneAt ?? 154)"
            if starts.last?.0 == Double(stage.epoch) { starts.removeLast() }
            if starts.last?.1 != name { starts.append((Double(stage.epoch), name)) }
        }
        #expect(timeline.phases.map(\.start) == starts.map(\.0))
        #expect(timeline.phases.map { "\($0.stage) \($0.fineTuneAt ?? 154)" } == starts.map(\.1))

        let batches = events.compactMap { if case .batchEnded(let batch) = $0 { batch } else { nil } }
        for batch in batches {
            #expect(batch.position == Double(batch.epoch) + Double(batch.step) / Double(max(1, batch.steps)))
        }
        let commands = events.compactMap { event -> (Double, TrainerCommand)? in
            guard case .commandApplied(let applied) = event, applied.command.isChange else { return nil }
            return (Double(applied.epoch) + Double(applied.step) / 4, applied.command)
        }
        let marked = timeline.marks.compactMap { mark -> (Double, TrainerCommand)? in
            if case .command(let applied) = mark.kind { (mark.position, applied.command) } else { nil }
        }
        #expect(marked.map(\.0) == commands.map(\.0) && marked.map(\.1) == commands.map(\.1))
    }

    /// The marks that the dashboard placed at its newest batch.
    @Test func theDashboardsPositionsAreKept() {
        var timeline = RunTimeline()
        var newest: TrainerEvent.BatchEnded?
        var before: TrainerEvent.StageStarted?
        var marks: [Double] = []
        for event in Self.ordinaryRun {
            timeline.append(event)
            let position = newest.map { Double($0.epoch) + Double($0.step) / Double($0.steps) } ?? 0
            switch event {
            case .batchEnded(let batch): newest = batch
            case .commandApplied(let applied) where applied.command.isChange: marks.append(position)
            case .commandApplied: break
            case .stageStarted(let started):
                if started.stage == .fineTune, let layer = started.fineTuneAt {
                    if before?.stage != .fineTune {
                        marks.append(Double(started.epoch))
                    } else if before?.fineTuneAt != layer {
                        marks.append(position)
                    }
                }
                before = started
            default: break
            }
        }
        #expect(timeline.marks.map(\.position) == marks)
        #expect(timeline.position == 8 && timeline.batch == newest && timeline.stage == before)
    }
}
