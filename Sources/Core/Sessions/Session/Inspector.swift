package import Basics
package import Canvas
import Foundation
package import Photos
import Runs
package import Training

/// Inspection of a run's network while the run goes on, on a thread of its own at the lowest
/// priority. A front end sends requests with `ask` and later collects the answers with
/// `drainAnswers`; neither waits for the work.
///
/// The network is the run's last checkpoint, reloaded whenever that changes. So answers are about
/// the weights of the last completed epoch (or of the last `save`), not those of the current batch.
package final class Inspector: @unchecked Sendable {
    // Unchecked: `condition` guards the requests, the answers and `isClosed`; the rest belongs to
    // the thread.

    package enum Request: Sendable, Equatable {
        /// Probabilities and class activation maps.
        case explain(Classifier.Subject)
        /// The training photos with the most similar features; the first answer may take minutes.
        case neighbors(Classifier.Subject, count: Int)
        case featureMaps(layer: Int, Classifier.Subject)
        /// The first convolution's filters.
        case filters
        /// The validation photos in the plane of their features; takes the time of a validation
        /// pass if the base has changed since.
        case projection

        fileprivate func isLike(_ other: Request) -> Bool {
            switch (self, other) {
            case (.explain, .explain), (.neighbors, .neighbors), (.featureMaps, .featureMaps),
                (.filters, .filters), (.projection, .projection):
                true
            default: false
            }
        }
    }

    /// An answer; `epoch` is the number of completed epochs of the weights.
    package enum Answer: Sendable {
        case explained(Classifier.Subject, Explanation, epoch: Int)
        case neighbors(Classifier.Subject, [Neighbor], epoch: Int)
        case featureMaps(Classifier.Subject, FeatureMaps, epoch: Int)
        case filters([RGBImage], epoch: Int)
        case projection(FeatureProjection, epoch: Int)
        /// Progress of the validation photos' features, for `projection`.
        case projecting(done: Int, total: Int)
        /// Progress of the training photos' features, without which `neighbors` cannot be answered.
        case progress(done: Int, total: Int)
        case failed(Request, UserError)
    }

    package struct Neighbor: Sendable, Equatable {
        /// Index into `DatasetSummary.photos`.
        package var photo: Int
        /// See `PhotoFeatures.Neighbor`.
        package var distance: Float
    }

    private let folder: RunFolder
    private let home: String
    private let dataset: DatasetSummary
    private let answered: @Sendable () -> Void
    private let condition = NSCondition()
    private var requests: [Request] = []
    private var answers: [Answer] = []
    private var isClosed = false
    // Used by the thread only.
    private var classifier: Classifier?
    private var loaded: FileStamp?
    private var features: PhotoFeatures?
    private var validation: PhotoFeatures?

    /// The identity of the file at a path.
    private struct FileStamp: Equatable {
        var inode: UInt64
        var seconds: Int
        var nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (inode, seconds, nanoseconds) = (
                UInt64(status.st_ino), status.st_mtim.tv_sec, status.st_mtim.tv_nsec
            )
        }
    }

    /// - Parameters:
    ///   - run: the run's id.
    ///   - home: the home folder of the runs.
    ///   - dataset: the photos of the run.
    ///   - answered: called on the inspector's thread whenever there is an answer to collect; must
    ///     not wait.
    /// - Throws: `RunFailure` if there is no such run.
    package init(
        run: String, home: String, dataset: DatasetSummary, answered: @escaping @Sendable () -> Void = {}
    ) throws {
        folder = try RunFolder.find(home: home, id: run)
        (self.home, self.dataset, self.answered) = (home, dataset, answered)
        let thread = Thread { [self] in work() }
        thread.name = "inspector"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Queues a request, in place of any of the same kind that is still waiting.
    package func ask(_ request: Request) {
        condition.lock()
        requests.removeAll { $0.isLike(request) }
        requests.append(request)
        condition.broadcast()
        condition.unlock()
    }

    /// Returns all answers since the last call, oldest first.
    package func drainAnswers() -> [Answer] {
        condition.lock()
        defer { condition.unlock() }
        defer { answers.removeAll() }
        return answers
    }

    /// Ends the thread after its current work; until then the thread keeps the inspector alive.
    package func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    private func work() {
        WorkerThread.letOthersGoFirst()
        WorkerThread.leaveSignals()
        while let request = next() { serve(request) }
    }

    /// Waits for a request and takes it; nil once closed.
    private func next() -> Request? {
        condition.lock()
        defer { condition.unlock() }
        while requests.isEmpty && !isClosed { condition.wait() }
        return isClosed ? nil : requests.removeFirst()
    }

    private func give(_ answer: Answer) {
        condition.lock()
        answers.append(answer)
        condition.unlock()
        answered()
    }

    private func serve(_ request: Request) {
        do {
            try answer(request)
        } catch is CancellationError {
            // Closed.
        } catch {
            give(.failed(request, UserError(error)))
        }
    }

    private func answer(_ request: Request) throws {
        let classifier = try current()
        let epoch = classifier.epoch ?? 0
        switch request {
        case .explain(let subject):
            give(.explained(subject, try classifier.explain(subject, in: dataset), epoch: epoch))
        case .featureMaps(let layer, let subject):
            give(
                .featureMaps(
                    subject, try classifier.featureMaps(layer: layer, subject, in: dataset), epoch: epoch))
        case .filters: give(.filters(classifier.firstFilters, epoch: epoch))
        case .projection:
            let photos = validationPhotos
            let features = try validationFeatures(classifier, photos)
            give(.projection(features.projection(Array(photos)), epoch: epoch))
        case .neighbors(let subject, let count):
            let query = try classifier.explain(subject, in: dataset).features
            let features = try trainingFeatures(classifier)
            var file: PhotoPath?
            if case .photo(let index) = subject { file = dataset.photos[index].file }
            let found = features.nearest(to: query, count: count, excluding: file)
            give(
                .neighbors(
                    subject, found.map { Neighbor(photo: $0.photo, distance: $0.distance) }, epoch: epoch))
        }
    }

    /// Returns the network of the run's last checkpoint.
    private func current() throws -> Classifier {
        guard let stamp = FileStamp(folder.last) else {
            throw SessionFailure.notSavedYet(folder.id)
        }
        if let classifier, stamp == loaded { return classifier }
        let classifier = try Classifier(checkpoint: folder.last, home: home, threads: 1, isBackground: true)
        (self.classifier, loaded) = (classifier, stamp)
        return classifier
    }

    private func trainingFeatures(_ classifier: Classifier) throws -> PhotoFeatures {
        if let features, features.fingerprint == classifier.baseFingerprint { return features }
        let total = min(dataset.trainingCount, Classifier.featuresLimit)
        let computed = try classifier.trainingFeatures(dataset, keptIn: folder) { [self] done in
            give(.progress(done: done, total: total))
            // Requests that need no features are served in between.
            while let other = quickRequest() { serve(other) }
            return !isToStop
        }
        features = computed
        return computed
    }

    /// Most photos in the plane: more would cover each other on a screen.
    private static let mostProjected = 2000

    private var validationPhotos: Range<Int> {
        let first = dataset.trainingCount
        return first..<min(dataset.photos.count, first + Self.mostProjected)
    }

    private func validationFeatures(_ classifier: Classifier, _ photos: Range<Int>) throws -> PhotoFeatures {
        if let validation, validation.fingerprint == classifier.baseFingerprint { return validation }
        let computed = try classifier.features(of: photos, in: dataset) { [self] done in
            give(.projecting(done: done, total: photos.count))
            while let other = quickRequest() { serve(other) }
            return !isToStop
        }
        validation = computed
        return computed
    }

    /// Takes the oldest request that needs no features.
    private func quickRequest() -> Request? {
        condition.lock()
        defer { condition.unlock() }
        let index = requests.firstIndex { request in
            switch request {
            case .neighbors, .projection: false
            case .explain, .featureMaps, .filters: true
            }
        }
        return isClosed ? nil : index.map { requests.remove(at: $0) }
    }

    private var isToStop: Bool {
        condition.lock()
        defer { condition.unlock() }
        return isClosed
    }
}
