import Basics
import Foundation
import Keys
import Network
import Photos
import Phrases
import Recipes
import Runs

/// A setting of a new run or of a branch: how a recipe's value stands in the form, and how it is read back.
struct NewRunSetting: Sendable {
    let label: Phrase
    /// The same for a branch; nil where a branch keeps what its run has.
    private(set) var branch: BranchSetting?
    let value: @Sendable (Recipe) -> Form.Field.Value
    /// - Parameter recipe: has the settings above this one already.
    let read: @Sendable (Form.Field.Value, _ recipe: inout Recipe) throws(FormProblem) -> Void

    private func asBranch(_ setting: BranchSetting) -> NewRunSetting {
        var result = self
        result.branch = setting
        return result
    }

    /// Those of a branch, in the order of the form.
    static let branching = all.filter { $0.branch != nil }

    /// All of them, in the order of the form. The recipe and the base come before what follows them.
    static let all: [NewRunSetting] = [
        text(
            .fieldData, limit: 1024, \.data.orEmpty,
            read: { text, recipe throws(FormProblem) in
                recipe.data = text.isEmpty ? nil : UserPath.absolute(UserPath.expanded(text))
            }),
        choice(.fieldRecipe, RecipePreset.allCases, named: [.recipeNotebook, .recipeBest], \.usedPreset),
        NewRunSetting(
            label: .settingModel, value: { .model($0.architecture) },
            read: { value, recipe in
                guard case .model(let model) = value, model != recipe.architecture else { return }
                // A file of weights belongs to the base that it was given for.
                (recipe.weights, recipe.continueFrom, recipe.freshOptimizer) = (nil, nil, nil)
                // Runs of the standard base are recorded as they always were.
                recipe.model = model == .mobileNetV2 ? nil : model
            }),
        text(
            .settingSize, { "\($0.imageSize)" },
            read: { text, recipe throws(FormProblem) in
                recipe.imageSize = try imageSize(text, of: recipe.architecture)
            }),
        number(.fieldHeadEpochs, epochRange, \.epochs).asBranch(.epochs),
        number(.fieldFineTuneEpochs, epochRange, \.fineTuneEpochs).asBranch(.fineTuneEpochs),
        text(
            .fieldFineTuneAt, { "\($0.fineTuneAt)" },
            read: { text, recipe throws(FormProblem) in
                recipe.fineTuneAt = try parse(text, .fieldFineTuneAt, 0...recipe.architecture.layerCount - 1)
            }
        ).asBranch(.fineTuneAt),
        number(.fieldHeadRate, rateRange, \.learningRate).asBranch(.learningRate),
        number(.fieldFineTuneRate, rateRange, \.fineTuneLearningRate).asBranch(.fineTuneLearningRate),
        text(
            .fieldSchedule, { "\($0.schedule ?? .constant)" },
            read: { text, recipe throws(FormProblem) in
                guard let schedule = LearningRateSchedule(text) else {
                    throw FormProblem(phrase: .scheduleNeeded)
                }
                if schedule != recipe.schedule ?? .constant { recipe.schedule = schedule }
            }
        ).asBranch(.schedule),
        number(.fieldBatchSize, 1...4096, \.batchSize).asBranch(.batchSize),
        number(.fieldDropout, 0...0.99, \.dropout).asBranch(.dropout),
        text(
            .settingAugmentation, { "\($0.augmentation ?? AugmentationStrength())" },
            read: { text, recipe throws(FormProblem) in
                guard let strength = AugmentationStrength(text), strength.problem == nil else {
                    throw FormProblem(phrase: .augmentationNeeded)
                }
                if strength != recipe.augmentation ?? AugmentationStrength() {
                    recipe.augmentation = strength
                }
            }
        ).asBranch(.augmentation),
        optional(.settingSmoothing, 0...0.99, \.labelSmoothing).asBranch(.labelSmoothing),
        optional(.settingWeightDecay, 0...1, \.weightDecay).asBranch(.weightDecay),
        optional(.settingRateDecay, 1e-6...1, \.rateDecay).asBranch(.rateDecay),
        optional(.settingAverage, 1e-6...0.999_999, \.ema).asBranch(.ema),
        choice(.settingViews, [.plain, .flip], named: [.viewsOne, .viewsBoth], \.usedViews).asBranch(.tta),
        text(
            .settingTestSplit, limit: 20, { $0.testSplit.map { "\($0)" } ?? "" },
            read: { text, recipe throws(FormProblem) in
                // Something must be left to train on.
                let most = max(0.001, 0.999 - recipe.validationSplit)
                recipe.testSplit = text.isEmpty ? nil : try parse(text, .settingTestSplit, 0.001...most)
            }),
        flag(.settingStratify, \.stratify),
        flag(.settingBalanced, \.balancedSampling).asBranch(.balancedSampling),
        classWeights.asBranch(.classWeights),
        guardFlag.asBranch(.divergenceGuard),
        optional(.settingEarlyStop, 1...1_000_000, \.earlyStop).asBranch(.earlyStop),
        optional(.settingPlateau, 1...1_000_000, \.reduceOnPlateau).asBranch(.reduceOnPlateau),
        text(
            .fieldSaveEvery, limit: 20, { $0.saveEvery.map { "\($0)" } ?? "" },
            read: { text, recipe throws(FormProblem) in
                let interval = SaveInterval(text)
                if interval == nil, !text.isEmpty { throw FormProblem(phrase: .intervalNeeded) }
                recipe.saveEvery = interval
            }
        ).asBranch(.saveEvery),
        number(.fieldKeep, 0...100_000, \.usedKeep).asBranch(.keepCheckpoints),
        choice(
            .fieldPrecision, [.float32, .bfloat16], named: [.precisionFloat32, .precisionBFloat16],
            \.basePrecision
        ).asBranch(.precision),
        number(.fieldSeed, UInt64.min...UInt64.max, \.seed).asBranch(.seed),
        choice(.fieldBestBy, [.loss, .accuracy], named: [.lowestLoss, .highestAccuracy], \.usedBestBy)
            .asBranch(.bestBy),
    ]

