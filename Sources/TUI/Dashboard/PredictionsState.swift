import Network
package import Photos
package import Recipes
package import Runs

/// The predictions screen: predictions, their metrics, the list that is shown, and the open photo.
package struct PredictionsState: Sendable {
    /// The newest predictions.
    package internal(set) var set: PredictionSet?
    /// The recorded predictions of an earlier epoch that are shown; nil follows the newest.
    package private(set) var past: PredictionSet?
    /// Predictions of this epoch and the earlier ones.
    package internal(set) var history = PredictionHistory(classes: [], files: [])
    /// Metrics of the predictions on the screen, once they are computed.
    package var inspection: PredictionInspection?
    package var settings = PredictionSettings()
    /// Predictions that pass the filter, in the chosen order; see `arrangePredictions`.
    package var shown: [Prediction] = []
    /// Earlier predictions by photo, while only changed predictions are shown.
    package var changed: [Int: Prediction] = [:]
    /// The settings that produced `shown`; nil forces a rebuild.
    var arrangement: Arrangement?
    /// Index of the chosen prediction in `shown`.
    package var cursor = 0
    /// The inspector's answers about the open photo.
    package var opened = PhotoInspection()
    /// The photos in the plane of their features.
    package internal(set) var plane = FeaturePlane()
    /// The user's marks and notes, by file.
    package var notes: [PhotoPath: PhotoNote] = [:]

    /// Prepares for the predictions of a run.
    mutating func begin(_ history: PredictionHistory) {
        (set, past, inspection, self.history) = (nil, nil, nil, history)
        plane = FeaturePlane()
    }

    mutating func take(_ set: PredictionSet, layers: [LayerNorms]) {
        self.set = set
        if past == nil { arrangement = nil }
        history.append(set, layers: layers)
    }

    /// The predictions on the screen.
    package var onScreen: PredictionSet? { past ?? set }

    // MARK: Epochs

    /// Recorded epochs before the newest predictions, ascending.
    private var earlierEpochs: [Int] {
        guard let last = history.epochs.last?.epoch, let set else { return [] }
        // Predictions refreshed within an epoch are newer than those recorded at its beginning.
        let isRecorded = last == set.epoch && history.set(last) == set
        return history.epochs.map(\.epoch).filter { $0 < set.epoch || !isRecorded }
    }

    /// Shows the recorded epoch before the one on the screen; false if there is none.
    mutating func showEarlier() -> Bool {
        let epochs = earlierEpochs
        guard let epoch = epochs.last(where: { past == nil || $0 < past!.epoch }) else { return false }
        return show(history.set(epoch))
    }

    /// Shows the recorded epoch after the one on the screen, or the newest predictions.
    mutating func showLater() {
        guard let past else { return }
        _ = show(earlierEpochs.first { $0 > past.epoch }.flatMap { history.set($0) })
    }

    /// Follows the newest predictions.
    mutating func showNewest() { _ = show(nil) }

    private mutating func show(_ epoch: PredictionSet?) -> Bool {
        (past, arrangement) = (epoch, nil)
        return true
    }

    mutating func take(_ notes: [PhotoPath: PhotoNote]) { (self.notes, arrangement) = (notes, nil) }

    mutating func keep(_ note: PhotoNote, file: PhotoPath) {
        notes[file] = note.isEmpty ? nil : note
        arrangement = nil
    }

    /// The chosen prediction; nil if none is shown.
    var chosen: Prediction? { shown.indices.contains(cursor) ? shown[cursor] : nil }

    mutating func chooseNextOrder() {
        let orders = PredictionSettings.Order.allCases
        (settings.order, cursor) = (orders[(settings.order.rawValue + 1) % orders.count], 0)
    }

    mutating func chooseNextKept() {
        let all = PredictionSettings.Kept.allCases
        (settings.kept, cursor) = (all[(settings.kept.rawValue + 1) % all.count], 0)
    }

    /// Shows all predictions again, instead of errors or changed ones.
    mutating func showAll() { (settings.kept, cursor) = (.all, 0) }

    mutating func chooseNextReference() {
        let references = PredictionSettings.Reference.allCases
        settings.reference = references[(settings.reference.rawValue + 1) % references.count]
    }
}
