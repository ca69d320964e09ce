import Basics
import Foundation
import Network
import Photos
import Recipes
import Runs
import Training

/// A run as its folder holds it, to look at. Nothing is written into it.
struct RecordedRun {
    private let folder: RunFolder
    private let header: CheckpointHeader

    init(_ folder: RunFolder, _ header: CheckpointHeader) { (self.folder, self.header) = (folder, header) }

    /// Returns the description of the run's last checkpoint.
    ///
    /// - Throws: `SessionFailure` if there is none, `CheckpointFailure` if it cannot be read.
    static func header(_ folder: RunFolder) throws -> CheckpointHeader {
        guard FileManager.default.fileExists(atPath: folder.last) else {
            throw SessionFailure.nothingToShow(folder.id)
        }
        return try CheckpointHeader.load(folder.last)
    }

    /// The status with which the run ended.
    static func status(_ header: CheckpointHeader, _ events: [TrainerEvent]) -> TrainerStatus {
        if header.progress.finished { return .finished }
        let end = events.reversed().lazy.compactMap {
            if case .runEnded(let end) = $0 { end.reason } else { nil }
        }.first
        return end == .failed ? .failed : .stopped
    }

    /// Emits everything that a front end shows of the run: its context with the history, its settings
    /// and its status.
    ///
    /// - Throws: a `Failure` if its photos cannot be listed.
    func show(
        _ options: RunSession.Options, _ mailbox: CommandMailbox,
        _ emit: @escaping @Sendable (SessionEvent) -> Void
    ) throws -> RunEndReason {
        var recipe = header.recipe
        if let data = options.movedData { recipe.data = data }
        let inputs = RunInputs(cache: options.cache, threads: options.threads, mailbox: mailbox, emit: emit)
        let dataset = try inputs.dataset(recipe, try folder.loadExclusions(recipe), isLazy: true)
        if options.movedData != nil { try header.check(dataset, of: folder) }
        let history = EventLog.entries(folder.events)
        emit(
            .ready(
                SessionContext(
                    run: folder.id, recipe: recipe, dataset: dataset.summary,
                    weights: WeightsOrigin(recorded: header.weights),
                    layers: recipe.network.summaries,
                    headParameters: recipe.network.headParameters(classes: dataset.classes.count),
                    history: history,
                    predictions: try? PredictionHistory(
                        run: folder, classes: dataset.classes, files: dataset.photos.map(\.file)))))
        emit(.settings(header.state))
        let status = Self.status(header, history.map(\.event))
        emit(.statusChanged(status))
        return status == .finished ? .finished : .stopped
    }
}
