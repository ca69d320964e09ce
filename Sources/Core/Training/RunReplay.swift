import Foundation

/// A recorded run as a front end would have seen it: for still pictures of its screens.
public enum RunReplay {
    /// What the session told of a run, and the predictions of its last checkpoint.
    ///
    /// - Parameters:
    ///   - cache: the cache folder; its decoded photos are used.
    /// - Throws: a `UserError` when there is no such run, it has no checkpoint, or its photos are gone.
    public static func load(run id: String, home: String, cache: String, threads: Int) throws -> [SessionEvent] {
        let folder = try RunFolder.find(home: home, id: id)
        guard FileManager.default.fileExists(atPath: folder.last) else {
            throw UserError("Run \(folder.id) was never saved; there is nothing to show of it.")
        }
        let header = try Checkpoint.Header.load(folder.last)
        guard FileManager.default.fileExists(atPath: header.data) else {
            throw UserError("The photos of run \(folder.id) are no longer at \(header.data); put them back to see its screens.")
        }
        let configuration = header.configuration
        let dataset = try Dataset(
            path: header.data, imageSize: configuration.imageSize, validationSplit: configuration.validationSplit,
            exclusions: try folder.loadExclusions(configuration), cacheDirectory: cache + "/pixels", threads: threads)
        let classifier = try Classifier(checkpoint: folder.id, home: home, threads: threads)
        let context = SessionContext(
            run: folder.id, configuration: configuration, dataset: dataset.summary, weights: header.weights,
            randomWeights: header.weights.hasPrefix("random"),
            layers: MobileNetV2(imageSize: configuration.imageSize).summaries,
            headParameters: (MobileNetV2.featureChannels + 1) * dataset.classes.count, history: [],
            predictions: try? PredictionHistory(run: folder, classes: dataset.classes, files: dataset.photos.map(\.file)))
        let history = EventLog.read(folder.events)
        let end = history.reversed().lazy.compactMap {
            if case .runEnded(let end) = $0 { end.reason } else { nil }
        }.first
        let status: TrainerStatus = header.progress.finished ? .finished : end == .failed ? .failed : .stopped
        let settings = TrainerSettings(configuration, header.progress)
        return [.ready(context), .settings(settings)] + history.map(SessionEvent.training) + [
            .predictions(try classifier.predictions(dataset, epoch: header.progress.epoch)), .statusChanged(status),
        ]
    }
}
