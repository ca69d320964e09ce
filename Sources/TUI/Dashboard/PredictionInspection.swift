package import Keys
package import Phrases
package import Recipes
package import Runs

/// Metrics of one epoch's predictions for the validation photos.
package struct PredictionInspection: Sendable {
    /// Epochs completed when the predictions were computed.
    package let epoch: Int
    package let matrix: ConfusionMatrix
    package let calibration: Calibration
    /// Fitted temperature scaling; nil without a usable prediction.
    package let temperature: TemperatureScaling?
    /// Calibration after temperature scaling.
    package let scaled: Calibration?
    package let coverage: CoverageCurve

    /// Whether temperature scaling calibrates better than leaving the confidences as they are.
    package var temperatureHelps: Bool {
        guard let temperature, let scaled else { return false }
        return temperature.helps(from: calibration, to: scaled)
    }

    package init(_ set: PredictionSet, classes: Int) {
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
package struct PredictionSettings: Sendable, Equatable {
    package enum Order: Int, CaseIterable, Sendable {
        /// In the order of the validation photos.
        case file
        /// Errors first, from the most confident; then correct predictions, from the least.
        case confidentlyWrong
        case leastCertain, highestLoss

        package var title: Phrase {
            switch self {
            case .file: .orderFile
            case .confidentlyWrong: .orderConfidentlyWrong
            case .leastCertain: .orderLeastCertain
            case .highestLoss: .orderHighestLoss
            }
        }
    }

    /// Which predictions are shown.
    package enum Kept: Int, CaseIterable, Sendable {
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

    package var view = PredictionView.photos
    package var order = Order.file
    package var kept = Kept.all
    var reference = Reference.none
    /// True class (row) and predicted class (column) of the chosen cell in the confusion matrix.
    package var label = 0
    package var predicted = 0
    /// Confidence threshold on the coverage chart, in percent.
    package var threshold = 50
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
