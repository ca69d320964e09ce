import Testing

@testable import Phrases

@Suite struct LanguageTests {
    @Test(arguments: Language.allCases) func everyPhraseIsInTheCatalogue(language: Language) {
        let missing = Phrase.allCases.filter { (language.catalogue[$0] ?? "").isEmpty }
        #expect(missing.isEmpty)
        #expect(language.catalogue.count == Phrase.allCases.count)
    }

    /// A translation that loses a value, or has one too many, would show a brace or nothing.
    @Test(arguments: Language.allCases) func everyTranslationHasTheSameValues(language: Language) {
        func values(_ text: String) -> Set<Substring> {
            Set(
                text.split(separator: "{", omittingEmptySubsequences: false).dropFirst().map {
                    $0.prefix { $0 != "}" && $0 != "|" }
                })
        }
        for phrase in Phrase.allCases {
            #expect(values(language.catalogue[phrase]!) == values(Catalogue.english[phrase]!), "\(phrase)")
        }
    }

    /// Phrases that are the same in both languages are names or signs, or were forgotten.
    @Test func everythingIsTranslated() {
        let names: Set<Phrase> = [
            .precisionFloat32, .precisionBFloat16, .fieldRandAugment, .randAugmentOf,
        ]
        let same = Phrase.allCases.filter {
            Catalogue.english[$0] == Catalogue.simplifiedChinese[$0] && !names.contains($0)
        }
        #expect(same.allSatisfy { !Catalogue.english[$0]!.contains(where: \.isLetter) }, "\(same)")
    }

    @Test(arguments: [
        ("zh_CN.UTF-8", Language.simplifiedChinese), ("zh-Hans", .simplifiedChinese),
        ("zh_SG", .simplifiedChinese),
        ("zh_TW.UTF-8", .english), ("zh-Hant", .english), ("en_US.UTF-8", .english), ("de_DE", .english),
        ("", .english),
        ("C", .english),
    ]) func theLocaleChoosesTheLanguage(locale: String, language: Language) {
        #expect(Language(environment: ["LANG": locale]) == language)
        #expect(
            Language(environment: ["LANG": "zh_CN", "LC_ALL": locale.isEmpty ? "C" : locale]) == language)
    }

    @Test func valuesStandWhereTheLanguageWantsThem() {
        #expect(Strings(.english)(.scheduleStepOf, "0.1", 2) == "×0.1 every 2 epochs")
        #expect(Strings(.simplifiedChinese)(.scheduleStepOf, "0.1", 2) == "每 2 轮 ×0.1")
        #expect(Strings(.english)(.filteredBy, "{0|a|b}") == "with “{0|a|b}”")
    }

    @Test func oneIsSingular() {
        let english = Strings(.english)
        #expect(english(.scheduleStepOf, "0.1", 1) == "×0.1 every 1 epoch")
        #expect(
            [0, 1, 2, 11].map { english(.logTitle, $0) }.joined(separator: ", ")
                == "log · 0 entries, log · 1 entry, log · 2 entries, log · 11 entries")
        #expect([0, 1, 2].map { $0.of("photo") } == ["0 photos", "1 photo", "2 photos"])
        #expect([1, 2].map { $0.of("class", "classes") } == ["1 class", "2 classes"])
    }

    /// A number that stands before a word in the plural has both forms of the word.
    @Test func everyCountHasASingular() {
        let nouns = [
            "photos", "files", "epochs", "batches", "entries", "points", "findings", "classes", "runs",
        ]
        // Counts that are never 1.
        let exceptions: Set<Phrase> = [
            .logRun, .warningImbalance, .sweepRuns,
        ]
        for phrase in Phrase.allCases where !exceptions.contains(phrase) {
            let text = Catalogue.english[phrase]!
            for noun in nouns {
                let isBare = (0...5).contains { text.contains("{\($0)} \(noun)") }
                #expect(!isBare, "\(phrase): \(text)")
            }
        }
    }
}