    /// Weights from a file stay available, but only the command line reads one.
    private static let classWeights = NewRunSetting(
        label: .settingClassWeights,
        value: { recipe in
            let names: [Phrase] = [.weightsEqual, .weightsBalanced]
            return switch recipe.classWeights {
            case nil: .choice(names, chosen: 0)
            case .balanced: .choice(names, chosen: 1)
            case .given: .choice(names + [.weightsGiven], chosen: 2)
            }
        },
        read: { value, recipe in
            guard case .choice(_, let chosen) = value, chosen < 2 else { return }
            recipe.classWeights = chosen == 0 ? nil : .balanced
        })

    private static let guardFlag = NewRunSetting(
        label: .settingDivergence, value: { .flag($0.divergenceGuard ?? true) },
        read: { value, recipe in
            guard case .flag(let isOn) = value, isOn != recipe.divergenceGuard ?? true else { return }
            recipe.divergenceGuard = isOn
        })

    // MARK: Kinds of settings

    private static func text(
        _ label: Phrase, limit: Int = 64, _ value: @escaping @Sendable (Recipe) -> String,
        read: @escaping @Sendable (String, inout Recipe) throws(FormProblem) -> Void
    ) -> NewRunSetting {
        NewRunSetting(
            label: label, value: { .text(TextField(value($0), limit: limit)) },
            read: { value, recipe throws(FormProblem) in
                guard case .text(let field) = value else { return }
                try read(field.text.trimmingCharacters(in: .whitespaces), &recipe)
            })
    }

    private static func number<Number: LosslessStringConvertible & Comparable & Sendable>(
        _ label: Phrase, _ range: ClosedRange<Number>, _ path: WritableKeyPath<Recipe, Number> & Sendable
    ) -> NewRunSetting {
        text(
            label, limit: 20, { "\($0[keyPath: path])" },
            read: { text, recipe throws(FormProblem) in
                recipe[keyPath: path] = try parse(text, label, range)
            })
    }

    /// A number that may be left out.
    private static func optional<Number: LosslessStringConvertible & Comparable & Sendable>(
        _ label: Phrase, _ range: ClosedRange<Number>, _ path: WritableKeyPath<Recipe, Number?> & Sendable
    ) -> NewRunSetting {
        text(
            label, limit: 20, { $0[keyPath: path].map { "\($0)" } ?? "" },
            read: { text, recipe throws(FormProblem) in
                recipe[keyPath: path] = text.isEmpty ? nil : try parse(text, label, range)
            })
    }

    private static func flag(
        _ label: Phrase, _ path: WritableKeyPath<Recipe, Bool?> & Sendable
    ) -> NewRunSetting {
        NewRunSetting(
            label: label, value: { .flag($0[keyPath: path] ?? false) },
            read: { value, recipe in
                guard case .flag(let isOn) = value else { return }
                recipe[keyPath: path] = isOn ? true : nil
            })
    }

    private static func choice<Value: Equatable & Sendable>(
        _ label: Phrase, _ values: [Value], named names: [Phrase],
        _ path: WritableKeyPath<Recipe, Value> & Sendable
    ) -> NewRunSetting {
        NewRunSetting(
            label: label,
            value: { .choice(names, chosen: values.firstIndex(of: $0[keyPath: path]) ?? 0) },
            read: { value, recipe in
                guard case .choice(_, let chosen) = value else { return }
                recipe[keyPath: path] = values[chosen]
            })
    }

    // MARK: Reading

    private static func parse<Number: LosslessStringConvertible & Comparable>(
        _ text: String, _ label: Phrase, _ range: ClosedRange<Number>
    ) throws(FormProblem) -> Number {
        guard let number = Number(text), range.contains(number) else {
            throw FormProblem(
                phrase: .numberNeeded, label: label, values: ["\(range.lowerBound)", "\(range.upperBound)"])
        }
        return number
    }

    private static func imageSize(_ text: String, of model: Architecture) throws(FormProblem) -> Int {
        guard model.isMobileNetV2 else { return try parse(text, .settingSize, Architecture.imageSizes) }
        let sizes = Architecture.mobileNetV2.publishedImageSizes
        guard let size = Int(text), sizes.contains(size) else {
            throw FormProblem(
                phrase: .oneOfNeeded, label: .settingSize,
                values: [sizes.map(String.init).joined(separator: ", ")])
        }
        return size
    }

    static let epochRange = 0...1_000_000
    static let rateRange = 1e-12...10.0
}

extension Recipe {
    /// Without what older versions or the standard leave out.
    fileprivate var usedPreset: RecipePreset {
        get { preset ?? .notebook }
        set { preset = newValue == .notebook ? nil : newValue }
    }

    fileprivate var usedViews: TestTimeViews {
        get { tta ?? .plain }
        set { tta = newValue == .plain ? nil : newValue }
    }

    fileprivate var usedKeep: Int {
        get { checkpoints.keep }
        set { if newValue != checkpoints.keep { keepCheckpoints = newValue } }
    }

    fileprivate var usedBestBy: BestMeasure {
        get { bestMeasure }
        set { bestBy = newValue }
    }
}

extension String? {
    fileprivate var orEmpty: String { self ?? "" }
}
