import Canvas
import Foundation
package import Keys
import Photos
import Phrases
import Training
import Wording

/// The data screen: its views, and navigation through the photos.
extension DashboardState {
    /// Filter of the visible list. The doctor's findings have a filter of their own.
    package var shownFilter: TextField? {
        get { isAtDoctor ? data.doctor.filter : filters[screen] }
        set { if isAtDoctor { data.doctor.filter = newValue } else { filters[screen] = newValue } }
    }

    private var isAtDoctor: Bool { screen == .data && data.view == .doctor }

    mutating func perform(_ action: DataAction) -> [Effect] {
        switch action {
        case .nextView: show(DataView(rawValue: (data.view.rawValue + 1) % DataView.allCases.count)!)
        case .larger: data.view == .samples ? zoomSamples(-1) : changeOperation(data.bench.operation, by: 1)
        case .smaller: data.view == .samples ? zoomSamples(1) : changeOperation(data.bench.operation, by: -1)
        case .switchOperation: switchOperation(data.bench.operation)
        case .apply: return applyBench()
        case .reset:
            data.bench.strength = nil
            say(strings[.benchIsRun])
        case .check: return check()
        case .mark: markFinding()
        case .markKind: markKind()
        case .write: dialog = .form(exclusionsForm)
        }
        return []
    }

    mutating func show(_ view: DataView) {
        data.view = view
        filters.isTyping = false
        // Returning to the view retries a count that failed.
        if view == .statistics, data.countingProblem != nil {
            (data.countingProblem, data.hasAskedToCount) = (nil, false)
        }
    }

    /// Returns requests for data that the current view needs and has not asked for yet.
    mutating func dataRequests() -> [Effect] {
        guard screen == .data, let dataset = context?.dataset else { return [] }
        switch data.view {
        case .samples, .doctor: break
        case .statistics:
            guard !data.hasAskedToCount, !dataset.path.isEmpty else { break }
            data.hasAskedToCount = true
            return [.askData(.count(path: dataset.path, exclusions: dataset.exclusions))]
        case .augmentation:
            guard let photo = chosenPhoto else { break }
            let wanted = AugmentedViews.Request(photo: photo, seed: data.variant, strength: benchStrength)
            guard data.bench.asked != wanted else { break }
            data.bench.asked = wanted
            return [.askData(.augment(wanted))]
        }
        return []
    }

    mutating func take(_ answer: DataAnswer) {
        switch answer {
        case .counting(let done, let total): data.counting = (done, total)
        case .counted(let statistics): (data.statistics, data.counting) = (statistics, nil)
        case .countingFailed(let problem): (data.countingProblem, data.counting) = (strings(problem), nil)
        case .augmented(let views): if views.request == data.bench.asked { data.bench.views = views }
        case .opened(let photo): if photo.photo == data.opened?.photo { data.opened = photo }
        case .doctorProgress(let progress): if data.doctor.isRunning { data.doctor.progress = progress }
        case .doctorFound(let report, let photos): take(report, photos)
        case .doctorFailed(let error):
            let problem = strings(error)
            (data.doctor.isRunning, data.doctor.progress, data.doctor.problem) = (false, nil, problem)
            say(problem)
        case .listWritten(let path, let listed, let lost):
            data.doctor.written = DoctorState.Written(path: path, listed: listed, marked: data.doctor.marked)
            say(
                strings(.listWritten, listed.grouped, path)
                    + (lost > 0 ? " " + strings(.listLost, lost.grouped) : ""))
        case .listFailed(let problem): say(strings(problem))
        }
    }

    // MARK: Samples

    /// The photo chosen in the samples and on the bench, as an index into the dataset's photos.
    package var chosenPhoto: Int? {
        data.shown.indices.contains(data.cursor) ? data.shown[data.cursor] : nil
    }

    package var sampleLayout: SampleLayout { SampleLayout(size: size, columns: data.columns) }

    /// Rebuilds the list of photos that pass the filter, unless it is up to date.
    mutating func arrangeSamples() {
        let filter = filter(.data)
        if data.arrangedBy == filter { return }
        data.arrangedBy = filter
        let chosen = chosenPhoto
        let dataset = context?.dataset
        let photos = dataset?.photos ?? []
        let match = SampleFilter(
            filter, classes: dataset?.classes ?? [], training: strings[.subsetTraining],
            validation: strings[.subsetValidation])
        data.shown = filter.isEmpty ? Array(photos.indices) : photos.indices.filter { match(photos[$0]) }
        // Keep the chosen photo if it is still listed.
        if let chosen, let place = data.shown.firstIndex(of: chosen) {
            data.cursor = place
        } else {
            data.cursor = 0
        }
    }

