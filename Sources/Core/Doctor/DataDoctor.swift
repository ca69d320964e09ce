package import Basics
import Foundation
package import Network
package import Photos
package import Ranks
package import Recipes

/// An examination of a folder of photos for likely faults: damaged files, duplicates, wrong labels
/// and outliers (docs/data-check.md). It surveys the photos (`PhotoSurvey`), reusing what earlier
/// examinations found, and turns the survey into findings (`Diagnosing`).
package struct DataDoctor: Sendable {
    package struct Options: Sendable {
        /// Path of the photo folder.
        package var data: String
        /// The cache folder (`Home.cachePath()`): fetched weights, and the records of earlier
        /// checks.
        package var cache: String
        /// Side of the network's input, in pixels.
        package var imageSize = 160
        /// The base whose features are compared.
        package var model = Architecture.mobileNetV2
        /// How a run divides the photos.
        package var split = SplitPlan()
        /// How the photos are read.
        package var reading = PhotoReading()
        /// Photos left out already, which get no findings.
        package var exclusions = ExclusionList()
        /// A weight file; nil uses the cached ImageNet weights, fetched if necessary.
        package var weights: String?
        /// Falls back to random weights if no others are available.
        package var demo = false
        /// Whether to run the network; without it, labels and outliers are not checked.
        package var usesNetwork = true
        package var threads: Int
        /// The ranks that share the photos, of which this is the first (`SurveyFollower`); nil for this
        /// process alone.
        package var ranks: RankGroup?
        /// Runs at the lowest priority, so as not to slow down a training run.
        package var isBackground = false

        package init(data: String, cache: String, threads: Int = WorkerPool.coreCount) {
            (self.data, self.cache, self.threads) = (data, cache, threads)
        }

        /// Options for the photos of a run, in the background on one thread.
        ///
        /// - Parameters:
        ///   - data: the folder with the run's photos.
        ///   - exclusions: the photos that the run leaves out.
        package init(
            _ recipe: Recipe, data: String, exclusions: ExclusionList, cache: String
        ) {
            self.init(data: data, cache: cache, threads: 1)
            (imageSize, split) = (recipe.imageSize, recipe.split)
            reading = recipe.reading
            model = recipe.architecture
            (weights, demo, self.exclusions, isBackground) = (
                recipe.weights, recipe.demo, exclusions, true
            )
        }
    }

    private let options: Options

    package init(_ options: Options) { self.options = options }

    /// Examines the folder. Slow, and meant for a thread of its own, which `DoctorRun` provides.
    ///
    /// - Parameters:
    ///   - progress: called on the calling thread and on worker threads, sometimes concurrently.
    ///   - isCancelled: asked between photos; what has been examined by then is kept for the next
    ///     check.
    /// - Throws: a `Failure` if the folder cannot be listed or a given weight file cannot be read;
    ///   `CancellationError`; `RankFailure`.
    package func examine(
        progress: @escaping @Sendable (Preparation) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> DoctorReport {
        let folder = try ImageFolder(path: options.data, options.reading, for: options.split)
        var warnings: [DoctorFailure] = []
        let tensors = try weights(progress, isCancelled, &warnings)
        let survey = try PhotoSurvey(
            folder: folder, network: Backbone(options.model, imageSize: options.imageSize), tensors: tensors,
            directory: options.cache + "/doctor",
            threads: options.threads, isBackground: options.isBackground, ranks: options.ranks,
            progress: { done, total in
                progress(Preparation(phase: .examiningPhotos, done: done, total: total, unit: .photos))
            },
            isCancelled: isCancelled)
        if let warning = survey.warning { warnings.append(warning) }
        let missing = Set(options.exclusions.files).subtracting(folder.files.map(\.path))
        if let first = missing.min() {
            warnings.append(.exclusionsMissing(count: missing.count, first: first))
        }
        let diagnosis = Diagnosing(folder: folder, survey: survey, options: options)
        let findings = try diagnosis.findings(progress: progress, isCancelled: isCancelled)
        return diagnosis.report(findings, warnings)
    }

    /// Returns the base's weights; nil without the network or, with a warning, if none are
    /// available.
    private func weights(
        _ progress: @escaping (Preparation) -> Void, _ isCancelled: @escaping @Sendable () -> Bool,
        _ warnings: inout [DoctorFailure]
    ) throws -> NamedTensors? {
        guard options.usesNetwork else { return nil }
        let network = Backbone(options.model, imageSize: options.imageSize)
        let report = SourceReport(progress: progress, isCancelled: isCancelled)
        do {
            return try WeightsSource(cache: options.cache, network: network).resolve(
                file: options.weights, isCheckpoint: CheckpointHeader.isIn(for: options.model),
                demo: options.demo,
                report: report
            ).tensors
        } catch let error as any Failure where options.weights == nil {
            warnings.append(.labelsNotChecked(UserError(error)))
            return nil
        }
    }
}

/// A `DataDoctor` at work on a thread of its own, polled by a screen. Any thread may call.
package final class DoctorRun: @unchecked Sendable {
    // Unchecked: `lock` guards the mutable state; the rest is immutable.
    private let doctor: DataDoctor
    private let lock = NSLock()
    private let stop = AtomicFlag()
    private var latest: Preparation?
    private var outcome: Result<DoctorReport, UserError>?
    private let done = DispatchSemaphore(value: 0)

    /// Starts the work at once.
    package init(_ options: DataDoctor.Options) {
        doctor = DataDoctor(options)
        let thread = Thread { [self] in
            if options.isBackground { WorkerThread.letOthersGoFirst() }
            WorkerThread.leaveSignals()
            run()
            done.signal()
        }
        thread.name = "doctor"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Stops the work soon; `result` then stays nil.
    package func cancel() { stop.set() }

    /// The current phase; nil before the work begins.
    package var progress: Preparation? { lock.withLock { latest } }

    /// Nil while the work goes on, and if it was cancelled.
    package var result: Result<DoctorReport, UserError>? { lock.withLock { outcome } }

    /// Waits until the work has ended.
    package func wait() {
        done.wait()
        done.signal()
    }

    /// Waits until the work has ended, but no longer than `seconds`.
    package func wait(atMost seconds: Double) {
        if done.wait(timeout: .now() + seconds) == .success { done.signal() }
    }

    private func run() {
        do {
            let report = try doctor.examine(
                progress: { [self] preparation in lock.withLock { latest = preparation } },
                isCancelled: { [stop] in stop.isSet })
            lock.withLock { outcome = .success(report) }
        } catch is CancellationError {
        } catch {
            lock.withLock { outcome = .failure(UserError(error)) }
        }
    }
}
