import Testing

@testable import Canvas

@Suite struct TextTests {
    /// The quick decisions on characters agree with Unicode's tables.
    @Test func quickDecisionsAgreeWithUnicode() {
        for value in (0...0x10ffff as ClosedRange<UInt32>) {
            guard let scalar = UnicodeScalar(value) else { continue }
            let (text, properties) = (String(scalar), scalar.properties)
            let isControl = properties.generalCategory == .control
            if (visible(text) != text) != isControl { Issue.record("\(String(value, radix: 16))") }
            guard (0x2500...0x259f).contains(value) || (0x2800...0x28ff).contains(value) else { continue }
            #expect(properties.generalCategory == .otherSymbol || properties.generalCategory == .mathSymbol)
            #expect(!properties.isEmoji)
        }
    }

    @Test func widthsAreThoseOfTerminals() {
        #expect(displayWidth("rose") == 4)
        #expect(displayWidth("玫瑰") == 4)
        #expect(displayWidth("e\u{301}") == 1)
        #expect(displayWidth("🌻") == 2)
        #expect(displayWidth("a\u{1b}[m") == 5)
    }

    @Test func fittingNeverSplitsAWideCharacter() {
        #expect(fit("sunflowers", columns: 5) == "sunf…")
        #expect(fit("玫瑰花", columns: 4) == "玫…")
        #expect(fit("ab", columns: 2) == "ab")
        #expect(fit("ab", columns: 0) == "")
        #expect(pad("ab", columns: 4) == "ab  ")
    }

    @Test func writingIsClipped() {
        var buffer = CellBuffer(size: Size(columns: 5, rows: 1))
        #expect(buffer.write("玫瑰花", column: 1, row: 0) == 3)
        #expect(buffer.plainText == " 玫…")
        buffer.write("x", column: 9, row: 3)
        buffer.write("x", column: 0, row: -1)
        #expect(buffer.plainText == " 玫…")
    }

    @Test func framesCarryTheirTitle() {
        var buffer = CellBuffer(size: Size(columns: 12, rows: 3))
        buffer.frame(buffer.bounds, title: "loss")
        #expect(buffer.plainText == "┌ loss ────┐\n│          │\n└──────────┘")
    }
}
