import Canvas
import Testing

@testable import Plots

@Suite struct LineChartTests {
    func chart(_ points: [(x: Double, y: Double)]) -> LineChart {
        LineChart(
            series: [.init(name: "loss", style: Style(foreground: .palette(2)), points: points)],
            marks: [.init(x: 2, label: "fine-tune", kind: .phase)], xRange: 0...4,
            xTicks: [(0, "0"), (4, "4")],
            emptyText: "no data yet", format: { "\((($0 * 100).rounded()) / 100)" })
    }

    @Test(arguments: [0, 1, 2, 3, 5, 12, 40, 80], [0, 1, 2, 3, 5, 20]) func anySizeDraws(
        columns: Int, rows: Int
    ) {
        var buffer = CellBuffer(size: Size(columns: columns, rows: rows))
        chart([(0, 1), (1, .nan), (2, 3), (4, 2)]).draw(into: &buffer, in: buffer.bounds)
        chart([]).draw(into: &buffer, in: buffer.bounds)
        #expect(buffer.cells.count == columns * rows)
    }

    @Test func aRisingLineRises() {
        var buffer = CellBuffer(size: Size(columns: 4, rows: 2))
        LineChart(
            series: [.init(name: "", style: Style(), points: [(0, 0), (1, 1)])], xRange: 0...1,
            format: { "\($0)" }
        ).draw(into: &buffer, in: buffer.bounds)
        #expect(
            buffer.plainText == "  ⣀⠤\n⣀⠤⠒⠉" || buffer.plainText == "  ⡠⠊\n⡠⠊"
                || buffer.plainText == "  ⢀⠔\n⢀⠔⠁")
    }

    @Test func gapsStayOpen() {
        var buffer = CellBuffer(size: Size(columns: 10, rows: 1))
        LineChart(
            series: [.init(name: "", style: Style(), points: [(0, 0), (1, 0), (2, .nan), (8, 0), (9, 0)])],
            xRange: 0...9, yRange: 0...1, format: { "\($0)" }
        ).draw(into: &buffer, in: buffer.bounds)
        #expect(buffer[4, 0].text == " ")
        #expect(buffer[0, 0].text != " ")
        #expect(buffer[9, 0].text != " ")
    }

    @Test func marksAndValuesAreWritten() {
        var buffer = CellBuffer(size: Size(columns: 60, rows: 10))
        chart([(0, 1), (4, 0.25)]).draw(into: &buffer, in: buffer.bounds)
        #expect(buffer.plainText.contains("┊fine-tune"))
        #expect(buffer.plainText.contains("0.25"))
    }

    @Test func ticksAreRoundAndCover() {
        let ticks = LineChart.ticks(0.13...0.92, count: 5)
        #expect(ticks.count == 6)
        #expect(zip(ticks, [0, 0.2, 0.4, 0.6, 0.8, 1]).allSatisfy { abs($0 - $1) < 1e-9 })
    }
}

@Suite struct ValueSeriesTests {
    /// Bounds agree with a linear search, for sizes around each power of the tree's fan-out.
    @Test(arguments: [0, 1, 15, 16, 17, 255, 256, 257, 4095, 4097, 70_000]) func boundsAreThoseOfAPlainSearch(
        count: Int
    ) {
        var values: [Double] = []
        var seed: UInt64 = 88_172_645_463_325_252
        func random() -> UInt64 {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            return seed
        }
        for _ in 0..<count { values.append(random() % 50 == 0 ? .nan : Double(random() % 100_000)) }
        let series = ValueSeries(values)
        for _ in 0..<200 {
            let (a, b) = (Int(random() % UInt64(count + 1)), Int(random() % UInt64(count + 1)))
            let range = min(a, b)..<max(a, b)
            let finite = values[range].filter(\.isFinite)
            let bounds = series.bounds(range)
            #expect(bounds.isEmpty == finite.isEmpty)
            if !finite.isEmpty { #expect(bounds.low == finite.min() && bounds.high == finite.max()) }
        }
    }
}

@Suite struct LargeChartTests {
    private func chart(_ series: LineChart.Series, _ range: ClosedRange<Double>) -> LineChart {
        LineChart(series: [series], xRange: range, format: { "\($0)" })
    }

    /// The highest and the lowest of a million points are drawn, however few columns there are.
    @Test func extremesStayVisible() {
        var values = ValueSeries()
        for index in 0..<1_000_000 { values.append(index == 333_333 ? 9 : index == 777_777 ? -9 : 0) }
        let series = LineChart.Series(
            name: "", style: Style(), x: (0..<1_000_000).map(Double.init), y: values, showsValue: false)
        var buffer = CellBuffer(size: Size(columns: 10, rows: 5))
        var plot = chart(series, 0...999_999)
        plot.yRange = -9...9
        plot.draw(into: &buffer, in: buffer.bounds)
        #expect((0..<10).contains { buffer[$0, 0].text != " " })
        #expect((0..<10).contains { buffer[$0, 4].text != " " })
    }

    /// A line between two points outside the visible range still crosses the chart.
    @Test func aZoomBetweenTwoPointsShowsTheLine() {
        let series = LineChart.Series(
            name: "", style: Style(), points: [(0, 0), (10, 10)], showsValue: false)
        var buffer = CellBuffer(size: Size(columns: 8, rows: 4))
        chart(series, 4...5).draw(into: &buffer, in: buffer.bounds)
        #expect(buffer.cells.contains { !$0.text.isEmpty && $0.text != " " })
        #expect(series.value(at: 9.5) == 0 && series.value(at: 10) == 10 && series.value(at: -1) == nil)
    }

    @Test func logarithmicAxesSpreadDecadesEvenlyAndLeaveOutZero() {
        let series = LineChart.Series(
            name: "", style: Style(), points: [(0, 0), (1, 1e-4), (2, 1e-3), (3, 1e-2)], showsValue: false)
        var plot = chart(series, 1...3)
        plot.isLogarithmic = true
        var buffer = CellBuffer(size: Size(columns: 3, rows: 3))
        plot.draw(into: &buffer, in: buffer.bounds)
        // A straight diagonal has a dot in every row.
        for row in 0..<3 { #expect((0..<3).contains { buffer[$0, row].text != " " }) }
        // Zero has no logarithm: its columns stay empty, and it does not widen the axis.
        plot.xRange = 0...3
        var wide = CellBuffer(size: Size(columns: 7, rows: 3))
        plot.draw(into: &wide, in: wide.bounds)
        func isDrawn(_ column: Int) -> Bool { (0..<3).contains { wide[column, $0].text != " " } }
        #expect((0..<7).map(isDrawn) == [false, false, true, true, true, true, true])
        for row in 0..<3 { #expect((0..<7).contains { wide[$0, row].text != " " }) }
    }
}

@Suite struct SparklineTests {
    @Test func heightsFollowTheValues() {
        #expect(Sparkline.text([0, 0.13, 0.5, 0.99, 1, 7, -3], columns: 20) == "▁▂▅███▁")
        #expect(Sparkline.text([-6, -3.5, -1], in: -6 ... -1, columns: 3) == "▁▅█")
        // The newest values are kept when there is no room for all; a missing or NaN value leaves a
        // gap.
        #expect(Sparkline.text([0, 1, nil, .nan, 1], columns: 4) == "█  █")
        #expect(Sparkline.text([1], columns: 0) == "" && Sparkline.text([], columns: 3) == "")
        #expect(Sparkline.text([1], in: 1...1, columns: 1) == " ")
    }
}
