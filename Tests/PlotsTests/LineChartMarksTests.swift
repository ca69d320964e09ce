import Canvas
import Testing

@testable import Plots

/// The row of marks and the crosshair's label.
@Suite struct LineChartMarksTests {
    private func chart(_ marks: [LineChart.Mark]) -> LineChart {
        LineChart(
            series: [
                .init(
                    name: "", style: Style(foreground: .palette(1)), points: [(0, 0), (10, 1)],
                    showsValue: false)
            ],
            marks: marks, xRange: 0...10, xTicks: [(0, "0"), (5, "5"), (10, "10")],
            markStyle: Style(foreground: .palette(5)), format: { "\($0)" })
    }

    private func drawn(_ chart: LineChart, columns: Int = 60, rows: Int = 12) -> CellBuffer {
        var buffer = CellBuffer(size: Size(columns: columns, rows: rows))
        chart.draw(into: &buffer, in: buffer.bounds)
        return buffer
    }

    private func lines(_ buffer: CellBuffer) -> [String] {
        buffer.plainText.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// Fifty interventions take one row and leave the curves as they are.
    @Test func manyMarksTakeOneRow() throws {
        let marks = (0..<50).map {
            LineChart.Mark(x: Double($0) / 5, label: "LR ÷\($0)", glyph: $0 % 2 == 0 ? "↓" : "↑")
        }
        let marked = drawn(chart(marks), rows: 13)
        let plain = drawn(chart([]))
        let plot = try #require(chart(marks).plot(in: marked.bounds))
        #expect(plot == chart([]).plot(in: plain.bounds))
        for row in 0..<plot.rows {
            for column in 0..<60 { #expect(marked[column, row] == plain[column, row]) }
        }
        let glyphs = (0..<60).filter { marked[$0, plot.rows].text != " " }
        #expect(glyphs.count > 40 && glyphs.allSatisfy { "↓↑+".contains(marked[$0, plot.rows].text) })
        #expect(glyphs.allSatisfy { marked[$0, plot.rows].style.foreground == .palette(5) })
        #expect(lines(marked)[12] == lines(plain)[11])
    }

    @Test func aGlyphStandsUnderItsPosition() throws {
        let plot = try #require(chart([.init(x: 5, label: "", glyph: "◇")]).plot(in: drawn(chart([])).bounds))
        for x in [0.0, 2.5, 5, 7.5, 10] {
            let buffer = drawn(chart([.init(x: x, label: "from 54", glyph: "◇")]))
            let column = try #require((0..<60).first { buffer[$0, 10].text == "◇" })
            #expect(abs(Double(column - plot.column) - x / 10 * Double(plot.columns - 1)) <= 0.5)
        }
    }

    /// In one column the most important kind counts, and a plus stands for several of it.
    @Test func marksInOneColumnShareAGlyph() {
        func glyph(_ marks: LineChart.Mark...) -> String {
            lines(drawn(chart(marks)))[10].filter { $0 != " " }
        }
        let (down, up) = (
            LineChart.Mark(x: 5, label: "LR ÷2", glyph: "↓"), LineChart.Mark(x: 5, label: "LR ×2", glyph: "↑")
        )
        #expect(glyph(down) == "↓" && glyph(down, down) == "↓" && glyph(down, up) == "+")
        #expect(glyph(down, .init(x: 5, label: "best", glyph: "★", kind: .best), up) == "★")
    }

    /// On a chart with room, labels stand beside their glyphs, whole or not at all.
    @Test func labelsAreWrittenWhereTheyFit() {
        var plot = chart([
            .init(x: 1, label: "LR ÷2", glyph: "↓"), .init(x: 4, label: "frozen", glyph: "❄"),
            .init(x: 4.6, label: "best, epoch 5", glyph: "★", kind: .best),
        ])
        #expect(!lines(drawn(plot))[10].contains("LR"))
        plot.writesMarks = true
        #expect(
            lines(drawn(plot))[10].split(separator: " ").joined(separator: " ")
                == "↓ LR ÷2 ❄ ★ best, epoch 5")
        #expect(lines(drawn(plot, columns: 200))[10].contains("❄ frozen"))
    }

    @Test func theCrosshairNamesTheMarksUnderIt() {
        var plot = chart([
            .init(x: 2, label: "LR ÷2", glyph: "↓"), .init(x: 2, label: "frozen", glyph: "❄"),
            .init(x: 8, label: "schedule", glyph: "∿"),
        ])
        plot.cursor = 2
        #expect(lines(drawn(plot))[0].contains("│LR ÷2, frozen"))
        #expect(!drawn(plot).plainText.contains("schedule"))
        plot.cursor = 8
        #expect(drawn(plot).plainText.contains("│schedule") || drawn(plot).plainText.contains("schedule│"))
        plot.cursor = 5
        #expect(!drawn(plot).plainText.contains("LR ÷2") && !drawn(plot).plainText.contains("schedule"))
        // With less room, a number stands for those after the first.
        plot.cursor = 2
        #expect(drawn(plot, columns: 17).plainText.contains("LR ÷2, +1"))
    }

    /// Without room for a row, the glyphs stand in the last row of the plot.
    @Test func aLowChartKeepsItsRows() throws {
        let plot = chart([.init(x: 5, label: "frozen", glyph: "❄")])
        let low = drawn(plot, rows: 5)
        #expect(try #require(plot.plot(in: low.bounds)).rows == 4)
        #expect((0..<60).contains { low[$0, 3].text == "❄" })
    }
}
