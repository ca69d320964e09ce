import Basics
import Canvas
import Dashboard
import Doctor
import Foundation
import Photos
import Pictures
import Recipes
import Training

/// Does the data screen's background work. Counting, pictures and the doctor have a queue each, so
/// that neither the screen nor another request waits for them.
final class DataErrands: @unchecked Sendable {
    // Unchecked because `lock` guards every variable.
    private let lock = NSLock()
    private let counting = DispatchQueue(label: "counting", qos: .background)
    private let pictures = DispatchQueue(label: "pictures")
    private let doctors = DispatchQueue(label: "doctors", qos: .background)
    private var answers: [DataAnswer] = []
    /// The newest request of each kind; older ones that are still waiting are dropped.
    private var wantedViews: AugmentedViews.Request?
    private var wantedPhoto: (photo: Int, path: String)?
    private var counted: (done: Int, total: Int)?
    private var doctor: DoctorRun?
    /// The last progress reported by the doctor, and the dataset that it checks.
    private var said: Preparation?
    private var examined: DatasetSummary?
    private var isClosed = false

    init() {}

    /// Longest side of an enlarged picture, in pixels.
    private static let mostPixels = 960

    func perform(_ request: DataRequest, _ context: SessionContext?) {
        switch request {
        case .count(let path, let exclusions):
            count(path, exclusions, context?.recipe ?? Recipe())
        case .augment(let request): if let dataset = context?.dataset { augment(request, dataset) }
        case .open(let photo, let path): open(photo, path)
        case .startDoctor: if let context { startDoctor(context) }
        case .stopDoctor: stopDoctor()
        case .write(let list, let path, let adds):
            write(list, of: context?.dataset.path ?? "", to: path, adds: adds)
        }
    }

    func takeAnswers() -> [DataAnswer] {
        lock.lock()
        var result = answers
        answers = []
        if let counted { result.insert(.counting(done: counted.done, total: counted.total), at: 0) }
        counted = nil
        let (doctor, dataset) = (doctor, examined)
        lock.unlock()
        if let doctor, let dataset { result += ask(doctor, dataset) }
        return result
    }

    /// Cancels long work. Waits up to two seconds for the doctor, which keeps its results so far.
    func close() {
        let doctor = lock.withLock {
            isClosed = true
            return self.doctor
        }
        doctor?.cancel()
        doctor?.wait(atMost: 2)
    }

    private func give(_ answer: DataAnswer) { lock.withLock { answers.append(answer) } }

    // MARK: Statistics

    private func count(_ path: String, _ exclusions: ExclusionList, _ recipe: Recipe) {
        counting.async { [self] in
            do {
                let statistics = try DataStatistics(
                    path: path, reading: recipe.reading, isDivided: recipe.split.isGiven,
                    exclusions: exclusions, threads: 1, isBackground: true,
                    progress: { [self] done, total in lock.withLock { counted = (done, total) } },
                    isCancelled: { [self] in lock.withLock { isClosed } })
                lock.withLock {
                    counted = nil
                    answers.append(.counted(statistics))
                }
            } catch is CancellationError {
            } catch { give(.countingFailed(UserError(error))) }
        }
    }

    // MARK: Pictures

    private func augment(_ request: AugmentedViews.Request, _ dataset: DatasetSummary) {
        lock.withLock { wantedViews = request }
        pictures.async { [self] in
            let isNewest = lock.withLock {
                defer { if wantedViews == request { wantedViews = nil } }
                return wantedViews == request
            }
            if isNewest { give(.augmented(AugmentedViews(request, dataset))) }
        }
    }

    private func open(_ photo: Int, _ path: String) {
        lock.withLock { wantedPhoto = (photo, path) }
        pictures.async { [self] in
            guard lock.withLock({ wantedPhoto?.photo == photo && wantedPhoto?.path == path }) else { return }
            give(.opened(Self.read(photo, path)))
        }
    }

    static func read(_ photo: Int, _ path: String) -> OpenedPhoto {
        var result = OpenedPhoto(photo: photo)
        do {
            let image = try RGBImage(file: path).upright
            let bytes = PathText.status(path).map { Int($0.st_size) } ?? 0
            result.facts = (image.width, image.height, bytes)
            let scale = min(1, Double(mostPixels) / Double(max(image.width, image.height, 1)))
            result.image = image.resized(
                width: max(1, Int(Double(image.width) * scale)),
                height: max(1, Int(Double(image.height) * scale)))
        } catch { result.problem = UserError(error) }
        return result
    }

    // MARK: The doctor

    private func startDoctor(_ context: SessionContext) {
        let options = DataDoctor.Options(
            context.recipe, data: context.dataset.path, exclusions: context.dataset.exclusions,
            cache: Home.cachePath())
        let old = lock.withLock {
            defer { (doctor, said, examined) = (nil, nil, context.dataset) }
            return doctor
        }
        old?.cancel()
        doctors.async { [self] in
            // Two doctors at once would examine everything twice.
            old?.wait()
            lock.withLock { if !isClosed, doctor == nil, examined != nil { doctor = DoctorRun(options) } }
        }
    }

    private func stopDoctor() {
        let doctor = lock.withLock {
            examined = nil
            return self.doctor
        }
        doctor?.cancel()
    }

    private func ask(_ doctor: DoctorRun, _ dataset: DatasetSummary) -> [DataAnswer] {
        if let result = doctor.result {
            lock.withLock { (self.doctor, examined) = (nil, nil) }
            switch result {
            case .success(let report):
                doctors.async { [self] in
                    give(.doctorFound(report, photos: Self.photos(of: report, in: dataset)))
                }
                return []
            case .failure(let problem): return [.doctorFailed(problem)]
            }
        }
        guard let progress = doctor.progress, progress != lock.withLock({ said }) else { return [] }
        lock.withLock { said = progress }
        return [.doctorProgress(progress)]
    }

    /// Returns the dataset index of each file that a finding names and the dataset contains.
    static func photos(of report: DoctorReport, in dataset: DatasetSummary) -> [PhotoPath: Int] {
        let named = Set(report.findings.flatMap(\.files))
        var result: [PhotoPath: Int] = [:]
        for (index, photo) in dataset.photos.enumerated() where named.contains(photo.file) {
            result[photo.file] = index
        }
        return result
    }

    // MARK: The exclusion list

    private func write(_ list: ExclusionList, of data: String, to path: String, adds: Bool) {
        pictures.async { [self] in
            let full = UserPath.expanded(path)
            do {
                let result = try ExclusionFile.write(
                    list, of: data, to: full, adds: adds, comment: "Marked in the dashboard.")
                give(.listWritten(path: full, listed: result.listed, lost: result.lost.count))
            } catch { give(.listFailed(UserError(error))) }
        }
    }
}
