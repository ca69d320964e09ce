import Canvas
import Testing

@testable import Plots

/// Phases, marks, levels and other labels of a line chart, compared line by line.
@Suite struct LineChartLabelTests {
    private func chart(_ points: [(x: Double, y: Double)] = [(0, 0), (10, 0)]) -> LineChart {
        var chart = LineChart(
            series: [
                .init(name: "", style: Style(foreground: .palette(1)), points: points, showsValue: false)
            ],
            xRange: 0...10, format: { "\($0)" })
        chart.yRange = 0...1
        return chart
    }

    /// A chart too narrow for axes, so that the plot fills it.
    private func drawn(_ chart: LineChart, columns: Int = 12, rows: Int = 6) -> CellBuffer {
        var buffer = CellBuffer(size: Size(columns: columns, rows: rows))
        chart.draw(into: &buffer, in: buffer.bounds)
        return buffer
    }

    private func lines(_ buffer: CellBuffer) -> [String] {
        buffer.plainText.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func phasesAreNamedAndShaded() {
        var plot = chart()
        plot.phases = [
            .init(x: 0...5, name: "head"),
            .init(x: 5...10, name: "fine-tune", shortName: "ft", shade: .palette(8)),
        ]
        plot.marks = [.init(x: 5, label: "fine-tune", kind: .phase)]
        let buffer = drawn(plot)
        #expect(lines(buffer) == [" head ┊ft", "      ┊", "      ┊", "      ┊", "      ┊", "⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀"])
        // Exactly the phase's cells are shaded, including those with dots and text.
        for row in 0..<6 {
            for column in 0..<12 {
                #expect(buffer[column, row].style.background == (column >= 6 ? .palette(8) : .standard))
            }
        }
        #expect(buffer[8, 5].style.foreground == .palette(1))
    }

    @Test func aPhaseNameIsShortenedBeforeItIsLeftOut() {
        func first(_ end: Double, _ short: String?) -> String {
            var plot = chart()
            plot.phases = [.init(x: 0...end, name: "warm-up", shortName: short)]
            return lines(drawn(plot, columns: 14))[0]
        }
        #expect(first(10, nil) == " warm-up")
        #expect(first(4.5, nil) == " warm…")
        #expect(first(4.5, "wu") == " wu")
        #expect(first(1, nil) == "")
    }

    /// The start of a phase without a name moves its label down where curves fill the top.
    @Test func labelsKeepOffTheCurves() {
        var plot = chart([(0, 1), (10, 1)])
        plot.marks = [.init(x: 2, label: "tuned", kind: .phase)]
        #expect(
            lines(drawn(plot, columns: 14)) == [String(repeating: "⠉", count: 14)] + ["  ┊tuned"]
                + Array(repeating: "  ┊", count: 4))
        #expect(
            lines(drawn(plot, columns: 14, rows: 3)) == [
                String(repeating: "⠉", count: 14), "  ┊", "  ┊tuned",
            ])
    }

    @Test func aLevelIsLabelledWhereItCoversNoCurve() {
        var plot = chart([(0, 0.9), (8, 0.5), (10, 0.5)])
        plot.levels = [.init(y: 0.5, label: "chance", widens: false)]
        let buffer = drawn(plot, columns: 14, rows: 5)
        #expect(lines(buffer)[2].contains("chance⠉"))
        // The end of the curve stays visible.
        #expect(buffer[13, 2].style.foreground == .palette(1))
    }

    @Test func aLevelWidensTheAxisOnlyOnRequest() {
        var plot = chart([(0, 0.8), (10, 0.9)])
        plot.yRange = nil
        plot.levels = [.init(y: 0.2, label: "chance", widens: false)]
        #expect(!drawn(plot, columns: 30).plainText.contains("chance"))
        plot.levels[0].widens = true
        #expect(drawn(plot, columns: 30).plainText.contains("chance"))
    }

    @Test func labelsOfTheAxisAreShortAndDiffer() {
        var plot = chart([(0, 0), (10, 2)])
        plot.yRange = nil
        #expect(lines(drawn(plot, columns: 30, rows: 7)).map { String($0.prefix(4)) }.contains("1.0 "))
        plot.series[0] = .init(name: "", style: Style(), points: [(0, 0.1), (10, 0.1004)], showsValue: false)
        plot = LineChart(series: plot.series, xRange: 0...10, format: { "\(($0 * 1000).rounded() / 1000)" })
        let labels = lines(drawn(plot, columns: 30, rows: 9)).map { String($0.prefix { $0 != " " }) }
            .filter { $0.contains(".") }
        #expect(labels.count > 1 && Set(labels).count == labels.count)
    }

    @Test(arguments: [0, 1, 2, 3, 9, 30], [0, 1, 2, 5]) func everythingAtOnceFitsAnySize(
        columns: Int, rows: Int
    ) {
        var plot = chart([(0, 0.1), (3, .nan), (5, 40), (10, 0.3)])
        plot.yRange = nil
        plot.isRobust = true
        plot.phases = [
            .init(x: 0...5, name: "head", shade: .palette(1)),
            .init(x: 5...10, name: "玫瑰", shade: .palette(2)),
        ]
        plot.marks = LineChart.Mark.Kind.allCases.map { .init(x: 10, label: "★玫", glyph: "★", kind: $0) }
        plot.writesMarks = columns > 9
        plot.levels = [.init(y: 0.2, label: "chance")]
        plot.cursor = 10
        for isLogarithmic in [false, true] {
            plot.isLogarithmic = isLogarithmic
            #expect(drawn(plot, columns: columns, rows: rows).cells.count == columns * rows)
        }
    }

    @Test func thePlotIsWhereTheCurvesAre() throws {
        var plot = chart([(0, 0), (10, 1)])
        plot.series[0].showsValue = true
        let rect = Rect(column: 3, row: 2, columns: 40, rows: 8)
        let inner = try #require(plot.plot(in: rect))
        var buffer = CellBuffer(size: Size(columns: 50, rows: 12))
        plot.draw(into: &buffer, in: rect)
        #expect(buffer[inner.column, inner.row + inner.rows - 1].style.foreground == .palette(1))
        #expect(buffer[inner.column + inner.columns - 1, inner.row].style.foreground == .palette(1))
        #expect(inner.rows == 7 && chart([]).plot(in: rect) == nil)
    }
}

