import Foundation

/// What the curves and the predictions say, in plain words, for people who do not read curves.
public enum Diagnosis {
    /// Sentences about the newest epoch; empty when there is nothing to say.
    ///
    /// - Parameter epochs: of one stage, in order.
    public static func sentences(epochs: [TrainerEvent.EpochEnded]) -> [String] {
        guard let last = epochs.last, epochs.count >= 2 else { return [] }
        let before = epochs[epochs.count - 2]
        var result: [String] = []
        if last.trainLoss > before.trainLoss * 1.2 {
            result.append("The training loss rises: the learning rate may be too high; [ halves it.")
        } else if epochs.count >= 3 {
            let third = epochs[epochs.count - 3]
            let falls = last.trainLoss < before.trainLoss && before.trainLoss < third.trainLoss
            if falls, last.validationLoss > before.validationLoss * 1.01, before.validationLoss > third.validationLoss * 1.01 {
                result.append(
                    "The validation loss has risen for two epochs while the training loss falls: it overfits; finish the stage (f) or freeze more layers.")
            }
            let change = (third.trainLoss - last.trainLoss) / max(third.trainLoss, 1e-9)
            if abs(change) < 0.01, last.trainAccuracy < 0.99 {
                result.append("The training loss has hardly moved for two epochs: a plateau; ] doubles the learning rate, u trains more layers.")
            }
        }
        return result
    }

    /// Classes that validation photos have but no prediction names, as a sentence.
    public static func neverPredicted(_ predictions: [Prediction], classes: [String]) -> String? {
        var (present, predicted) = (Set<Int>(), Set<Int>())
        for prediction in predictions {
            present.insert(prediction.label)
            predicted.insert(prediction.predicted)
        }
        let missing = present.subtracting(predicted).sorted().filter(classes.indices.contains)
        // In the first epochs of many classes this is no news.
        guard !missing.isEmpty, missing.count <= max(1, present.count / 4) else { return nil }
        let names = missing.map { classes[$0] }.joined(separator: ", ")
        return "No photo is taken for \(names): look at \(missing.count == 1 ? "its" : "their") photos, or give \(missing.count == 1 ? "it" : "them") more."
    }

    /// How much of the base to train, by the number of training photos and how far the head alone gets.
    ///
    /// The usual rule of transfer learning: similar photos need little of the base retrained, different ones more, and few
    /// photos cannot train much of it. Whether photos are like ImageNet's shows in the accuracy of the frozen features.
    ///
    /// - Parameter headAccuracy: validation accuracy on the frozen base; nil before the first epoch.
    public static func advice(trainingPhotos: Int, classes: Int, headAccuracy: Double?) -> String {
        guard let headAccuracy else { return "Advice comes after the first epoch: it depends on how far the head alone gets." }
        let isFew = trainingPhotos < 200 * classes
        // Halfway from guessing to always right.
        let isSimilar = headAccuracy > (1 + 1 / Double(max(classes, 1))) / 2
        let photos = "\(isFew ? "few" : "many") photos (\(trainingPhotos)), \(isSimilar ? "like" : "unlike") ImageNet's (head: \(String(format: "%.2f", headAccuracy)))"
        switch (isFew, isSimilar) {
        case (true, true): return "\(photos): the head alone, or a few top layers, is safest."
        case (true, false): return "\(photos): train the top layers, such as from 100, at a low rate."
        case (false, true): return "\(photos): training more layers, such as from 100, pays."
        case (false, false): return "\(photos): train most or all layers."
        }
    }
}
