import Basics
import Foundation
package import Recipes

/// A run's epochs as the table that `keras.callbacks.CSVLogger` writes: its columns, its order and
/// its line ends.
package enum EpochCSV {
    private static let columns = ["epoch", "accuracy", "learning_rate", "loss", "val_accuracy", "val_loss"]

    /// - Parameter events: a run's, in their order. Where a resumed run repeats epochs, the last
    ///   repetition counts.
    package static func table(_ events: [TrainerEvent]) -> String {
        var rates: [Int: Double] = [:]
        var rate = Double.nan
        for event in events {
            switch event {
            case .stageStarted(let stage): rate = stage.learningRate
            case .batchEnded(let batch): rate = batch.learningRate
            case .epochEnded(let epoch): rates[epoch.epoch] = rate
            default: break
            }
        }
        let rows = RunTimeline(events).epochs.map { epoch in
            ["\(epoch.epoch)"]
                + [
                    epoch.trainAccuracy, rates[epoch.epoch] ?? .nan, epoch.trainLoss,
                    epoch.validationAccuracy, epoch.validationLoss,
                ].map { "\($0)" }
        }
        return ([columns] + rows).map { $0.joined(separator: ",") + "\r\n" }.joined()
    }
}
