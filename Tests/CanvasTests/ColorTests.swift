import Testing

@testable import Canvas

@Suite struct ColorTests {
    @Test func reductionPicksTheNearest() {
        #expect(Color.rgb(255, 0, 0).reduced(to: .palette256) == .palette(196))
        #expect(Color.rgb(128, 128, 128).reduced(to: .palette256) == .palette(244))
        #expect(Color.rgb(250, 5, 5).reduced(to: .ansi16) == .palette(9))
        #expect(Color.rgb(1, 2, 3).reduced(to: .none) == .standard)
    }

    @Test func ansiChangesStyleOnlyWhereItChanges() {
        var buffer = CellBuffer(size: Size(columns: 4, rows: 1))
        buffer.write("ab", column: 0, row: 0, style: Style(foreground: .palette(1)))
        #expect(buffer.ansi(colors: .ansi16) == "\u{1b}[0;31mab\u{1b}[0m  ")
    }
}