    private mutating func zoomSamples(_ more: Int) {
        let shown = sampleLayout.columns
        data.columns = max(1, min(shown + more, DataState.mostColumns))
        // Stop at the number that fits, so that the opposite key takes effect at once.
        data.columns = sampleLayout.columns
        if data.columns == shown { say(strings[more > 0 ? .samplesSmallest : .samplesLargest]) }
    }

    mutating func openSample(_ index: Int) -> [Effect] {
        guard let dataset = context?.dataset, data.shown.indices.contains(index) else {
            say(strings[.nothingMatches])
            return []
        }
        data.cursor = index
        dialog = .sample
        let photo = data.shown[index]
        model.maps.photo = photo
        guard data.opened?.photo != photo else { return [] }
        data.opened = OpenedPhoto(photo: photo)
        guard !dataset.path.isEmpty else { return [] }
        return [.askData(.open(photo: photo, path: "\(dataset.path)/\(dataset.photos[photo].file)"))]
    }

    mutating func pressInSample(_ key: Key) -> [Effect] {
        let count = data.shown.count
        let page = sampleLayout.perPage
        func open(_ index: Int) -> [Effect] { openSample(clamp(index, count)) }
        switch key {
        case .enter, .escape, .character("q"): dialog = nil
        case .left, .up, .character("h"), .character("k"): return open(data.cursor - 1)
        case .right, .down, .character("j"), .character("l"): return open(data.cursor + 1)
        case .pageUp: return open(data.cursor - page)
        case .pageDown: return open(data.cursor + page)
        case .home, .character("g"): return open(0)
        case .end, .character("G"): return open(count - 1)
        default: break
        }
        return []
    }

    // MARK: Moving

    mutating func moveInData(columns: Int, rows: Int) {
        switch data.view {
        case .samples:
            data.cursor = clamp(data.cursor + columns + rows * sampleLayout.columns, data.shown.count)
        case .statistics: scrollClasses(rows + columns)
        case .augmentation:
            data.cursor = clamp(data.cursor + columns, data.shown.count)
            let operations = AugmentationBench.Operation.allCases
            data.bench.operation = operations[clamp(data.bench.operation.rawValue + rows, operations.count)]
        case .doctor: if columns == 0 { moveFinding(rows) } else { moveKind(columns) }
        }
    }

    mutating func moveInData(pages: Int) {
        switch data.view {
        case .samples: data.cursor = clamp(data.cursor + pages * sampleLayout.perPage, data.shown.count)
        case .statistics: scrollClasses(pages * max(1, size.rows - 8))
        case .augmentation: data.cursor = clamp(data.cursor + pages * 10, data.shown.count)
        case .doctor: moveFinding(pages * max(1, doctorLayout.visible(from: data.doctor.top, self).count - 1))
        }
    }

    mutating func jumpInData(to index: Int) {
        switch data.view {
        case .samples, .augmentation: data.cursor = clamp(index, data.shown.count)
        case .statistics: data.classTop = clamp(index, context?.dataset.classes.count ?? 1)
        case .doctor: chooseFinding(index)
        }
    }

    private mutating func scrollClasses(_ rows: Int) {
        data.classTop = clamp(data.classTop + rows, context?.dataset.classes.count ?? 1)
    }
}

/// A filter on photos. A class's full name selects that class; any other text is searched for in
/// the file, class and subset.
struct SampleFilter {
    private let text: String
    private let label: Int?
    private let labels: [Bool]
    private let subsets: (training: Bool, validation: Bool)

    /// - Parameter text: the filter, in lower case.
    init(_ text: String, classes: [String], training: String, validation: String) {
        self.text = text
        let names = classes.map { $0.lowercased() }
        label = names.firstIndex(of: text)
        labels = names.map { $0.contains(text) }
        subsets = (training.lowercased().contains(text), validation.lowercased().contains(text))
    }

    func callAsFunction(_ photo: Photo) -> Bool {
        if let label { return photo.label == label }
        if photo.subset == .training ? subsets.training : subsets.validation { return true }
        return labels.indices.contains(photo.label) && labels[photo.label]
            || photo.file.text.lowercased().contains(text)
    }
}
