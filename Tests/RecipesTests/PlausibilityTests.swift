import Testing

@testable import Network
@testable import Recipes

@Suite struct PlausibilityTests {
    /// The recipe knows how many layers there are without knowing the network.
    @Test func layersAreThoseOfTheNetwork() {
        #expect(Plausibility.layers == 0...LayerNorms.headLayer)
        #expect(Plausibility.layers.upperBound == MobileNetV2().layers.count)
    }
}
