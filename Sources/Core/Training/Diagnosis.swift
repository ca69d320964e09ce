/// What the curves and the predictions say, for people who do not read curves. A front end puts it in words.
public enum Diagnosis: Sendable, Equatable {
    /// The training loss rises: the rate may be too high.
    case trainingLossRises
    /// The validation loss has risen for two epochs while the training loss falls.
    case overfits
    /// Training accuracy is far above the validation's: their difference.
    case accuracyGap(Double)
    /// The training loss has hardly moved for two epochs.
    case plateau
    /// The training loss falls, but so slowly that a higher rate would help.
    case learningRateTooLow
    /// Classes that validation photos have but no prediction names.
    case neverPredicted([String])

    /// What there is to say of the newest epoch.
    ///
    /// - Parameter epochs: of one stage, in order.
    public static func findings(epochs: [TrainerEvent.EpochEnded]) -> [Diagnosis] {
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

    /// Classes that validation photos have but no prediction names; nil when that is none, or no news.
    public static func neverPredicted(_ predictions: [Prediction], classes: [String]) -> Diagnosis? {
        var (present, predicted) = (Set<Int>(), Set<Int>())
        for prediction in predictions {
            present.insert(prediction.label)
            predicted.insert(prediction.predicted)
        }
        let missing = present.subtracting(predicted).sorted().filter(classes.indices.contains)
        // In the first epochs of many classes this is no news.
        guard !missing.isEmpty, missing.count <= max(1, present.count / 4) else { return nil }
        return .neverPredicted(missing.map { classes[$0] })
    }
}

/// How much of the base to train, by the number of training photos and how far the head alone gets.
///
/// The usual rule of transfer learning: similar photos need little of the base retrained, different ones more, and few
/// photos cannot train much of it. Whether photos are like ImageNet's shows in the accuracy of the frozen features.
public struct UnfreezingAdvice: Sendable, Equatable {
    public var trainingPhotos: Int
    /// Fewer than 200 a class.
    public var areFew: Bool
    /// The head alone gets at least halfway from guessing to always right.
    public var areSimilar: Bool
    /// Validation accuracy on the frozen base.
    public var headAccuracy: Double

    public init(trainingPhotos: Int, classes: Int, headAccuracy: Double) {
        (self.trainingPhotos, self.headAccuracy) = (trainingPhotos, headAccuracy)
        areFew = trainingPhotos < 200 * classes
        areSimilar = headAccuracy > (1 + 1 / Double(max(classes, 1))) / 2
    }
}
