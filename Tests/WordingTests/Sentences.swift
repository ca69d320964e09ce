import Testing
import Wording

/// Checks that a failure has a sentence in both languages, with all of its payload.
func expectSentences(
    _ failure: any Worded, _ payload: String..., sourceLocation: SourceLocation = #_sourceLocation
) {
    for (sentence, stop) in [(failure.english, "."), (failure.simplifiedChinese, "。")] {
        #expect(sentence.hasSuffix(stop), sourceLocation: sourceLocation)
        for text in payload {
            #expect(sentence.contains(text), "\(sentence)", sourceLocation: sourceLocation)
        }
        // A case without words would show as Swift writes it.
        #expect(!sentence.contains("Optional("), sourceLocation: sourceLocation)
    }
    #expect(isChinese(failure.simplifiedChinese), sourceLocation: sourceLocation)
    #expect(!isChinese(failure.english), sourceLocation: sourceLocation)
    #expect("\(failure)" == failure.english, sourceLocation: sourceLocation)
}

func isChinese(_ text: String) -> Bool {
    text.unicodeScalars.contains { (0x4e00...0x9fff).contains($0.value) }
}

@Suite struct SentencesTests {
    private struct Wrong: Worded {
        var english: String
        var simplifiedChinese: String
    }

    @Test("the check finds what is missing") func guardsTheGuard() {
        for wrong in [
            Wrong(english: "/x is bad", simplifiedChinese: "/x 已损坏。"),
            Wrong(english: "/x is bad.", simplifiedChinese: "/x is bad。"),
            Wrong(english: "It is bad.", simplifiedChinese: "/x 已损坏。"),
            Wrong(english: "/x is bad.", simplifiedChinese: "已损坏。"),
        ] {
            withKnownIssue { expectSentences(wrong, "/x") }
        }
    }
}
