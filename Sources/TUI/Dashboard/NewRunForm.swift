import Basics
import Foundation
import Keys
import Network
import Photos
import Phrases
import Recipes

/// A setting of a new run: how a recipe's value stands in the form, and how it is read back.
struct NewRunSetting: Sendable {
    let label: Phrase
    let value: @Sendable (Recipe) -> Form.Field.Value
    /// - Parameter recipe: has the settings above this one already.
    let read: @Sendable (Form.Field.Value, _ recipe: inout Recipe) throws(FormProblem) -> Void

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
        number(.fieldHeadEpochs, epochRange, \.epochs),
        number(.fieldFineTuneEpochs, epochRange, \.fineTuneEpochs),
        text(
            .fieldFineTuneAt, { "\($0.fineTuneAt)" },
            read: { text, recipe throws(FormProblem) in
                recipe.fineTuneAt = try parse(text, .fieldFineTuneAt, 0...recipe.architecture.layerCount - 1)
            }),
        number(.fieldHeadRate, rateRange, \.learningRate),
        number(.fieldFineTuneRate, rateRange, \.fineTuneLearningRate),
        text(
            .fieldSchedule, { "\($0.schedule ?? .constant)" },
            read: { text, recipe throws(FormProblem) in
                guard let schedule = LearningRateSchedule(text) else {
                    throw FormProblem(phrase: .scheduleNeeded)
                }
                if schedule != recipe.schedule ?? .constant { recipe.schedule = schedule }
            }),
        number(.fieldBatchSize, 1...4096, \.batchSize),
        number(.fieldDropout, 0...0.99, \.dropout),
        text(
            .settingAugmentation, { "\($0.augmentation ?? AugmentationStrength())" },
            read: { text, recipe throws(FormProblem) in
                guard let strength = AugmentationStrength(text), strength.problem == nil else {
                    throw FormProblem(phrase: .augmentationNeeded)
                }
                if strength != recipe.augmentation ?? AugmentationStrength() {
                    recipe.augmentation = strength
                }
            }),
        optional(.settingSmoothing, 0...0.99, \.labelSmoothing),
        optional(.settingWeightDecay, 0...1, \.weightDecay),
        optional(.settingRateDecay, 1e-6...1, \.rateDecay),
        optional(.settingAverage, 1e-6...0.999_999, \.ema),
        choice(.settingViews, [.plain, .flip], named: [.viewsOne, .viewsBoth], \.usedViews),
        text(
            .settingTestSplit, limit: 20, { $0.testSplit.map { "\($0)" } ?? "" },
            read: { text, recipe throws(FormProblem) in
                // Something must be left to train on.
                let most = max(0.001, 0.999 - recipe.validationSplit)
                recipe.testSplit = text.isEmpty ? nil : try parse(text, .settingTestSplit, 0.001...most)
            }),
        flag(.settingStratify, \.stratify),
        flag(.settingBalanced, \.balancedSampling),
        choice(
            .fieldPrecision, [.float32, .bfloat16], named: [.precisionFloat32, .precisionBFloat16],
            \.basePrecision),
        number(.fieldSeed, UInt64.min...UInt64.max, \.seed),
        choice(.fieldBestBy, [.loss, .accuracy], named: [.lowestLoss, .highestAccuracy], \.usedBestBy),
    ]

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
    private static func optional(
        _ label: Phrase, _ range: ClosedRange<Double>, _ path: WritableKeyPath<Recipe, Double?> & Sendable
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

extension Form {
    /// The settings of a recipe, to edit them for a new run.
    static func newRun(_ recipe: Recipe) -> Form {
        Form(.newRun(recipe), NewRunSetting.all.map { .init(label: $0.label, value: $0.value(recipe)) })
    }

    /// Returns the recipe that a form of these settings asks for.
    ///
    /// - Parameter recipe: has what the form does not show.
    func newRun(_ recipe: Recipe) throws(FormProblem) -> Recipe {
        var recipe = recipe
        for (field, setting) in zip(fields, NewRunSetting.all) { try setting.read(field.value, &recipe) }
        guard recipe.totalEpochs > 0 else { throw FormProblem(phrase: .nothingToTrain) }
        guard recipe.givenSplit != true || recipe.testSplit == nil && recipe.stratify != true else {
            throw FormProblem(phrase: .splitIsGiven)
        }
        // The machine's own division of batches, as for any new run.
        recipe.chunks = nil
        return recipe
    }

    /// Moves the settings that are usual for a recipe and a base to what is usual for others; what differs
    /// from the usual has been chosen and stays.
    mutating func follow(from old: (RecipePreset, Architecture), to new: (RecipePreset, Architecture)) {
        let (usual, next) = (old.0.recipe(for: old.1), new.0.recipe(for: new.1))
        for (index, setting) in NewRunSetting.all.enumerated() where fields.indices.contains(index) {
            let (before, after) = (setting.value(usual), setting.value(next))
            guard before != after, setting.label != .fieldRecipe, setting.label != .settingModel else {
                continue
            }
            switch (fields[index].value, before) {
            // Where the cursor is says nothing about the value.
            case (.text(let field), .text(let usual)) where field.text == usual.text: break
            case (let value, let usual) where value == usual: break
            default: continue
            }
            fields[index].value = after
        }
    }

    /// The recipe and the base that the form shows; nil where it shows none.
    var basis: (RecipePreset, Architecture)? {
        guard case .newRun = kind else { return nil }
        var result = (RecipePreset.notebook, Architecture.mobileNetV2)
        for field in fields {
            switch field.value {
            case .choice(_, let chosen) where field.label == .fieldRecipe:
                result.0 = RecipePreset.allCases[chosen]
            case .model(let model): result.1 = model
            default: break
            }
        }
        return result
    }
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

    fileprivate var usedBestBy: BestMeasure {
        get { bestMeasure }
        set { bestBy = newValue }
    }
}

extension String? {
    fileprivate var orEmpty: String { self ?? "" }
}
