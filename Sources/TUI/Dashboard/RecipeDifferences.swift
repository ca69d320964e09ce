import Foundation
import Network
import Photos
package import Phrases
package import Recipes

/// The settings in which a recipe differs from others.
extension Recipe {
    /// A recipe that has the most common value of each setting; nil for none.
    package static func common(of recipes: [Recipe]) -> Recipe? {
        guard var result = recipes.last else { return nil }
        func take<Value: Hashable>(_ path: WritableKeyPath<Recipe, Value>) {
            var counts: [Value: Int] = [:]
            for recipe in recipes { counts[recipe[keyPath: path], default: 0] += 1 }
            // The newest run's value wins a tie.
            let most = counts.values.max() ?? 0
            if counts[result[keyPath: path]] == most { return }
            if let value = recipes.last(where: { counts[$0[keyPath: path]] == most }) {
                result[keyPath: path] = value[keyPath: path]
            }
        }
        take(\.epochs)
        take(\.fineTuneEpochs)
        take(\.fineTuneAt)
        take(\.learningRate)
        take(\.fineTuneLearningRate)
        take(\.batchSize)
        take(\.dropout)
        take(\.validationSplit)
        take(\.model)
        take(\.imageSize)
        take(\.precision)
        take(\.classWeights)
        take(\.labelSmoothing)
        take(\.weightDecay)
        take(\.testSplit)
        take(\.stratify)
        take(\.givenSplit)
        take(\.balancedSampling)
        take(\.ema)
        take(\.rateDecay)
        take(\.tta)
        take(\.augmentation)
        take(\.seed)
        take(\.scheduleText)
        take(\.guardsText)
        return result
    }

    private var scheduleText: String {
        get { "\(schedule ?? .constant)" }
        set { schedule = LearningRateSchedule(newValue) }
    }

    private var guardsText: String {
        get { "\(earlyStop ?? 0) \(reduceOnPlateau ?? 0)" }
        set {
            let parts = newValue.split(separator: " ").compactMap { Int($0) }
            (earlyStop, reduceOnPlateau) = (parts[0] == 0 ? nil : parts[0], parts[1] == 0 ? nil : parts[1])
        }
    }

    /// The settings that differ from another recipe's, as `name value`, in short.
    package func differences(from other: Recipe, _ strings: Strings) -> [String] {
        var result: [String] = []
        func add(_ isDifferent: Bool, _ name: Phrase, _ value: String) {
            if isDifferent { result.append("\(strings[name]) \(value)") }
        }
        add(
            epochs != other.epochs || fineTuneEpochs != other.fineTuneEpochs, .settingEpochs,
            "\(epochs)+\(fineTuneEpochs)")
        add(learningRate != other.learningRate, .settingRate, learningRate.rateText)
        add(
            fineTuneLearningRate != other.fineTuneLearningRate, .settingFineTuneRate,
            fineTuneLearningRate.rateText)
        add(fineTuneAt != other.fineTuneAt, .settingFineTuneAt, "\(fineTuneAt)")
        add(batchSize != other.batchSize, .settingBatch, "\(batchSize)")
        add(dropout != other.dropout, .fieldDropout, dropout.short)
        add(architecture != other.architecture, .settingModel, architecture.rawValue)
        add(imageSize != other.imageSize, .settingSize, "\(imageSize)")
        add(
            basePrecision != other.basePrecision, .settingPrecision, basePrecision.rawValue)
        add(validationSplit != other.validationSplit, .settingSplit, validationSplit.short)
        add(scheduleText != other.scheduleText, .fieldSchedule, scheduleText)
        add(earlyStop != other.earlyStop, .settingEarlyStop, earlyStop.map(String.init) ?? "–")
        add(
            reduceOnPlateau != other.reduceOnPlateau, .settingPlateau, reduceOnPlateau.map(String.init) ?? "–"
        )
        add(
            classWeights != other.classWeights, .settingClassWeights,
            strings[classWeights?.phrase ?? .weightsEqual])
        add(labelSmoothing ?? 0 != other.labelSmoothing ?? 0, .settingSmoothing, (labelSmoothing ?? 0).short)
        add(
            weightDecay ?? 0 != other.weightDecay ?? 0, .settingWeightDecay, (weightDecay ?? 0).rateText)
        func flag(_ value: Bool?) -> String { value == true ? "✓" : "✗" }
        add(testSplit != other.testSplit, .settingTestSplit, testSplit?.short ?? "–")
        add(stratify ?? false != other.stratify ?? false, .settingStratify, flag(stratify))
        add(givenSplit ?? false != other.givenSplit ?? false, .settingGivenSplit, flag(givenSplit))
        add(
            balancedSampling ?? false != other.balancedSampling ?? false, .settingBalanced,
            flag(balancedSampling))
        add(fold != other.fold, .settingFold, fold.map { "\($0)" } ?? "–")
        add(ema != other.ema, .settingAverage, ema.map { "\($0)" } ?? "–")
        add(rateDecay ?? 1 != other.rateDecay ?? 1, .settingRateDecay, "\(rateDecay ?? 1)")
        add(tta != other.tta, .settingViews, tta?.rawValue ?? "–")
        let (augmentation, others) = (
            augmentation ?? AugmentationStrength(), other.augmentation ?? AugmentationStrength()
        )
        add(augmentation != others, .settingAugmentation, "\(augmentation)")
        add(seed != other.seed, .fieldSeed, "\(seed)")
        return result
    }
}

extension ClassWeights {
    fileprivate var phrase: Phrase {
        switch self {
        case .balanced: .weightsBalanced
        case .given: .weightsGiven
        }
    }
}
