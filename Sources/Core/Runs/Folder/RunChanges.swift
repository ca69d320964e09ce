import Network
import Photos
package import Recipes

/// Changed settings for a run that branches from a checkpoint; all others keep the checkpoint's values.
package struct RunChanges: Sendable, Equatable {
    private var values = Recipe()
    package private(set) var settings: Set<BranchSetting> = []

    package init() {}

    /// - Parameter change: gives a recipe the values of `settings`.
    package init(_ settings: BranchSetting..., change: (inout Recipe) -> Void) {
        var recipe = Recipe()
        change(&recipe)
        for setting in settings { take(setting, from: recipe) }
    }

    /// Changes a setting to a recipe's value.
    package mutating func take(_ setting: BranchSetting, from recipe: Recipe) {
        settings.insert(setting)
        setting.copy(from: recipe, to: &values)
    }

    /// Returns a recipe with these settings.
    package func applied(to recipe: Recipe) -> Recipe {
        var result = recipe
        for setting in settings { setting.copy(from: values, to: &result) }
        return result
    }

    /// Returns the checkpoint with these settings.
    ///
    /// Settings of the checkpoint's current stage take effect at once. Another layer to fine-tune
    /// from starts a fresh optimizer, like `TrainerCommand.unfreeze`; another order of the photos, by
    /// seed, batch size or sampling, starts an epoch over that has begun.
    ///
    /// - Throws: `RunFailure.nothingLeft` if nothing is left to train.
    package func applied(to checkpoint: Checkpoint) throws -> Checkpoint {
        var result = checkpoint
        let old = checkpoint.header.recipe
        let recipe = applied(to: old)
        var (state, progress) = (checkpoint.header.state, checkpoint.header.progress)
        func changes(_ setting: BranchSetting) -> Bool { settings.contains(setting) }

        if (recipe.seed, recipe.batchSize, recipe.balancedSampling ?? false)
            != (old.seed, old.batchSize, old.balancedSampling ?? false)
        {
            progress.beginEpoch()
        }
        // The losses of batches are no longer those that the guard knows.
        if !settings.isDisjoint(with: [.augmentation, .classWeights, .labelSmoothing, .balancedSampling]) {
            progress.divergence = DivergenceRule()
        }
        if changes(.dropout) { state.dropout = recipe.dropout }
        if changes(.augmentation) { state.augmentation = recipe.augmentation ?? .init() }
        if changes(.schedule) { (state.schedule, progress.scheduleBatch) = (recipe.schedule ?? .constant, 0) }
        var guards = state.guards
        if changes(.divergenceGuard) { guards.divergence = recipe.guards.divergence }
        if changes(.earlyStop) { guards.earlyStop = recipe.earlyStop }
        if changes(.reduceOnPlateau) { guards.reduceOnPlateau = recipe.reduceOnPlateau }
        if guards != state.guards {
            progress.begin(guards, after: state.guards)
            state.guards = guards
        }
        // The best checkpoint is the one by the old measure.
        if progress[best: old.bestMeasure]?.epoch != progress[best: recipe.bestMeasure]?.epoch {
            progress[best: recipe.bestMeasure] = nil
        }
        // The averages, which are the checkpoint's weights, then train.
        if recipe.ema == nil { result.removeMoments { $0.hasPrefix("w/") } }

        if changes(.fineTuneEpochs) { state.fineTuneEpochs = recipe.fineTuneEpochs }
        switch state.stage {
        case .head:
            if changes(.learningRate) { state.baseLearningRate = recipe.learningRate }
            if changes(.epochs) { state.headEpochs = recipe.epochs }
        case .fineTune:
            if changes(.fineTuneLearningRate) { state.baseLearningRate = recipe.fineTuneLearningRate }
            if changes(.fineTuneAt), recipe.fineTuneAt != state.fineTuneAt {
                (state.fineTuneAt, progress.adamStep) = (recipe.fineTuneAt, 0)
                result.removeMoments { _ in true }
            }
        }
        if state.stageEnd > progress.epoch { state.stageFinish = nil }
        let isLeft =
            progress.epoch < state.stageEnd || state.stage == .head && recipe.fineTuneEpochs > 0
        guard isLeft else {
            throw RunFailure.nothingLeft(epochs: progress.epoch, stage: state.stage)
        }
        (progress.finished, progress.test) = (false, nil)
        result.header.recipe = recipe
        (result.header.state, result.header.progress) = (state, progress)
        return result
    }
}

extension Checkpoint {
    /// Removes tensors of the optimizer, chosen by their names there.
    fileprivate mutating func removeMoments(_ isChosen: (String) -> Bool) {
        let prefix = Checkpoint.momentsPrefix
        tensors = tensors.filter { name, _ in
            !(name.hasPrefix(prefix) && isChosen(String(name.dropFirst(prefix.count))))
        }
    }
}
