package import Logs
package import Recipes
package import Runs

/// Another run, drawn faintly behind this one.
package struct GhostRun: Sendable {
    package var name: String
    private let timeline: RunTimeline
    package private(set) var history = RunHistory(smoothing: 0)
    package var epochs: [TrainerEvent.EpochEnded] { timeline.epochs }
    /// Position at which it ended, in epochs.
    var end: Double { max(timeline.position, Double(epochs.count)) }
    /// Predictions for its validation photos, if it recorded them and has the same classes.
    package var predictions: PredictionHistory?
    /// Whether it is a log of another program, which tells the ends of epochs only.
    package private(set) var isOutside = false

    /// - Parameter log: of another program.
    package init(_ log: OutsideLog) {
        self.init(name: log.name, events: log.events)
        isOutside = true
    }

    /// - Parameters:
    ///   - events: the run's recorded events. Where a resumed run repeats batches or epochs, the
    ///     last repetition counts.
    ///   - batchSize: the run's batch size, for the time axis.
    package init(name: String, events: [TrainerEvent], batchSize: Int = 32) {
        self.name = name
        timeline = RunTimeline(events)
        history.batchSize = batchSize
        var batches: [TrainerEvent.BatchEnded] = []
        for case .batchEnded(let batch) in events {
            while let last = batches.last, (last.epoch, last.step) >= (batch.epoch, batch.step) {
                batches.removeLast()
            }
            batches.append(batch)
        }
        for batch in batches { history.append(batch) }
    }
}
