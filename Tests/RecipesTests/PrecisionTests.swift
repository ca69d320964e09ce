import Basics
import Foundation
import Network
import Testing

@testable import Recipes

/// The precision of a run: asked for, resolved on a processor, recorded.
@Suite struct PrecisionTests {
    private static let plain = Processor(name: "Plain", bfloat16: nil)
    private static let fast = Processor(name: "Fast", bfloat16: .avx512)

    @Test func autoTakesBFloat16WhereItIsComputed() {
        typealias Choice = Precision.Choice
        #expect(Choice.auto.resolved(on: Self.plain) == .float32)
        #expect(Choice.auto.resolved(on: Self.fast) == .bfloat16)
        #expect(Choice.auto.resolved(on: Processor(name: "Tiles", bfloat16: .amx)) == .bfloat16)
        for processor in [Self.plain, Self.fast] {
            #expect(Choice.float32.resolved(on: processor) == .float32)
            // Whether it can be computed is the session's question.
            #expect(Choice.bfloat16.resolved(on: processor) == .bfloat16)
        }
        #expect(
            !Precision.bfloat16.isComputed(on: Self.plain) && Precision.bfloat16.isComputed(on: Self.fast))
        #expect(Precision.float32.isComputed(on: Self.plain))
    }

    @Test func runsInFloat32AreRecordedAsTheyAlwaysWere() throws {
        var recipe = Recipe()
        recipe.basePrecision = .float32
        let data = try JSONEncoder().encode(recipe)
        #expect(!String(decoding: data, as: UTF8.self).contains("precision"))
        #expect(try JSONDecoder().decode(Recipe.self, from: data).basePrecision == .float32)
    }

    @Test func bfloat16IsRecordedByName() throws {
        var recipe = Recipe()
        recipe.basePrecision = .bfloat16
        let data = try JSONEncoder().encode(recipe)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["precision"] as? String == "bfloat16")
        let decoded = try JSONDecoder().decode(Recipe.self, from: data)
        #expect(decoded == recipe && decoded.basePrecision == .bfloat16 && decoded.isPlausible)
        let other = String(decoding: data, as: UTF8.self).replacing("bfloat16", with: "float8")
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Recipe.self, from: Data(other.utf8))
        }
    }
}
