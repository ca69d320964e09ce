import Testing

@testable import Canvas

@Suite struct SVGTests {
    private func svg(_ text: String, style: Style = Style()) -> String {
        var buffer = CellBuffer(size: Size(columns: 16, rows: 1))
        buffer.write(text, column: 0, row: 0, style: style)
        return buffer.svg()
    }

    @Test func blocksAreShapesAndTextIsEscaped() {
        var buffer = CellBuffer(size: Size(columns: 4, rows: 1))
        buffer[0, 0] = Cell("▀", style: Style(foreground: .rgb(255, 0, 0), background: .rgb(0, 0, 255)))
        buffer.write("<&>", column: 1, row: 0, style: Style())
        let svg = buffer.svg()
        #expect(svg.contains("<path fill=\"#ff0000\" d=\"M0 0h8v8h-8z\"/>"))
        #expect(svg.contains("<path fill=\"#0000ff\" d=\"M0 0h8v16h-8z\"/>"))
        #expect(svg.contains(">&lt;&amp;&gt;</text>"))
    }

    @Test(arguments: [
        ("▁", "M0 14h8v2h-8z"), ("▏", "M0 0h1v16h-1z"), ("▜", "M0 0h4v8h-4zM4 0h4v8h-4zM4 8h4v8h-4z"),
        ("██", "M0 0h16v16h-16z"), ("───", "M0 8h24"), ("┼", "M4 0v16M0 8h8"), ("┌", "M4 8v8M4 8h4"),
        ("⠁", "M2 2h0"), ("⢀", "M6 14h0"), ("╭", "M8 8q-4 0 -4 8"),
    ])
    func linesBlocksAndDotsAreShapes(_ text: String, _ path: String) {
        #expect(svg(text).contains(" d=\"\(path)\"/>"))
        #expect(!svg(text).contains("<text"))
    }

    /// Readers differ in the spaces that they keep, so there are none that they could drop.
    @Test func textsHoldSingleSpacesOnly() {
        let svg = svg("  a b   ★ 玫瑰 c")
        #expect(svg.contains("<text x=\"16\" y=\"12\" fill=\"#d0d0d0\" textLength=\"24\">a b</text>"))
        #expect(svg.contains("<text x=\"64\" y=\"12\" fill=\"#d0d0d0\">★</text>"))
        #expect(svg.contains("font-size=\"15\" textLength=\"31\">玫瑰</text>"))
        #expect(svg.contains("<text x=\"120\" y=\"12\" fill=\"#d0d0d0\">c</text>"))
    }

    @Test func whatStaysIsWrittenOnceInAnAnimation() {
        func frame(_ text: String) -> CellBuffer {
            var buffer = CellBuffer(size: Size(columns: 8, rows: 2))
            buffer.write("stays", column: 0, row: 0, style: Style())
            buffer.write(text, column: 0, row: 1, style: Style())
            return buffer
        }
        let frames = ["one", "two", "one"].enumerated().map {
            SVGAnimation.Frame(start: Double($0.offset), cells: frame($0.element))
        }
        let svg = SVGAnimation(frames: frames, seconds: 4).svg()
        #expect(svg.split(separator: ">stays<").count == 2)
        #expect(svg.split(separator: ">one<").count == 2)
        #expect(svg.contains("{0.0%{visibility:visible}25.0%{visibility:hidden}50.0%{visibility:visible}}"))
        #expect(
            svg.contains(
                "<g class=\"f2\" visibility=\"hidden\">\n<text x=\"0\" y=\"28\" fill=\"#d0d0d0\" textLength=\"24\">two"
            ))
        #expect(!svg.contains("<script") && svg.contains("prefers-reduced-motion"))
    }

    @Test func nothingIsDrawnOfAnEmptyBuffer() {
        let svg = CellBuffer(size: Size(columns: 0, rows: 0)).svg()
        #expect(svg.hasPrefix("<svg ") && !svg.contains("<g") && !svg.contains("<text"))
    }
}
