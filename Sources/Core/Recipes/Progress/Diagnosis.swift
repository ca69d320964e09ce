/// A finding from the curves or predictions, for people who do not read curves. Front ends word it.
package enum Diagnosis: Sendable, Equatable {
    /// The training loss rises: the rate may be too high.
    case trainingLossRises
    /// The validation loss has risen for two epochs while the training loss falls.
    case overfits
    /// The training accuracy is far above the validation accuracy, by this difference.
    case accuracyGap(Double)
    /// The training loss has hardly moved for two epochs.
    case plateau
    /// The training loss falls, but so slowly that a higher rate would help.
    case learningRateTooLow
    /// Classes that occur in the validation photos but in no prediction.
    case neverPredicted([String])

    /// Returns the findings about the newest epoch.
    ///
    /// - Parameter epochs: the epochs of one stage, in order.
    package static func findings(epochs: [TrainerEvent.EpochEnded]) -> [Diagnosis] {
        guard let last = epochs.last, epochs.count >= 2 else { return [] }
        let before = epochs[epochs.count - 2]
        if last.trainLoss > before.trainLoss * 1.2 { return [.trainingLossRises] }
        guard epochs.count >= 3 else { return [] }
        var result: [Diagnosis] = []
        let third = epochs[epochs.count - 3]
        let falls = last.trainLoss < before.trainLoss && before.trainLoss < third.trainLoss
        if falls, last.validationLoss > before.validationLoss * 1.01,
            before.validationLoss > third.validationLoss * 1.01
        {
            result.append(.overfits)
        } else if last.trainAccuracy - last.validationAccuracy > 0.15,
            last.validationLoss > before.validationLoss
        {
            result.append(.accuracyGap(last.trainAccuracy - last.validationAccuracy))
        }
        let change = (third.trainLoss - last.trainLoss) / max(third.trainLoss, 1e-9)
        if abs(change) < 0.01, last.trainAccuracy < 0.99 {
            result.append(.plateau)
        } else if falls, change < 0.04, last.trainAccuracy < 0.9, last.validationLoss <= before.validationLoss
        {
            result.append(.learningRateTooLow)
        }
        return result
    }

    /// Returns the classes that occur in the validation photos but in no prediction, or nil if
    /// there are none or too many to be informative.
    package static func neverPredicted(_ predictions: [Prediction], classes: [String]) -> Diagnosis? {
        var (present, predicted) = (Set<Int>(), Set<Int>())
        for prediction in predictions {
            present.insert(prediction.label)
            predicted.insert(prediction.predicted)
        }
        let missing = present.subtracting(predicted).sorted().filter(classes.indices.contains)
        // With many classes, in the first epochs, most are never predicted.
        guard !missing.isEmpty, missing.count <= max(1, present.count / 4) else { return nil }
        return .neverPredicted(missing.map { classes[$0] })
    }
}

/// Advice on how much of the base to train, from the number of training photos and the accuracy
/// that the head reaches alone.
///
/// The usual rule of transfer learning: the more the photos differ from ImageNet, the more of the
/// base should be retrained, but few photos cannot train much of it. The accuracy on frozen
/// features shows how similar the photos are.
package struct UnfreezingAdvice: Sendable, Equatable {
    package var trainingPhotos: Int
    /// Fewer than 200 photos per class.
    package var areFew: Bool
    /// The head alone gets at least halfway from guessing to perfect accuracy.
    package var areSimilar: Bool
    /// Validation accuracy on the frozen base.
    package var headAccuracy: Double

    package init(trainingPhotos: Int, classes: Int, headAccuracy: Double) {
        (self.trainingPhotos, self.headAccuracy) = (trainingPhotos, headAccuracy)
        areFew = trainingPhotos < 200 * classes
        areSimilar = headAccuracy > (1 + 1 / Double(max(classes, 1))) / 2
    }
}
