package import Phrases

/// The screens of the dashboard, in the order of their keys.
package enum Screen: Int, CaseIterable, Sendable {
    case train, data, model, predictions, log, runs

    package var title: Phrase {
        switch self {
        case .train: .screenTrain
        case .data: .screenData
        case .model: .screenModel
        case .predictions: .screenPredictions
        case .log: .screenLog
        case .runs: .screenRuns
        }
    }

    /// Description of the screen's key, for the key table.
    var description: Phrase {
        switch self {
        case .train: .describeScreenTrain
        case .data: .describeScreenData
        case .model: .describeScreenModel
        case .predictions: .describeScreenPredictions
        case .log: .describeScreenLog
        case .runs: .describeScreenRuns
        }
    }
}

/// The views of the predictions screen.
package enum PredictionView: Int, CaseIterable, Sendable {
    case photos, confusion, calibration, features

    package var title: Phrase {
        switch self {
        case .photos: .viewPhotos
        case .confusion: .viewConfusion
        case .calibration: .viewCalibration
        case .features: .viewFeatures
        }
    }
}

/// The views of the data screen.
package enum DataView: Int, CaseIterable, Sendable {
    case samples, statistics, augmentation, doctor

    package var title: Phrase {
        switch self {
        case .samples: .viewSamples
        case .statistics: .viewStatistics
        case .augmentation: .viewAugmentation
        case .doctor: .viewDoctor
        }
    }
}
