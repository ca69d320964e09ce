import Canvas
import Foundation
import Keys
import Photos
import Recipes
import Runs
import Training

/// The predictions screen: filtering, ordering and navigation.
extension DashboardState {
    /// Takes new predictions: arranges them at once; metrics are computed in the background.
    mutating func take(_ set: PredictionSet) -> [Effect] {
        predictions = set
        arrangement = nil
        predictionHistory.append(set)
        arrangePredictions()
        guard let classes = context?.dataset.classes.count else { return [] }
        return [.inspect(set, classes: classes)]
    }

    /// Rebuilds `shownPredictions` from the filter and the order, unless it is up to date.
    mutating func arrangePredictions() {
        let wanted = Arrangement(
            filter: filter(.predictions), order: predicting.order, kept: predicting.kept,
            reference: predicting.kept == .changed ? predicting.reference : .none)
        if arrangement == wanted { return }
        arrangement = wanted
        let all = predictions?.predictions ?? []
        let known = context?.dataset.photos.count ?? 0
        let filter = PredictionFilter(wanted.filter, classes: context?.dataset.classes ?? [])
        changedPhotos = predicting.kept == .changed ? changes : [:]
        let kept = all.filter { prediction in
            switch predicting.kept {
            case .all: break
            case .wrong: if prediction.isCorrect { return false }
            case .changed: if changedPhotos[prediction.photo] == nil { return false }
            }
            guard let dataset = context?.dataset, prediction.photo < known,
                prediction.isUsable(classes: dataset.classes.count)
            else { return false }
            return filter.matches(
                file: dataset.photos[prediction.photo].file.text, truth: dataset.classes[prediction.label],
                guess: dataset.classes[prediction.predicted], words: words(prediction))
        }
        shownPredictions = predicting.order.sorted(kept)
        predictionCursor = clamp(predictionCursor, shownPredictions.count)
    }

    /// Further words that a filter can match: the verdict, the mark and the note.
    private func words(_ prediction: Prediction) -> String {
        let note = photoNote(prediction.photo)
        return [
            strings[prediction.isCorrect ? .right : .wrong], note.isMarked ? "★ " + strings[.marked] : "",
            note.text,
        ]
        .joined(separator: " ")
    }

    /// Earlier predictions of the photos whose predicted class has changed, by photo: since the
    /// previous epoch, or since the confusion matrix's reference.
    private var changes: [Int: Prediction] {
        guard let now = predictions?.epoch, let photos = context?.dataset.photos else { return [:] }
        let earlier = predictionHistory.epochs.map(\.epoch).filter { $0 < now }
        let changes: [PredictionHistory.Change]
        switch predicting.reference {
        case .ghost:
            guard let history = ghost?.predictions, let last = history.epochs.last else { return [:] }
            changes = history.changes(from: last.epoch, to: now, in: predictionHistory)
        case .firstEpoch: changes = earlier.first.map { predictionHistory.changes(from: $0, to: now) } ?? []
        case .none, .epochBefore:
            changes = earlier.last.map { predictionHistory.changes(from: $0, to: now) } ?? []
        }
        let before = Dictionary(changes.map { ($0.file, $0.before) }) { first, _ in first }
        return photos.indices.reduce(into: [:]) { result, photo in result[photo] = before[photos[photo].file]
        }
    }

    mutating func perform(_ action: PredictionAction) -> [Effect] {
        switch action {
        case .nextView:
            show(
                PredictionSettings.View(
                    rawValue: (predicting.view.rawValue + 1) % PredictionSettings.View.allCases.count)!)
        case .nextOrder:
            let orders = PredictionSettings.Order.allCases
            predicting.order = orders[(predicting.order.rawValue + 1) % orders.count]
            predictionCursor = 0
            arrangePredictions()
            say(strings(.orderIs, strings[predicting.order.title]))
        case .nextKept:
            let all = PredictionSettings.Kept.allCases
            predicting.kept = all[(predicting.kept.rawValue + 1) % all.count]
            predictionCursor = 0
            arrangePredictions()
            say(strings[predicting.kept.announcement])
        case .toggleMark: return toggleMark()
        case .editNote: editNote()
        case .classify: dialog = .form(classifyForm)
        case .nextReference:
            let references = PredictionSettings.Reference.allCases
            predicting.reference = references[(predicting.reference.rawValue + 1) % references.count]
            // Skip references that are not available.
            while predicting.reference != .none, reference == nil {
                predicting.reference = references[(predicting.reference.rawValue + 1) % references.count]
            }
            arrangePredictions()
            if predicting.reference == .none,
                inspection.map({ current in !predictionHistory.epochs.contains { $0.epoch < current.epoch } })
                    ?? true
            {
                say(strings[.noEarlierEpoch])
            }
        }
        return []
    }

