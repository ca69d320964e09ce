import Basics
import Network
import Ranks
import Recipes
import Runs
import Training

/// The newest state of everything that a session has emitted: all that a front end needs when it
/// attaches, except what the run's folder holds.
struct RunPicture {
    private var context: SessionContext?
    private(set) var logBytes = 0
    private var began = ContinuousClock.now
    /// Seconds for which the run was trained before.
    private var secondsBefore = 0.0
    private var preparation: Preparation?
    /// Warnings that are not in the event log.
    private var warnings: [TrainerEvent] = []
    private var settings: RecipeState?
    private var status = TrainerStatus.preparing
    private var predictions: PredictionSet?
    private var layers: LayerReport?
    private var ranks: RankReport?
    private var sweep: LearningRateSweep?
    private var failure: UserError?

    private static let mostWarnings = 200

    mutating func note(_ event: SessionEvent, logBytes bytes: Int?) {
        if let bytes { logBytes = bytes }
        switch event {
        case .preparing(let preparation): self.preparation = preparation
        case .ready(let context):
            var context = context
            // Front ends read these in the run's folder.
            (context.history, context.predictions) = ([], PredictionHistory(classes: [], files: []))
            self.context = context
            (preparation, settings, predictions, layers, sweep, ranks) = (nil, nil, nil, nil, nil, nil)
            (began, secondsBefore) = (.now, context.seconds)
        case .training(let event):
            if bytes == nil, warnings.count < Self.mostWarnings { warnings.append(event) }
        case .epochEnded(let outcome): predictions = outcome.predictions
        case .predictions(let set): predictions = set
        case .layers(let report): layers = report
        case .ranks(let report): ranks = report
        case .settings(let settings): self.settings = settings
        case .sweep(let sweep): self.sweep = sweep.isDone ? nil : sweep
        case .statusChanged(let status): self.status = status
        case .failed(let error): failure = error
        }
    }

    var messages: [ServerMessage] {
        let events: [SessionEvent?] =
            warnings.map { .training($0) } + [
                settings.map { .settings($0) }, layers.map { .layers($0) },
                ranks.map { .ranks($0) },
                predictions.map { .predictions($0) },
                sweep.map { .sweep($0) }, failure.map { .failed($0) }, .statusChanged(status),
            ]
        let first: [SessionEvent?] = [preparation.map { .preparing($0) }, context.map { .ready($0) }]
        return (first + events).compactMap(\.self).flatMap {
            ServerMessage.messages(
                $0, logBytes: logBytes, seconds: secondsBefore + began.duration(to: .now).seconds)
        }
    }
}
