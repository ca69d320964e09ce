import Foundation
import TestSupport
import Testing

/// The tests' own reading of the program's output.
@Suite struct ProgramTests {
    @Test func numbersAreReadToTheBit() {
        var random = SplitMix(state: 1)
        let numbers =
            (0..<2000).map { _ in Double.random(in: 0..<1, using: &random) } + [2, 0, -1e300, 5e-300]
        let output = numbers.map { "{\"loss\":\($0)}\n" }.joined()
        let result = Program.Result(status: 0, output: output, errors: "")
        #expect(result.objects.compactMap { $0["loss"] as? Double } == numbers)
    }

    @Test func valuesKeepTheirTypes() throws {
        let output = """
            {"flag":true,"count":3,"text":"3","none":null,"list":[1,2],"rows":[{"a":1}],"classes":{"daisy":12}}
            no JSON
            """
        let result = Program.Result(status: 0, output: output, errors: "")
        try #require(result.objects.count == 1)
        let object = result.objects[0]
        #expect(object["flag"] as? Bool == true && object["text"] as? String == "3")
        #expect(object["count"] as? Int == 3 && object["count"] as? Double == 3)
        #expect(object["count"] as? String == nil && object["text"] as? Int == nil)
        #expect(object["none"] is NSNull && object["list"] as? [Int] == [1, 2])
        #expect((object["rows"] as? [[String: Any]])?.first?["a"] as? Int == 1)
        #expect(object["classes"] as? [String: Int] == ["daisy": 12])
    }
}