    /// Name and counts of the confusion matrix's reference; nil if it stands alone.
    package var reference: (name: String, matrix: ConfusionMatrix)? {
        guard let inspection else { return nil }
        let earlier = predictionHistory.epochs.filter { $0.epoch < inspection.epoch }
        switch predicting.reference {
        case .none: return nil
        case .epochBefore: return earlier.last.map { (strings(.sinceEpoch, $0.epoch), $0.confusion) }
        case .firstEpoch:
            return earlier.count > 1
                ? earlier.first.map { (strings(.sinceEpoch, $0.epoch), $0.confusion) } : nil
        case .ghost:
            guard let ghost, let last = ghost.predictions?.epochs.last else { return nil }
            return (strings(.againstRun, ghost.name, last.epoch), last.confusion)
        }
    }

    mutating func show(_ view: PredictionSettings.View) {
        predicting.view = view
        isFiltering = false
    }

    /// Shows the photos of the confusion matrix's chosen cell.
    mutating func openConfusionCell() {
        guard let classes = context?.dataset.classes, let matrix = inspection?.matrix,
            classes.indices.contains(predicting.label), classes.indices.contains(predicting.predicted)
        else { return say(strings(.noPredictionsYet, keys.label(.refresh))) }
        let (truth, guess) = (classes[predicting.label], classes[predicting.predicted])
        guard matrix.count(predicting.label, predicting.predicted) > 0 else {
            return say(strings(.cellIsEmpty, truth, guess))
        }
        filters[.predictions] = TextField("\(truth)→\(guess)")
        predicting.kept = .all
        predictionCursor = 0
        show(.photos)
        arrangePredictions()
    }

    /// Moves the cursor of the current view: photo, matrix cell or threshold.
    mutating func movePrediction(columns: Int, rows: Int) {
        switch predicting.view {
        case .photos:
            predictionCursor = clamp(
                predictionCursor + columns + rows * Self.gridColumns, shownPredictions.count)
        case .confusion:
            let count = context?.dataset.classes.count ?? 1
            predicting.label = clamp(predicting.label + rows, count)
            predicting.predicted = clamp(predicting.predicted + columns, count)
        case .calibration: predicting.threshold = max(0, min(predicting.threshold + columns - rows, 100))
        }
    }

    /// Sets the threshold to the mouse position on the coverage chart.
    mutating func setThreshold(column: Int, in plot: Rect) {
        let fraction = Double(column - plot.column) / Double(max(1, plot.columns - 1))
        predicting.threshold = max(0, min(Int((fraction * 100).rounded()), 100))
    }

    mutating func movePredictions(pages: Int) {
        switch predicting.view {
        case .photos:
            predictionCursor = clamp(
                predictionCursor + pages * Self.predictionsPerPage, shownPredictions.count)
        case .confusion: movePrediction(columns: 0, rows: pages * 10)
        case .calibration: movePrediction(columns: pages * 10, rows: 0)
        }
    }

    mutating func jumpInPredictions(to index: Int) {
        switch predicting.view {
        case .photos: predictionCursor = clamp(index, shownPredictions.count)
        case .confusion:
            let place = clamp(index, context?.dataset.classes.count ?? 1)
            (predicting.label, predicting.predicted) = (place, place)
        case .calibration: predicting.threshold = clamp(index, 101)
        }
    }
}

/// The settings that produced a list of predictions.
package struct Arrangement: Equatable, Sendable {
    var filter: String
    var order: PredictionSettings.Order
    var kept: PredictionSettings.Kept
    /// The predictions that changed ones are compared with.
    var reference: PredictionSettings.Reference
}

/// A filter on predictions. Plain text is searched for in the file, classes, verdict, mark and
/// note; an arrow filters by true and predicted class: `daisy→roses`, `daisy->`, `->roses`.
struct PredictionFilter: Sendable {
    private let text: String
    private let sides: (truth: String, guess: String)?
    private let classes: Set<String>

    init(_ text: String, classes: [String]) {
        self.text = text.lowercased()
        self.classes = Set(classes.map { $0.lowercased() })
        let parts = self.text.replacing("->", with: "→").split(
            separator: "→", maxSplits: 1, omittingEmptySubsequences: false
        )
        .map { $0.trimmingCharacters(in: .whitespaces) }
        sides = parts.count == 2 ? (parts[0], parts[1]) : nil
    }

    /// - Parameter words: further searchable words about the photo.
    func matches(file: String, truth: String, guess: String, words: @autoclosure () -> String) -> Bool {
        if text.isEmpty { return true }
        guard let sides else { return "\(file) \(truth) \(guess) \(words())".lowercased().contains(text) }
        return holds(truth, sides.truth) && holds(guess, sides.guess)
    }

    /// A class's full name matches that class only.
    private func holds(_ name: String, _ wanted: String) -> Bool {
        let name = name.lowercased()
        return wanted.isEmpty || (classes.contains(wanted) ? name == wanted : name.contains(wanted))
    }
}
