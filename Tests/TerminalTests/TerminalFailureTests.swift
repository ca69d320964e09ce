import Basics
import Phrases
import Testing
import Wording

@testable import Terminal

/// Every failure of the terminal has a sentence in both languages with its type.
@Suite struct TerminalFailureTests {
    @Test(
        arguments: [
            (.noTerminal, ["flowers-tui train"]), (.unknownType("vt7"), ["vt7", "xterm-256color"]),
            (.unknownType(""), ["TERM"]), (.cannotPlaceCursor("dumb"), ["dumb", "flowers-tui train"]),
        ] as [(TerminalFailure, [String])]) func everyFailureHasWords(
            failure: TerminalFailure, parts: [String]
        )
    {
        #expect(failure.english.hasSuffix(".") && parts.allSatisfy(failure.english.contains))
        let chinese = Strings(.simplifiedChinese)(UserError(failure))
        #expect(chinese.hasSuffix("。") && parts.allSatisfy(chinese.contains), "\(chinese)")
        #expect("\(failure)" == failure.english && failure.english != chinese)
    }
}