@Suite struct LineChartCurveTests {
    private func draw(
        _ series: [LineChart.Series], _ y: ClosedRange<Double>? = 0...1, columns: Int = 10, rows: Int = 2,
        change: (inout LineChart) -> Void = { _ in }
    ) -> CellBuffer {
        var chart = LineChart(series: series, xRange: 0...1, yRange: y, format: { "\($0)" })
        change(&chart)
        var buffer = CellBuffer(size: Size(columns: columns, rows: rows))
        chart.draw(into: &buffer, in: buffer.bounds)
        return buffer
    }

    /// Alternates between 0 and 1.
    private static let noise = (0..<400).map { (index: Int) -> (x: Double, y: Double) in
        (Double(index) / 399, Double(index % 2))
    }

    private func flat(_ dash: LineChart.Dash) -> String {
        draw([.init(name: "", style: Style(), dash: dash, points: [(0, 0), (1, 0)])], columns: 12, rows: 1)
            .plainText
    }

    @Test func everyDashLooksDifferent() {
        let all = LineChart.Dash.allCases
        #expect(flat(.solid) == "⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀")
        #expect(flat(.dashed) == "⣀⣀⡀ ⣀⣀⡀ ⣀⣀⡀")
        #expect(flat(.dashDot) == "⣀⣀⣀ ⡀⢀⣀⣀⡀⢀ ⣀")
        #expect(Set(all.filter { $0 != .stippled }.map(flat)).count == all.count - 1)
        #expect(Set(all.map(\.sample)).count == all.count)
        // Behind the curves it appears as a grey area, not as a line.
        #expect(
            draw(
                [.init(name: "", style: Style(), dash: .stippled, points: Self.noise, showsValue: false)],
                columns: 6, rows: 3
            ).plainText
                == "⢝⢝⢝⢝⢝⢝\n⢕⢕⢕⢕⢕⢕\n⣕⣕⣕⣕⣕⣕")
    }

    @Test func aDashGoesOnFromPointToPoint() {
        let points = (0...23).map { (x: Double($0) / 23, y: 0.0) }
        let many = draw(
            [.init(name: "", style: Style(), dash: .dashed, points: points)], columns: 12, rows: 1
        ).plainText
        #expect(many == flat(.dashed))
    }

    /// The curve has its cells to itself, so that it is visible without colour; the cloud fills all
    /// others.
    @Test func whatLiesBehindGivesWay() {
        var cloud = LineChart.Series(
            name: "", style: Style(foreground: .palette(1)), points: Self.noise, showsValue: false)
        let curve = LineChart.Series(
            name: "", style: Style(foreground: .palette(2)), points: [(0, 0.5), (1, 0.5)], showsValue: false)
        cloud.isBehind = true
        // The cloud is drawn first, whatever the order of the series.
        let buffer = draw([curve, cloud], columns: 4, rows: 3)
        #expect(buffer.plainText == "⣿⣿⣿⣿\n⠒⠒⠒⠒\n⣿⣿⣿⣿" || buffer.plainText == "⣿⣿⣿⣿\n⠤⠤⠤⠤\n⣿⣿⣿⣿")
        #expect((0..<4).allSatisfy { buffer[$0, 1].style.foreground == .palette(2) })
        #expect((0..<4).allSatisfy { buffer[$0, 0].style.foreground == .palette(1) })
    }

    @Test func aLaterCurveTakesTheColourOfACell() {
        let both = ([1, 2] as [UInt8]).map { color in
            LineChart.Series(
                name: "", style: Style(foreground: .palette(color)), points: [(0, 0.5), (1, 0.5)],
                showsValue: false)
        }
        let buffer = draw(both, rows: 1)
        #expect(buffer.cells.allSatisfy { $0.style.foreground == .palette(2) })
    }

    /// Where many points share a column, their range is drawn without the NaNs. A column of NaNs
    /// only is a gap that no line crosses.
    @Test func valuesThatAreNoNumbersLeaveGapsInDenseColumnsToo() {
        func cloud(_ isMissing: (Int) -> Bool) -> CellBuffer {
            let points = (0..<4000).map { (index: Int) -> (x: Double, y: Double) in
                (Double(index) / 3999, isMissing(index) ? .nan : index == 2001 ? 1 : 0)
            }
            return draw(
                [.init(name: "", style: Style(), dash: .stippled, points: points, showsValue: false)], rows: 2
            )
        }
        // NaNs next to an extreme in the same column: the extreme is still drawn.
        let one = cloud { $0 == 2000 || $0 == 2002 }
        #expect((0..<10).filter { one[$0, 0].text != " " }.count == 1)
        #expect((0..<10).allSatisfy { one[$0, 1].text != " " })
        // Two whole columns.
        let wide = cloud { (2400..<3300).contains($0) }
        #expect((0..<10).filter { wide[$0, 1].text == " " } == [6, 7])
        // A single value between gaps is drawn as a dot, with no line to it.
        let lone = cloud { (1800..<2600).contains($0) && $0 != 2001 }
        #expect((0..<10).filter { lone[$0, 0].text != " " }.count == 1)
        #expect((0..<10).filter { lone[$0, 1].text == " " } == [5])
    }

    @Test func extremesAreSeenBehindASmoothCurve() {
        var (raw, smooth) = (ValueSeries(), ValueSeries())
        for index in 0..<100_000 {
            raw.append(index == 25_000 ? 1 : index == 75_000 ? -1 : 0)
            smooth.append(0)
        }
        let x = (0..<100_000).map { Double($0) / 99_999 }
        var cloud = LineChart.Series(
            name: "", style: Style(foreground: .palette(1)), dash: .stippled, x: x, y: raw, showsValue: false)
        cloud.isBehind = true
        let curve = LineChart.Series(
            name: "", style: Style(foreground: .palette(2)), dash: .dotted, x: x, y: smooth, showsValue: false
        )
        let buffer = draw([cloud, curve], -1...1, rows: 5)
        #expect((0..<10).filter { buffer[$0, 0].style.foreground == .palette(1) } == [2])
        #expect((0..<10).filter { buffer[$0, 4].style.foreground == .palette(1) } == [7])
        // The curve's dots have their cells to themselves.
        let curveCells = (0..<10).filter { buffer[$0, 2].style.foreground == .palette(2) }
        #expect(
            curveCells.count > 5
                && curveCells.allSatisfy { buffer[$0, 2].text.unicodeScalars.first!.value < 0x2880 })
    }

    @Test func outliersAreCutOnRequestAndMarked() {
        var points = (0..<200).map { (index: Int) -> (x: Double, y: Double) in
            (Double(index) / 199, 1 + Double(index % 10) / 10)
        }
        points[50].y = 100
        points[150].y = -100
        let series = LineChart.Series(name: "", style: Style(), points: points, showsValue: false)
        func text(_ isRobust: Bool) -> String {
            draw([series], nil, columns: 20, rows: 6) { $0.isRobust = isRobust }.plainText
        }
        #expect(text(false).contains("100") && !text(false).contains("▲"))
        let lines = text(true).split(separator: "\n").map(String.init)
        #expect(lines[0].filter { $0 == "▲" }.count == 1 && lines[4].filter { $0 == "▼" }.count == 1)
        #expect(!text(true).contains("100"))
    }

    /// Among a few values, only one far from all others is an outlier; the ends of a curve are not.
    @Test func theEndsOfAShortCurveAreNoOutliers() {
        func marks(_ values: [Double]) -> Int {
            let points = values.enumerated().map {
                (x: Double($0.offset) / Double(values.count - 1), y: $0.element)
            }
            let series = LineChart.Series(name: "", style: Style(), points: points, showsValue: false)
            return draw([series], nil) { $0.isRobust = true }.plainText.filter { "▲▼".contains($0) }.count
        }
        #expect(marks([1.6, 0.8, 0.6, 0.5, 0.45, 0.4, 0.38]) == 0)
        #expect(marks([1.6, 0.8, 0.6, 50, 0.45, 0.4, 0.38]) == 1)
        #expect(marks([1, 2]) == 0)
    }

    @Test func anotherUnitSharesTheAxis() {
        var memory = LineChart.Series(name: "", style: Style(), points: [(0, 256), (1, 512)])
        memory.factor = 100.0 / 512
        memory.format = { "\(Int($0))M" }
        let text = draw([memory], 0...100, columns: 30, rows: 8) { $0.xTicks = [] }.plainText
        let top = text.split(separator: "\n")[0]
        #expect(top.hasSuffix("512M") && top.hasPrefix("100.0"))
        #expect(memory.value(at: 1) == 512)
    }
}

@Suite struct LineChartSearchTests {
    /// The search from a start index agrees with a linear search.
    @Test(arguments: [0, 1, 2, 63, 64, 65, 66, 1000]) func theIndexIsThatOfAPlainSearch(count: Int) {
        let x = (0..<count).map { Double($0 / 3) }
        let series = LineChart.Series(name: "", style: Style(), x: x, y: ValueSeries(x))
        for position in stride(from: -1.0, through: Double(count) / 3 + 2, by: 0.5) {
            for start in [0, count / 3, max(0, count - 1), count] {
                let plain = (start..<count).first { x[$0] >= position } ?? count
                #expect(series.index(of: position, from: start) == plain)
            }
        }
    }
}
