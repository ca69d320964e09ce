import Canvas
import Foundation
import Keys
import Network
import Photos
import Phrases
import Recipes
package import Runs
import Training

/// The predictions screen: filtering, ordering and navigation.
extension DashboardState {
    /// Takes new predictions: arranges them at once; metrics are computed in the background.
    mutating func take(_ set: PredictionSet, layers: [LayerNorms] = []) -> [Effect] {
        predictions.take(set, layers: layers)
        arrangePredictions()
        return predictions.past == nil ? inspectPredictions() : []
    }

    /// Requests the metrics of the predictions on the screen.
    private func inspectPredictions() -> [Effect] {
        guard let set = predictions.onScreen, let context else { return [] }
        return [.inspect(set, classes: context.dataset.classes.count)]
    }

    /// Steps through the recorded epochs; the chosen photo stays chosen.
    private mutating func showEpoch(_ action: PredictionAction) -> [Effect] {
        let (photo, before) = (predictions.chosen?.photo, predictions.past)
        switch action {
        case .earlierEpoch:
            guard predictions.showEarlier() else {
                say(
                    predictions.past.map { strings(.firstShown, $0.epoch) } ?? strings[.noRecordedEpoch])
                return []
            }
        case .laterEpoch: predictions.showLater()
        default: predictions.showNewest()
        }
        guard predictions.past != before else { return [] }
        arrangePredictions()
        if let photo, let place = predictions.shown.firstIndex(where: { $0.photo == photo }) {
            predictions.cursor = place
        }
        return inspectPredictions()
    }

    /// Handles esc: back to the photos, then to all of them, then to the newest epoch.
    mutating func leavePredictions() -> [Effect] {
        let view = predictions.settings.view
        let hidesAll = predictions.shown.isEmpty && !(predictions.onScreen?.predictions.isEmpty ?? true)
        let isFiltered = shownFilter != nil || predictions.settings.kept != .all
        if view == .photos || view == .features && hidesAll, isFiltered {
            shownFilter = nil
            predictions.showAll()
            clampCursors()
        } else if view != .photos {
            show(PredictionView.photos)
        } else if predictions.past != nil {
            return showEpoch(.newestEpoch)
        }
        return []
    }

    /// The number of the epoch on the screen, and that of the newest if it is another.
    package var epochText: String {
        guard let shown = predictions.onScreen else { return "" }
        guard predictions.past != nil, let newest = predictions.set else { return "\(shown.epoch)" }
        return strings(.partOf, shown.epoch, newest.epoch)
    }

    /// Rebuilds `shownPredictions` from the filter and the order, unless it is up to date.
    mutating func arrangePredictions() {
        let wanted = Arrangement(
            filter: filter(.predictions), order: predictions.settings.order, kept: predictions.settings.kept,
            reference: predictions.settings.kept == .changed ? predictions.settings.reference : .none)
        if predictions.arrangement == wanted { return }
        predictions.arrangement = wanted
        let all = predictions.onScreen?.predictions ?? []
        let known = context?.dataset.photos.count ?? 0
        let filter = PredictionFilter(wanted.filter, classes: context?.dataset.classes ?? [])
        predictions.changed = predictions.settings.kept == .changed ? changes : [:]
        let kept = all.filter { prediction in
            switch predictions.settings.kept {
            case .all: break
            case .wrong: if prediction.isCorrect { return false }
            case .changed: if predictions.changed[prediction.photo] == nil { return false }
            }
            guard let dataset = context?.dataset, prediction.photo < known,
                prediction.isUsable(classes: dataset.classes.count)
            else { return false }
            return filter.matches(
                file: dataset.photos[prediction.photo].file.text, truth: dataset.classes[prediction.label],
                guess: dataset.classes[prediction.predicted], words: words(prediction))
        }
        predictions.shown = predictions.settings.order.sorted(kept)
        predictions.cursor = clamp(predictions.cursor, predictions.shown.count)
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
        guard let now = predictions.onScreen?.epoch, let photos = context?.dataset.photos else { return [:] }
        let earlier = predictions.history.epochs.map(\.epoch).filter { $0 < now }
        let changes: [PredictionHistory.Change]
        switch predictions.settings.reference {
        case .ghost:
            guard let history = charts.ghostWithPredictions?.predictions, let last = history.epochs.last
            else { return [:] }
            changes = history.changes(from: last.epoch, to: now, in: predictions.history)
        case .firstEpoch: changes = earlier.first.map { predictions.history.changes(from: $0, to: now) } ?? []
        case .none, .epochBefore:
            changes = earlier.last.map { predictions.history.changes(from: $0, to: now) } ?? []
        }
        let before = Dictionary(changes.map { ($0.file, $0.before) }) { first, _ in first }
        return photos.indices.reduce(into: [:]) { result, photo in result[photo] = before[photos[photo].file]
        }
    }

