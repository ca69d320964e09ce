import Canvas
import Testing

@testable import Terminal

@Suite struct TerminalColorsTests {
    private static let installed: [String: Int] = [
        "xterm": 8, "xterm-256color": 256, "xterm-direct": 1 << 24, "tmux-256color": 256,
        "tmux-direct": 1 << 24, "screen": 8,
        "screen-256color": 256, "linux": 8, "vt100": 0,
    ]

    private func choose(_ choice: ColorChoice, _ environment: [String: String], without: Set<String> = [])
        -> String
    {
        func lookup(_ name: String) -> TerminalEntry? {
            without.contains(name) ? nil : Self.installed[name].map { TerminalEntry(name: name, colors: $0) }
        }
        let own = lookup(environment["TERM"]!)!
        let chosen = TerminalColors.choose(choice, own: own, environment: environment, lookup: lookup)
        return "\(chosen.entry.name) \(chosen.depth.rawValue)"
    }

    @Test(arguments: [
        (ColorChoice.auto, ["TERM": "xterm-256color"], "xterm-256color 256"),
        (.auto, ["TERM": "xterm-256color", "COLORTERM": "truecolor"], "xterm-direct truecolor"),
        (.auto, ["TERM": "tmux-256color", "COLORTERM": "24bit"], "tmux-direct truecolor"),
        (.auto, ["TERM": "screen", "COLORTERM": "truecolor"], "screen-256color 256"),
        (.auto, ["TERM": "screen", "COLORTERM": "truecolor", "TMUX": "socket,1,0"], "tmux-direct truecolor"),
        (.auto, ["TERM": "xterm-direct"], "xterm-direct truecolor"),
        (.auto, ["TERM": "xterm"], "xterm 16"),
        (.auto, ["TERM": "xterm", "COLORTERM": "yes"], "xterm-256color 256"),
        (.auto, ["TERM": "linux"], "linux 16"),
        (.auto, ["TERM": "vt100", "COLORTERM": "truecolor"], "vt100 none"),
        (
            .auto, ["TERM": "xterm-256color", "NO_COLOR": "1", "COLORTERM": "truecolor"],
            "xterm-256color none"
        ),
        (.auto, ["TERM": "xterm-256color", "NO_COLOR": ""], "xterm-256color 256"),
        (.none, ["TERM": "xterm-direct"], "xterm-direct none"),
        (.truecolor, ["TERM": "xterm-256color", "NO_COLOR": "1"], "xterm-direct truecolor"),
        (.truecolor, ["TERM": "linux"], "xterm-direct truecolor"),
        (.palette256, ["TERM": "xterm-direct"], "xterm-direct 256"),
        (.palette256, ["TERM": "xterm-256color", "COLORTERM": "truecolor"], "xterm-256color 256"),
        (.palette256, ["TERM": "screen"], "screen-256color 256"),
        (.ansi16, ["TERM": "xterm-256color"], "xterm-256color 16"),
        (.ansi16, ["TERM": "vt100"], "xterm 16"),
    ]) func theChoice(choice: ColorChoice, environment: [String: String], expected: String) {
        #expect(choose(choice, environment) == expected)
    }

    @Test func withoutDirectEntriesThereAre256() {
        let without: Set = ["xterm-direct", "tmux-direct"]
        #expect(
            choose(.auto, ["TERM": "xterm-256color", "COLORTERM": "truecolor"], without: without)
                == "xterm-256color 256")
        #expect(choose(.truecolor, ["TERM": "tmux-256color"], without: without) == "tmux-256color 256")
    }

    /// The system's terminfo entries for terminals that the tests run under.
    @Test func terminfoIsRead() throws {
        #expect(TerminalDriver.entry("xterm-256color") == TerminalEntry(name: "xterm-256color", colors: 256))
        #expect(TerminalDriver.entry("vt100") == TerminalEntry(name: "vt100", colors: 0))
        #expect(TerminalDriver.entry("dumb")?.placesCursor == false)
        #expect(TerminalDriver.entry("nonesuch") == nil && TerminalDriver.entry("") == nil)
        #expect(TerminalDriver.entry("xterm-direct")?.isDirect == true)
    }
}

@Suite struct TerminalGlyphTests {
    private func glyph(_ text: String, _ columns: Int, _ widths: [Unicode.Scalar: Int] = [:]) -> String {
        let (scalars, taken) = TerminalGlyph.scalars(text, columns: columns) {
            widths[Unicode.Scalar($0)!] ?? 1
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars.map { Unicode.Scalar($0)! })
        return "\(String(view)) \(taken)"
    }

    @Test func whatTheTerminalDrawsOtherwiseKeepsItsColumns() {
        #expect(glyph("a", 1) == "a 1")
        #expect(glyph("花", 2, ["花": 2]) == "花 2")
        #expect(glyph("花", 1, ["花": 2]) == "? 1")
        #expect(glyph("e\u{301}", 1, ["\u{301}": 0]) == "e\u{301} 1")
        // A heart that U+FE0F makes wide, a family made by a joiner, a flag of two letters.
        #expect(glyph("❤\u{fe0f}", 2, ["\u{fe0f}": 0]) == "❤ 1")
        #expect(glyph("👩\u{200d}👧", 2, ["👩": 2, "👧": 2, "\u{200d}": 0]) == "👩 2")
        #expect(glyph("🇩🇪", 2) == "\u{1f1e9} 1")
        #expect(glyph("\u{301}", 1, ["\u{301}": 0]) == "? 1")
        #expect(glyph("", 1) == "  1")
    }
}
