import Basics
import Phrases
import Testing
import Wording

@testable import Keys

/// Every failure of key bindings has a sentence in both languages with the keys and their bindings.
@Suite struct KeyMapFailureTests {
    @Test(
        arguments: [
            (.noBinding("pose"), ["pose", "pause", "halve"]),
            (.noKey("banana", binding: "pause"), ["banana", "pause", "shift-tab"]),
            (.twoMeanings("n", "pause", "step"), ["n", "pause", "step"]),
        ] as [(KeyMapFailure, [String])]) func everyFailureHasWords(failure: KeyMapFailure, parts: [String])
    {
        #expect(failure.english.hasSuffix(".") && parts.allSatisfy(failure.english.contains))
        let chinese = Strings(.simplifiedChinese)(UserError(failure))
        #expect(chinese.hasSuffix("。") && parts.allSatisfy(chinese.contains), "\(chinese)")
        #expect("\(failure)" == failure.english && failure.english != chinese)
    }
}
