import Foundation

/// Looks for what is likely wrong with a folder of photos: files, copies, labels, outliers (docs/data-check.md).
public struct DataDoctor: Sendable {
    public struct Options: Sendable {
        /// The photo folder.
        public var data: String
        /// The cache folder (`Home.cachePath()`): fetched weights, and what is known of photos from earlier checks.
        public var cache: String
        /// Side in pixels that the network sees.
        public var imageSize = 160
        /// Decides which photos are validation's, as in a run.
        public var validationSplit = 0.2
        /// Photos that are left out already, about which nothing is to be said.
        public var exclusions = ExclusionList()
        /// A weight file; nil: the cached ImageNet weights, fetched if need be.
        public var weights: String?
        /// Random weights where there are none to be had.
        public var demo = false
        /// Whether the network looks at the photos; without it, labels and outliers are not checked.
        public var usesNetwork = true
        public var threads: Int
        /// Lets all other threads go first: one thread beside a training that must not suffer.
        public var isBackground = false

        public init(data: String, cache: String, threads: Int = ProcessInfo.processInfo.activeProcessorCount)
        {
            (self.data, self.cache, self.threads) = (data, cache, threads)
        }

        /// For the photos of a run, in the background.
        ///
        /// - Parameters:
        ///   - data: the folder that the run's photos are in.
        ///   - exclusions: what the run leaves out.
        public init(_ configuration: RunConfiguration, data: String, exclusions: ExclusionList, cache: String)
        {
            self.init(data: data, cache: cache, threads: 1)
            (imageSize, validationSplit) = (configuration.imageSize, configuration.validationSplit)
            (weights, demo, self.exclusions, isBackground) = (
                configuration.weights, configuration.demo, exclusions, true
            )
        }
    }

    private let options: Options

    public init(_ options: Options) { self.options = options }

    /// Examines the folder. Slow, and meant for a thread of its own; `DoctorRun` makes one.
    ///
    /// - Parameters:
    ///   - progress: called on several threads, one at a time for each phase but not in step with each other.
    ///   - isCancelled: asked between photos; what was examined until then is kept for the next time.
    /// - Throws: `UserError` when the folder cannot be listed or a given weight file not be read; `CancellationError`.
    public func examine(
        progress: @escaping @Sendable (Preparation) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> DoctorReport {
        let folder = try ImageFolder(path: options.data)
        var warnings: [String] = []
        let tensors = try weights(progress, isCancelled, &warnings)
        let survey = try PhotoSurvey(
            folder: folder, imageSize: options.imageSize, tensors: tensors,
            directory: options.cache + "/doctor",
            threads: options.threads, isBackground: options.isBackground,
            progress: { done, total in
                progress(Preparation(phase: "examining photos", done: done, total: total, unit: .photos))
            },
            isCancelled: isCancelled)
        if let warning = survey.warning { warnings.append(warning) }
        let missing = Set(options.exclusions.files).subtracting(folder.files.map(\.path))
        if let first = missing.min() {
            warnings.append(
                "The exclusion list names \(missing.count) photo\(missing.count == 1 ? "" : "s") that are not there, such as \(first)."
            )
        }
        let diagnosis = Diagnosing(folder: folder, survey: survey, options: options)
        let findings = try diagnosis.findings(progress: progress, isCancelled: isCancelled)
        return diagnosis.report(findings, warnings)
    }

    /// Nil, with a warning, when there are none to be had.
    private func weights(
        _ progress: @escaping (Preparation) -> Void, _ isCancelled: @escaping @Sendable () -> Bool,
        _ warnings: inout [String]
    ) throws -> NamedTensors? {
        guard options.usesNetwork else { return nil }
        let network = MobileNetV2(imageSize: options.imageSize)
        let report = SourceReport(progress: progress, isCancelled: isCancelled)
        do {
            return try WeightsSource(cache: options.cache, network: network).resolve(
                file: options.weights, demo: options.demo, report: report
            ).loaded.tensors
        } catch let error as UserError where options.weights == nil {
            warnings.append("Labels and outliers were not checked. \(error.message)")
            return nil
        }
    }
}

/// A doctor at work on a thread of its own, for a screen that asks now and then. Any thread may call.
public final class DoctorRun: @unchecked Sendable {
    // Unchecked: `lock` guards the mutable state; the rest is immutable.
    private let doctor: DataDoctor
    private let lock = NSLock()
    private let stop = AtomicFlag()
    private var latest: Preparation?
    private var outcome: Result<DoctorReport, UserError>?
    private let done = DispatchSemaphore(value: 0)

    /// Starts at once.
    public init(_ options: DataDoctor.Options) {
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

    /// Ends the work soon; `result` then stays nil.
    public func cancel() { stop.set() }

    /// What is being done; nil before it begins.
    public var progress: Preparation? { lock.withLock { latest } }

    /// Nil while the work goes on or when it was cancelled.
    public var result: Result<DoctorReport, UserError>? { lock.withLock { outcome } }

    /// Waits for the end.
    public func wait() {
        done.wait()
        done.signal()
    }

    /// Waits for the end, but no longer than so many seconds.
    public func wait(atMost seconds: Double) {
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
            lock.withLock { outcome = .failure(error as? UserError ?? UserError("\(error)")) }
        }
    }
}
