import Basics
import Foundation
import Network
import Photos
import Recipes
import Runs
package import Training

/// A recorded run as a front end would have seen it, for still images of its screens and for
/// replay.
package enum RunReplay {
    /// The contents of a run's folder.
    struct Recording {
        var dataset: Dataset
        var context: SessionContext
        var header: Checkpoint.Header
        var events: [TrainerEvent]
        /// The run's current status.
        var status: TrainerStatus
    }

    /// Reads a run's folder and lists its photos.
    ///
    /// - Throws: a `Failure` if there is no such run, it has no checkpoint, or its photos are gone.
    static func recording(run id: String, home: String, cache: String, threads: Int) throws -> Recording {
        let folder = try RunFolder.find(home: home, id: id)
        let header = try RecordedRun.header(folder)
        guard FileManager.default.fileExists(atPath: header.data) else {
            throw SessionFailure.photosGone(folder.id, path: header.data)
        }
        let recipe = header.recipe
        let dataset = try Dataset(
            path: header.data, imageSize: recipe.imageSize, inputScale: recipe.architecture.inputScale,
            validationSplit: recipe.validationSplit,
            exclusions: try folder.loadExclusions(recipe), cacheDirectory: cache + "/pixels",
            threads: threads)
        let context = SessionContext(
            run: folder.id, recipe: recipe, dataset: dataset.summary,
            weights: WeightsOrigin(recorded: header.weights),
            layers: recipe.network.summaries,
            headParameters: recipe.network.headParameters(classes: dataset.classes.count), history: [],
            predictions: try? PredictionHistory(
                run: folder, classes: dataset.classes, files: dataset.photos.map(\.file)))
        let events = EventLog.read(folder.events)
        return Recording(
            dataset: dataset, context: context, header: header, events: events,
            status: RecordedRun.status(header, events))
    }

    /// Returns a run's recorded events and the predictions of its last checkpoint.
    ///
    /// - Parameter cache: the cache folder, which may hold the decoded photos.
    /// - Throws: like `recording`.
    package static func load(run id: String, home: String, cache: String, threads: Int) throws
        -> [SessionEvent]
    {
        let recording = try recording(run: id, home: home, cache: cache, threads: threads)
        let classifier = try Classifier(checkpoint: recording.context.run, home: home, threads: threads)
        return [.ready(recording.context), .settings(recording.header.state)]
            + recording.events.map(SessionEvent.training) + [
                .predictions(
                    try classifier.predictions(recording.dataset, epoch: recording.header.progress.epoch)),
                .statusChanged(recording.status),
            ]
    }
}
