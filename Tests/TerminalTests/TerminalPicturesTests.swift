import Keys
import Testing

@testable import Terminal

@Suite struct TerminalPicturesTests {
    private func chosen(_ reports: [TerminalReport], _ choice: PictureChoice = .auto) -> PictureProtocol {
        var pictures = TerminalPictures()
        for report in reports { pictures.note(report) }
        return pictures.chosen(choice)
    }

    @Test func theBestThatTheTerminalHasIsTaken() {
        let kitty: [TerminalReport] = [.name("kitty(0.42.1)"), .kittyGraphics(true), .attributes([62])]
        #expect(chosen(kitty) == .kitty)
        #expect(chosen([.name("ghostty 1.2.0"), .kittyGraphics(true), .attributes([62, 22])]) == .kitty)
        // kitty graphics, but without placeholders.
        #expect(
            chosen([.name("WezTerm 20240203"), .kittyGraphics(true), .attributes([65, 4, 6, 18, 22])])
                == .sixel)
        #expect(chosen([.name("kitty(0.42.1)"), .kittyGraphics(false), .attributes([62])]) == .cells)
        #expect(chosen([.attributes([62, 4])]) == .sixel)
        // A VT132 reports 4 first, where it means the terminal's class and not sixel support.
        #expect(chosen([.attributes([4, 6])]) == .cells)
        #expect(chosen([]) == .cells)
        #expect(
            chosen(kitty, .sixel) == .sixel && chosen(kitty, .cells) == .cells && chosen([], .kitty) == .kitty
        )
    }

    @Test func theLastAnswerEndsTheWait() {
        var pictures = TerminalPictures()
        pictures.note(.cellPixels(width: 9, height: 18))
        #expect(!pictures.isComplete && pictures.cellPixels == PixelSize(width: 9, height: 18))
        pictures.note(.attributes([1, 2]))
        #expect(pictures.isComplete)
        pictures.note(.cellPixels(width: 900, height: 1))
        #expect(pictures.cellPixels == nil)
    }

    @Test func onlyTerminalsThatUnderstandAreAsked() {
        #expect(TerminalPictures.query(to: "xterm-256color").contains("a=q"))
        #expect(TerminalPictures.query(to: "tmux-256color") == "\u{1b}[16t\u{1b}[c")
        #expect(TerminalPictures.query(to: "linux").isEmpty && TerminalPictures.query(to: "vt100").isEmpty)
        #expect(TerminalPictures.query(to: "").isEmpty)
    }

    @Test func aWindowTellsItsCells() {
        #expect(
            TerminalWindow(columns: 80, rows: 24, width: 800, height: 480).cellPixels
                == PixelSize(width: 10, height: 20))
        #expect(TerminalWindow(columns: 80, rows: 24, width: 0, height: 0).cellPixels == nil)
        // A pseudo-terminal may report anything.
        #expect(TerminalWindow(columns: 80, rows: 24, width: 65_535, height: 1).cellPixels == nil)
        #expect(TerminalWindow(columns: 0, rows: 0, width: 800, height: 480).cellPixels == nil)
    }
}
