import Testing

@testable import Network
@testable import Recipes

@Suite struct PlausibilityTests {
    /// The recipe knows how many layers there are without knowing the network.
    @Test func layersAreThoseOfTheNetwork() {
        let counts = Architecture.allCases.map {
            Backbone($0, imageSize: $0.standardImageSize).headLayer
        }
        #expect(Plausibility.layers == 0...counts.max()!)
    }
}
