import Recipes
import Runs

/// Metrics of one epoch's predictions for the validation photos.
struct PredictionInspection: Sendable {
    /// Epochs completed when the predictions were computed.
    let epoch: Int
    let matrix: ConfusionMatrix
    let calibration: Calibration
    /// Fitted temperature scaling; nil without a usable prediction.
    let temperature: TemperatureScaling?
    /// Calibration after temperature scaling.
    let scaled: Calibration?
    let coverage: CoverageCurve

    init(_ set: PredictionSet, classes: Int) {
        epoch = set.epoch
        matrix = ConfusionMatrix(set.predictions, classes: classes)
        calibration = Calibration(set.predictions, classes: classes)
        coverage = CoverageCurve(set.predictions, classes: classes)
        temperature = TemperatureScaling(fitting: set.predictions, classes: classes)
        scaled = temperature.map {
            Calibration(set.predictions.lazy.map($0.callAsFunction), classes: classes)
        }
    }
}

/// View settings of the predictions screen.
struct PredictionSettings: Sendable, Equatable {
    enum View: Int, CaseIterable, Sendable {
        case photos, confusion, calibration

        var title: Phrase {
            switch self {
            case .photos: .viewPhotos
            case .confusion: .viewConfusion
            case .calibration: .viewCalibration
            }
        }
    }

    enum Order: Int, CaseIterable, Sendable {
        /// In the order of the validation photos.
        case file
        /// Errors first, from the most confident; then correct predictions, from the least.
        case confidentlyWrong
        case leastCertain, highestLoss

        var title: Phrase {
            switch self {
            case .file: .orderFile
            case .confidentlyWrong: .orderConfidentlyWrong
            case .leastCertain: .orderLeastCertain
            case .highestLoss: .orderHighestLoss
            }
        }
    }

    /// Which predictions are shown.
    enum Kept: Int, CaseIterable, Sendable {
        case all, wrong
        /// Predicted as another class than before.
        case changed

        var announcement: Phrase {
            switch self {
            case .all: .allShown
            case .wrong: .wrongShown
            case .changed: .changedShown
            }
        }
    }

    /// The predictions that the confusion matrix is compared with.
    enum Reference: Int, CaseIterable, Sendable { case none, epochBefore, firstEpoch, ghost }

    var view = View.photos
    var order = Order.file
    var kept = Kept.all
    var reference = Reference.none
    /// True class (row) and predicted class (column) of the chosen cell in the confusion matrix.
    var label = 0
    var predicted = 0
    /// Confidence threshold on the coverage chart, in percent.
    var threshold = 50
}

extension PredictionSettings.Order {
    /// Returns the predictions in this order. The sort is stable.
    func sorted(_ predictions: [Prediction]) -> [Prediction] {
        func rank(_ prediction: Prediction) -> Float {
            switch self {
            case .file: 0
            case .confidentlyWrong: prediction.isCorrect ? prediction.confidence : -prediction.confidence
            case .leastCertain: prediction.confidence
            case .highestLoss:
                prediction.probabilities.indices.contains(prediction.label)
                    ? prediction.probabilities[prediction.label] : 0
            }
        }
        if self == .file { return predictions }
        return predictions.enumerated().map {
            (index: $0.offset, rank: rank($0.element), prediction: $0.element)
        }
        .sorted { ($0.rank, $0.index) < ($1.rank, $1.index) }
        .map(\.prediction)
    }
}
