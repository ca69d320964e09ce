import Testing

@testable import Canvas

@Suite struct SVGTests {
    @Test func svgDrawsBlocksAsRectanglesAndEscapesText() {
        var buffer = CellBuffer(size: Size(columns: 4, rows: 1))
        buffer[0, 0] = Cell("▀", style: Style(foreground: .rgb(255, 0, 0), background: .rgb(0, 0, 255)))
        buffer.write("<&>", column: 1, row: 0, style: Style())
        let svg = buffer.svg()
        #expect(svg.contains("<rect x=\"0\" y=\"0\" width=\"4\" height=\"8\" fill=\"#ff0000\"/>"))
        #expect(svg.contains("<rect x=\"4\" y=\"0\" width=\"4\" height=\"8\" fill=\"#ff0000\"/>"))
        #expect(svg.contains(">&lt;&amp;&gt;</text>"))
    }
}
