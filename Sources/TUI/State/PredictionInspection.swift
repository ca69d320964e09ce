import Core

/// What the validation photos' predictions of one epoch come to.
struct PredictionInspection: Sendable {
    /// Epochs completed when they were computed.
    let epoch: Int
    let matrix: ConfusionMatrix
    let calibration: Calibration
    /// Nil without a usable prediction.
    let temperature: TemperatureScaling?
    /// With the temperature.
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

/// How the predictions are looked at.
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
        /// As the validation photos are listed.
        case file
        /// The wrong ones, the surest first, then the right ones, the least sure first.
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

    /// Which are shown.
    enum Kept: Int, CaseIterable, Sendable {
        case all, wrong
        /// Taken for another class than before.
        case changed

        var announcement: Phrase {
            switch self {
            case .all: .allShown
            case .wrong: .wrongShown
            case .changed: .changedShown
            }
        }
    }

    /// What the confusion matrix is set beside.
    enum Reference: Int, CaseIterable, Sendable { case none, epochBefore, firstEpoch, ghost }

    var view = View.photos
    var order = Order.file
    var kept = Kept.all
    var reference = Reference.none
    /// The chosen cell of the confusion matrix.
    var label = 0
    var predicted = 0
    /// The least confidence that counts, in hundredths.
    var threshold = 50
}

extension PredictionSettings.Order {
    /// Equal ones stay as they were.
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
