package import Network

/// A recipe by name: settings that belong together. Whatever is set besides it comes first.
package enum RecipePreset: String, CaseIterable, Codable, Sendable {
    /// The notebook's, as Keras' example has it.
    case notebook
    /// The settings that predicted best of those that were measured (`docs/accuracy.md`).
    case best

    /// Returns the recipe for a base.
    package func recipe(for architecture: Architecture) -> Recipe {
        var recipe = Recipe()
        // Runs of the standards are recorded as they always were.
        recipe.model = architecture == .mobileNetV2 ? nil : architecture
        recipe.imageSize = architecture.standardImageSize
        recipe.fineTuneAt = architecture.standardFineTuneAt
        guard self == .best else { return recipe }
        recipe.preset = self
        (recipe.epochs, recipe.fineTuneEpochs) = (2, 10)
        recipe.fineTuneAt = architecture.lowFineTuneAt
        recipe.fineTuneLearningRate = 2e-4
        recipe.schedule = .warmUpCosine(batches: 70)
        recipe.tta = .flip
        return recipe
    }
}
