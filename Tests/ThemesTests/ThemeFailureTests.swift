import Basics
import Phrases
import Testing
import Wording

@testable import Themes

/// Every failure of a theme has a sentence in both languages with the file, the line and the entry.
@Suite struct ThemeFailureTests {
    @Test(
        arguments: [
            (.noTheme("nope", known: ["dark", "mine"]), ["nope", "dark", "mine"]),
            (.tooLarge("a.toml", mostKiB: 64), ["a.toml", "64 KiB"]),
            (.fault("a.toml", line: 31, .notTOML(reason: "no value")), ["a.toml:31", "TOML", "no value"]),
            (.fault("a.toml", line: 31, .unknownSetting("shape")), ["a.toml:31", "shape", "[colors]"]),
            (.fault("a.toml", line: 31, .noName), ["a.toml:31", "name = "]),
            (.fault("a.toml", line: 31, .nameIsNoText), ["a.toml:31", "name"]),
            (.fault("a.toml", line: 31, .noColors), ["a.toml:31", "[colors]"]),
            (.fault("a.toml", line: 31, .colorsAreNoTable), ["a.toml:31", "[colors]"]),
            (.fault("a.toml", line: 31, .unknownSymbols), ["a.toml:31", "symbols", "unicode", "ascii"]),
            (
                .fault("a.toml", line: 31, .unknownColor("pink")),
                ["a.toml:31", "pink", "background", "shade"]
            ),
            (.fault("a.toml", line: 31, .unusableColor("good")), ["a.toml:31", "good", "#rrggbb", "255"]),
            (.fault("a.toml", line: 31, .missingColor("good")), ["a.toml:31", "[colors]", "good"]),
        ] as [(ThemeFailure, [String])]) func everyFailureHasWords(failure: ThemeFailure, parts: [String])
    {
        #expect(failure.english.hasSuffix(".") && parts.allSatisfy(failure.english.contains))
        let chinese = Strings(.simplifiedChinese)(UserError(failure))
        #expect(chinese.hasSuffix("。") && parts.allSatisfy(chinese.contains), "\(chinese)")
        #expect("\(failure)" == failure.english && failure.english != chinese)
    }
}
