import Basics
import Foundation
import Network
package import Photos
package import Recipes
package import Runs
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

    /// Where to look for the photos of a recorded run.
    package struct Place: Sendable {
        package var home: String
        /// The cache folder, which may hold the decoded photos.
        package var cache: String
        package var threads: Int
        /// The folder that the photos have moved to; nil if they are where the run found them.
        package var movedData: String?

        package init(home: String, cache: String, threads: Int, movedData: String? = nil) {
            (self.home, self.cache, self.threads, self.movedData) = (home, cache, threads, movedData)
        }
    }

    /// Reads a run's folder and lists its photos.
    ///
    /// - Throws: a `Failure` if there is no such run, it has no checkpoint, or its photos are gone or
    ///   others.
    static func recording(run id: String, _ place: Place) throws -> Recording {
        let folder = try RunFolder.find(home: place.home, id: id)
        let header = try RecordedRun.header(folder)
        let dataset = try photos(of: folder, header, place)
        let recipe = header.recipe
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

    /// Returns the photos of a recorded run.
    ///
    /// - Throws: `SessionFailure` if they are gone, or not those that the run was saved with although
    ///   they are said to have moved; a `Failure` for a folder that cannot be listed.
    package static func photos(of folder: RunFolder, _ header: CheckpointHeader, _ place: Place) throws
        -> Dataset
    {
        let path = place.movedData ?? header.data
        guard FileManager.default.fileExists(atPath: path) else {
            throw SessionFailure.photosGone(folder.id, path: path)
        }
        let recipe = header.recipe
        let dataset = try Dataset(
            path: path, reading: recipe.reading, imageSize: recipe.imageSize,
            inputScale: recipe.architecture.inputScale, split: recipe.split,
            exclusions: try folder.loadExclusions(recipe), cacheDirectory: place.cache + "/pixels",
            threads: place.threads)
        if place.movedData != nil { try header.check(dataset, of: folder) }
        return dataset
    }

    /// Returns a run's recorded events and the predictions of its last checkpoint.
    ///
    /// - Throws: like `recording`.
    package static func load(run id: String, _ place: Place) throws -> [SessionEvent] {
        let recording = try recording(run: id, place)
        let classifier = try Classifier(
            checkpoint: recording.context.run, home: place.home, threads: place.threads)
        return [.ready(recording.context), .settings(recording.header.state)]
            + recording.events.map(SessionEvent.training) + [
                .predictions(
                    try classifier.predictions(recording.dataset, epoch: recording.header.progress.epoch)),
                .statusChanged(recording.status),
            ]
    }
}

extension CheckpointHeader {
    /// - Throws: `SessionFailure` if photos that are said to have moved are not those that the run was
    ///   saved with.
    func check(_ dataset: Dataset, of run: RunFolder) throws {
        if let photos, photos != dataset.fingerprint {
            throw SessionFailure.otherPhotos(run.id, folder: dataset.path, original: data)
        }
    }
}
