package import Photos
package import Recipes
package import Runs

/// The predictions screen: predictions, their metrics, the list that is shown, and the open photo.
package struct PredictionsState: Sendable {
    /// The newest predictions.
    package internal(set) var set: PredictionSet?
    /// Predictions of this epoch and the earlier ones.
    package internal(set) var history = PredictionHistory(classes: [], files: [])
    /// Metrics of the newest predictions, once they are computed.
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
    /// The user's marks and notes, by file.
    package var notes: [PhotoPath: PhotoNote] = [:]

    /// Prepares for the predictions of a run.
    mutating func begin(_ history: PredictionHistory) { (set, self.history) = (nil, history) }

    mutating func take(_ set: PredictionSet) {
        (self.set, arrangement) = (set, nil)
        history.append(set)
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

    mutating func chooseNextReference() {
        let references = PredictionSettings.Reference.allCases
        settings.reference = references[(settings.reference.rawValue + 1) % references.count]
    }
}
