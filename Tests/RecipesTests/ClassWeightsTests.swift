import Foundation
import TestSupport
import Testing

@testable import Recipes

@Suite struct ClassWeightsTests {
    @Test func balancedWeightsMakeClassesCountTheSame() throws {
        let weights = try ClassWeights.balanced.values(["a", "b", "c"], counts: [60, 30, 10])
        // scikit-learn's compute_class_weight("balanced") of these counts.
        #expect(zip(weights, [0.5555556, 1.1111112, 3.3333333]).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(try ClassWeights.balanced.values(["a", "b"], counts: [4, 0]) == [0.5, 1])
    }

    @Test func filesAreReadOrRefusedByName() throws {
        let folder = try TemporaryFolder()
        func weights(_ text: String) throws -> ClassWeights {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder("weights.json")))
            return try ClassWeights(path: folder("weights.json"))
        }
        let given = try weights("{\"roses\": 2.5, \"daisy\": 0.5}")
        #expect(try given.values(["daisy", "roses", "tulips"], counts: [1, 1, 1]) == [0.5, 2.5, 1])
        #expect("\(given)" == "daisy 0.5, roses 2.5" && "\(ClassWeights.balanced)" == "balanced")
        #expect(throws: ClassWeightsFailure.self) { try given.values(["daisy"], counts: [1]) }
        for text in ["", "[1, 2]", "{}", "{\"a\": \"b\"}", "{\"a\": 0}", "{\"a\": -1}", "{\"a\": 1e99}"] {
            #expect(throws: ClassWeightsFailure.self, "\(text)") { try weights(text) }
        }
        #expect(throws: ClassWeightsFailure.self) { try ClassWeights(path: folder("none.json")) }
    }

    @Test func recipesKeepThem() throws {
        for weights in [nil, ClassWeights.balanced, .given(["a": 2, "b": 0.25])] {
            var recipe = Recipe()
            (recipe.classWeights, recipe.labelSmoothing) = (weights, 0.1)
            let data = try JSONEncoder().encode(recipe)
            let read = try JSONDecoder().decode(Recipe.self, from: data)
            #expect(read == recipe && read.isPlausible)
        }
        var recipe = Recipe()
        recipe.classWeights = .given(["a": -1])
        #expect(!recipe.isPlausible)
    }
}
