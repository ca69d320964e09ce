package import Basics
import Canvas
import Foundation
package import Photos
package import Recipes
package import Runs
import Sessions
package import Training

/// A run's event files for TensorBoard, written while it trains: `folder/0042`, with `train` and
/// `validation` in it.
///
/// Works on a queue of its own. A run that goes on continues its files; what they hold besides the
/// run's history is dropped (`EventFolder.hold`).
package final class TensorBoardLog: SessionLog, @unchecked Sendable {
    // Unchecked: `queue` guards the state, `lock` the problem.
    private let parent: String
    private let home: String
    private let queue = DispatchQueue(label: "tensorboard")
    private let lock = NSLock()
    private var problem: UserError?
    private var hasFailed = false
    private var context: SessionContext?
    private var events: RunEvents?
    private var folder: EventFolder?
    private var lastFlush = ContinuousClock.now

    /// Time after which batches are written even within an epoch.
    private static let flushSeconds = 5.0

    /// - Parameters:
    ///   - folder: where the runs' folders go; it is made.
    ///   - home: the folder that holds the runs.
    /// - Throws: `FileFailure` if the folder cannot be written.
    package init(folder: String, home: String) throws {
        (parent, self.home) = (folder, home)
        try Home.prepare(folder)
    }

    package func note(_ event: SessionEvent) {
        let time = Date().timeIntervalSince1970
        switch event {
        case .ready(let context): queue.async { [self] in attempt { try begin(context) } }
        case .training(let event): queue.async { [self] in attempt { try add(event, time) } }
        case .epochEnded(let outcome):
            queue.async { [self] in
                attempt {
                    let classes = context?.dataset.classes.count ?? 0
                    let confusion = ConfusionMatrix(outcome.predictions.predictions, classes: classes)
                    try add(.epochEnded(outcome.metrics), time, confusion)
                }
            }
        case .preparing, .predictions, .layers, .ranks, .settings, .sweep, .statusChanged, .failed: break
        }
    }

    package func takeProblem() -> UserError? {
        lock.withLock {
            defer { problem = nil }
            return problem
        }
    }

    package func close() {
        queue.sync { attempt { try folder?.flush() } }
    }

    private func attempt(_ work: () throws -> Void) {
        do { try work() } catch {
            // One warning is enough for a disk that stays full.
            if hasFailed { return }
            hasFailed = true
            lock.withLock { problem = UserError(error) }
        }
    }

    private func begin(_ context: SessionContext) throws {
        self.context = context
        var events = RunEvents(context.recipe)
        let records = Self.records(context.history, undated: Date(), &events) { epoch in
            context.predictions[epoch]?.confusion
        } sheets: {
            Sheets(context.dataset, context.recipe)
        }
        let folder = EventFolder(try RunFolder.find(home: home, id: context.run), in: parent)
        try folder.hold(records)
        (self.events, self.folder) = (events, folder)
    }

    private func add(_ event: TrainerEvent, _ time: Double, _ confusion: ConfusionMatrix? = nil) throws {
        guard let folder, let records = events?.records(event, time: time, confusion: confusion) else {
            return
        }
        for record in records {
            folder.append(record)
            if record.tag == EventMessage.settingsTag, let context {
                Sheets(context.dataset, context.recipe).records(time).forEach(folder.append)
            }
        }
        let isPlace =
            switch event {
            case .runStarted, .epochEnded, .commandApplied, .runEnded: true
            default: lastFlush.duration(to: .now).seconds > Self.flushSeconds
            }
        if isPlace {
            try folder.flush()
            lastFlush = .now
        }
    }

    /// Returns the records of a run's history.
    ///
    /// - Parameter undated: the time of events of older versions, which noted none.
    private static func records(
        _ history: [LoggedEvent], undated: Date, _ events: inout RunEvents,
        confusion: (Int) -> ConfusionMatrix?, sheets: () -> Sheets
    ) -> [RunEvents.Record] {
        var time = history.lazy.compactMap(\.time).first ?? undated.timeIntervalSince1970
        var result: [RunEvents.Record] = []
        for entry in history {
            time = entry.time ?? time
            var matrix: ConfusionMatrix?
            if case .epochEnded(let epoch) = entry.event { matrix = confusion(epoch.epoch + 1) }
            result += events.records(entry.event, time: time, confusion: matrix)
            if result.last?.tag == "settings" { result += sheets().records(time) }
        }
        return result
    }

    /// Pictures of the photos.
    package struct Sheets {
        /// Validation photos as the network sees them.
        private let plain: [(image: RGBImage, label: Int)]
        /// Training photos beside views of them, as `PhotoSheet.augmented` returns them.
        private let augmented: [(image: RGBImage, label: Int)]
        private let classes: [String]

        /// No pictures.
        package init() { (plain, augmented, classes) = ([], [], []) }

        package init(_ dataset: DatasetSummary, _ recipe: Recipe) {
            let validation = dataset.photos.indices.dropFirst(dataset.trainingCount).prefix(PhotoSheet.most)
            plain = validation.map { (dataset.pixels.image(at: $0), dataset.photos[$0].label) }
            augmented = PhotoSheet.augmented(
                0..<dataset.trainingCount, of: dataset.pixels, labels: { dataset.photos[$0].label },
                seed: recipe.seed, strength: RecipeState(recipe).augmentation)
            classes = dataset.classes
        }

        fileprivate func records(_ time: Double) -> [RunEvents.Record] {
            let photos = PhotoSheet.draw(plain, classes).map {
                RunEvents.picture($0, "photos", step: 0, time)
            }
            let views = PhotoSheet.draw(augmented, classes).map {
                RunEvents.picture($0, "augmented_photos", in: .train, step: 0, time)
            }
            return [photos, views].compactMap { $0 }
        }
    }

    /// Writes the event files of a recorded run.
    ///
    /// - Parameters:
    ///   - sheets: some of its photos; may be empty.
    ///   - predictions: nil for runs that recorded none.
    ///   - replacing: false refuses to replace event files of the run that hold something else.
    /// - Returns: the run's folder of event files.
    /// - Throws: `FileFailure` if they cannot be written; files and folders are then as they were.
    package static func write(
        _ run: RunFolder, recipe: Recipe, predictions: PredictionHistory?,
        sheets: Sheets, to folder: String, replacing: Bool
    ) throws -> String {
        var events = RunEvents(recipe)
        let history = EventLog.entries(run.events)
        let attributes = try? FileManager.default.attributesOfItem(atPath: run.events)
        let written = attributes?[.modificationDate] as? Date ?? Date()
        let records = records(settled(history), undated: written, &events) {
            predictions?[$0]?.confusion
        } sheets: {
            sheets
        }
        let target = EventFolder(run, in: folder)
        try target.hold(records, replacing: replacing)
        return target.path
    }

    /// Where a resumed run of an older version repeats batches or epochs, the last repetition
    /// counts.
    private static func settled(_ history: [LoggedEvent]) -> [LoggedEvent] {
        var result: [LoggedEvent] = []
        var last = RunPlace(epoch: 0, step: 0)
        for entry in history {
            if case .batchEnded(let batch) = entry.event {
                let place = RunPlace(epoch: batch.epoch, step: batch.step)
                if (place.epoch, place.step) <= (last.epoch, last.step) {
                    result.removeAll { earlier in
                        switch earlier.event {
                        case .batchEnded(let other):
                            (other.epoch, other.step) >= (place.epoch, place.step)
                        case .epochEnded(let other): other.epoch >= place.epoch
                        default: false
                        }
                    }
                }
                last = place
            }
            result.append(entry)
        }
        return result
    }
}
