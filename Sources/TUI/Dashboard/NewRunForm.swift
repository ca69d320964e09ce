import Foundation
import Keys
import Network
package import Phrases
import Recipes
import Runs

/// The forms of a new run and of a branch: their fields from a recipe, and back.
extension Form {
    /// The settings that a branch may change, after the checkpoint to begin with.
    ///
    /// - Parameters:
    ///   - recipe: the settings in force.
    ///   - more: epochs that are offered in addition, for each stage.
    static func branch(of run: String, _ recipe: Recipe, more: (head: Int, fineTune: Int)) -> Form {
        var offered = recipe
        offered.epochs += more.head
        offered.fineTuneEpochs += more.fineTune
        let from = Field(
            label: .fieldFrom,
            value: .choice([.checkpointLast, .lowestLoss, .highestAccuracy], chosen: 0))
        return Form(
            .branch(run: run, recipe),
            [from] + NewRunSetting.branching.map { .init(label: $0.label, value: $0.value(offered)) })
    }

    /// Returns the changes that a form of a branch asks for: what was edited, as a checkpoint has rates and
    /// more of its own, and the epochs.
    ///
    /// - Parameter recipe: the settings in force when the form was opened.
    func branchChanges(of recipe: Recipe) throws(FormProblem) -> RunChanges {
        var changes = RunChanges()
        for (field, setting) in zip(fields.dropFirst(), NewRunSetting.branching) {
            guard let branch = setting.branch else { continue }
            var changed = recipe
            try setting.read(field.value, &changed)
            let isAlways = branch == .epochs || branch == .fineTuneEpochs
            if isAlways || !field.value.says(setting.value(recipe)) { changes.take(branch, from: changed) }
        }
        return changes
    }

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

    /// Something to know about the settings together, which may be applied all the same; nil if there is
    /// nothing.
    package var caution: Phrase? {
        let recipe: Recipe? =
            switch kind {
            case .newRun(let recipe): try? newRun(recipe)
            case .branch(_, let recipe): (try? branchChanges(of: recipe))?.applied(to: recipe)
            default: nil
            }
        return recipe?.balancesTwice == true ? .warningBalancedTwice : nil
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
            if fields[index].value.says(before) { fields[index].value = after }
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

extension Form.Field.Value {
    /// Whether both stand for the same, wherever the cursor is.
    fileprivate func says(_ other: Self) -> Bool {
        if case .text(let own) = self, case .text(let other) = other {
            return own.text.trimmingCharacters(in: .whitespaces) == other.text
        }
        return self == other
    }
}