    mutating func perform(_ action: PredictionAction) -> [Effect] {
        switch action {
        case .nextView:
            let views = PredictionView.allCases
            show(views[(predictions.settings.view.rawValue + 1) % views.count])
        case .nextOrder:
            predictions.chooseNextOrder()
            arrangePredictions()
            say(strings(.orderIs, strings[predictions.settings.order.title]))
        case .nextKept:
            predictions.chooseNextKept()
            arrangePredictions()
            say(strings[predictions.settings.kept.announcement])
        case .toggleMark: return toggleMark()
        case .earlierEpoch, .laterEpoch, .newestEpoch: return showEpoch(action)
        case .editNote: editNote()
        case .classify: dialog = .form(classifyForm)
        case .nextReference:
            predictions.chooseNextReference()
            // Skip references that are not available.
            while predictions.settings.reference != .none, reference == nil {
                predictions.chooseNextReference()
            }
            arrangePredictions()
            if predictions.settings.reference == .none,
                predictions.inspection.map({ current in
                    !predictions.history.epochs.contains { $0.epoch < current.epoch }
                }) ?? true
            {
                say(strings[.noEarlierEpoch])
            }
        }
        return []
    }

    /// Name and counts of the confusion matrix's reference; nil if it stands alone.
    package var reference: (name: String, matrix: ConfusionMatrix)? {
        guard let inspection = predictions.inspection else { return nil }
        let earlier = predictions.history.epochs.filter { $0.epoch < inspection.epoch }
        switch predictions.settings.reference {
        case .none: return nil
        case .epochBefore: return earlier.last.map { (strings(.sinceEpoch, $0.epoch), $0.confusion) }
        case .firstEpoch:
            return earlier.count > 1
                ? earlier.first.map { (strings(.sinceEpoch, $0.epoch), $0.confusion) } : nil
        case .ghost:
            guard let ghost = charts.ghostWithPredictions, let last = ghost.predictions?.epochs.last else {
                return nil
            }
            return (strings(.againstRun, ghost.name, last.epoch), last.confusion)
        }
    }

    mutating func show(_ view: PredictionView) {
        predictions.settings.view = view
        filters.isTyping = false
    }

    /// Shows the photos of the confusion matrix's chosen cell.
    mutating func openConfusionCell() {
        guard let classes = context?.dataset.classes, let matrix = predictions.inspection?.matrix,
            classes.indices.contains(predictions.settings.label),
            classes.indices.contains(predictions.settings.predicted)
        else { return say(strings(.noPredictionsYet, keys.label(.refresh))) }
        let (truth, guess) = (classes[predictions.settings.label], classes[predictions.settings.predicted])
        guard matrix.count(predictions.settings.label, predictions.settings.predicted) > 0 else {
            return say(strings(.cellIsEmpty, truth, guess))
        }
        filters[.predictions] = TextField("\(truth)→\(guess)")
        predictions.settings.kept = .all
        predictions.cursor = 0
        show(PredictionView.photos)
        arrangePredictions()
    }

    /// Moves the cursor of the current view: photo, matrix cell or threshold.
    mutating func movePrediction(columns: Int, rows: Int) {
        switch predictions.settings.view {
        case .photos:
            predictions.cursor = clamp(
                predictions.cursor + columns + rows * Self.gridColumns, predictions.shown.count)
        case .confusion:
            let count = context?.dataset.classes.count ?? 1
            predictions.settings.label = clamp(predictions.settings.label + rows, count)
            predictions.settings.predicted = clamp(predictions.settings.predicted + columns, count)
        case .calibration:
            let wanted = predictions.settings.threshold + columns - rows
            predictions.settings.threshold = max(0, min(wanted, 100))
        case .features: moveInPlane(columns: columns, rows: rows)
        }
    }

    /// Sets the threshold to the mouse position on the coverage chart.
    mutating func setThreshold(column: Int, in plot: Rect) {
        let fraction = Double(column - plot.column) / Double(max(1, plot.columns - 1))
        predictions.settings.threshold = max(0, min(Int((fraction * 100).rounded()), 100))
    }

    mutating func movePredictions(pages: Int) {
        switch predictions.settings.view {
        case .photos, .features:
            predictions.cursor = clamp(
                predictions.cursor + pages * Self.predictionsPerPage, predictions.shown.count)
        case .confusion: movePrediction(columns: 0, rows: pages * 10)
        case .calibration: movePrediction(columns: pages * 10, rows: 0)
        }
    }

    mutating func jumpInPredictions(to index: Int) {
        switch predictions.settings.view {
        case .photos, .features: predictions.cursor = clamp(index, predictions.shown.count)
        case .confusion:
            let place = clamp(index, context?.dataset.classes.count ?? 1)
            (predictions.settings.label, predictions.settings.predicted) = (place, place)
        case .calibration: predictions.settings.threshold = clamp(index, 101)
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
