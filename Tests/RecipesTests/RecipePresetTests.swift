import Network
import Testing

@testable import Recipes

@Suite("Recipes by name") struct RecipePresetTests {
    @Test func theNotebooksIsTheStandard() {
        #expect(RecipePreset.notebook.recipe(for: .mobileNetV2) == Recipe())
    }

    @Test("the best one unfreezes all but the lowest stages", arguments: Architecture.allCases)
    func best(architecture: Architecture) {
        let recipe = RecipePreset.best.recipe(for: architecture)
        #expect(recipe.preset == .best && recipe.architecture == architecture)
        #expect(recipe.imageSize == architecture.standardImageSize)
        let layer = recipe.network.layers[recipe.fineTuneAt]
        #expect(layer.name == (architecture.isMobileNetV2 ? "block_3_expand" : "block3a_expand_conv"))
        // An eighth of the photo's side follows.
        let next = recipe.network.convolutions.first { $0.form.isDepthwise && $0.layer > layer.index }
        #expect(next?.outputSize == (recipe.imageSize + 7) / 8)
    }
}
