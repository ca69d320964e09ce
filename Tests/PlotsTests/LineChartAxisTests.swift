import Canvas
import Foundation
import Testing

@testable import Plots

/// Ticks, gridlines and labels agree with the values.
@Suite struct LineChartAxisTests {
    /// Ranges of any place and width, as zooming makes them.
    private static let ranges: [ClosedRange<Double>] = {
        var ranges: [ClosedRange<Double>] = []
        for width in [1e-7, 0.003, 0.05, 0.071, 0.4, 0.8, 1, 1.25, 3.3, 9.99, 60, 1234, 5e8] {
            for start in [0, 0.6, 0.997, 3.1416, 12.49, 999.9, -0.5, -77.7] {
                ranges.append(start...start + width)
            }
        }
        return ranges
    }()

    private func isEven(_ values: [Double], within tolerance: Double) -> Bool {
        let steps = zip(values.dropFirst(), values).map { $0 - $1 }
        return steps.allSatisfy { $0 > 0 && abs($0 - steps[0]) <= tolerance }
    }

    @Test func everyRangeHasTwoEvenTicksOrMore() {
        for range in Self.ranges {
            let span = range.upperBound - range.lowerBound
            for most in [1, 2, 3, 4, 6, 10, 30] {
                let ticks = LineChart.ticks(within: range, most: most)
                #expect(ticks.count >= 2 && ticks.count <= max(6, most), "\(range) \(most): \(ticks)")
                #expect(
                    ticks.allSatisfy(range.contains) && isEven(ticks, within: span * 1e-6 + 1e-12),
                    "\(range): \(ticks)")
            }
        }
    }

    @Test func ticksOfAClockAreThoseOfAClock() {
        let clock: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300]
        #expect(LineChart.ticks(within: 50...130, most: 4, steps: clock) == [60, 90, 120])
        #expect(LineChart.ticks(within: 0...400, most: 4, steps: clock) == [0, 120, 240, 360])
        // Beyond the list in either direction, decimal steps.
        #expect(LineChart.ticks(within: 0...1, most: 3, steps: clock) == [0, 0.5, 1])
        #expect(LineChart.ticks(within: 0...5000, most: 4, steps: clock) == [0, 2000, 4000])
    }

    @Test(arguments: [1e-3...1e-3, 2.5e-4...9e-4, 1e-5...1e-3, 3e-7...4e-7, 1e-12...1e3, 0.2...0.21])
    func logarithmicAxesHaveTwoTicksOrMore(range: ClosedRange<Double>) {
        for count in [2, 3, 4, 6] {
            var chart = LineChart(series: [], xRange: 0...1, format: { "\($0)" })
            chart.isLogarithmic = true
            let axis = chart.axis(.init(low: range.lowerBound, high: range.upperBound), ticks: count)
            #expect(
                axis.ticks.count >= 2 && axis.ticks.count <= count + 2, "\(range) \(count): \(axis.ticks)")
            #expect(axis.range.contains(range.lowerBound) && axis.range.contains(range.upperBound))
            #expect(zip(axis.ticks, axis.ticks.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    /// Written with too few digits, ticks that differ would have one label.
    @Test func labelsDifferAndAreRight() {
        for range in Self.ranges where range.upperBound < 1e6 {
            let chart = LineChart(series: [], xRange: 0...1, format: { String(format: "%.3f", $0) })
            let axis = chart.axis(.init(low: range.lowerBound, high: range.upperBound), ticks: 4)
            let (labels, step) = (chart.labels(axis.ticks), axis.ticks[1] - axis.ticks[0])
            #expect(Set(labels).count == labels.count, "\(labels)")
            for (label, tick) in zip(labels, axis.ticks) {
                #expect(abs((Double(label) ?? .nan) - tick) <= step / 10, "\(label) for \(tick)")
            }
        }
    }

    /// At most a quarter of the distance of the ticks is empty above and below the curves.
    @Test func curvesUseTheHeight() {
        for range in Self.ranges where range.upperBound - range.lowerBound > 1e-6 {
            let chart = LineChart(series: [], xRange: 0...1, format: { "\($0)" })
            let (found, ticks) = chart.axis(.init(low: range.lowerBound, high: range.upperBound), ticks: 5)
            let room = (ticks[1] - ticks[0]) * 0.2501
            #expect(found.lowerBound <= range.lowerBound && found.upperBound >= range.upperBound)
            #expect(
                range.lowerBound - found.lowerBound <= room && found.upperBound - range.upperBound <= room)
        }
        var flat = LineChart(series: [], xRange: 0...1, format: { "\($0)" })
        flat.yLimits = 0...1
        #expect(flat.axis(.init(low: 1, high: 1), ticks: 4).range == 0.9...1)
        #expect(flat.axis(.init(low: 0, high: 0), ticks: 4).range == 0...1)
    }

    // MARK: To the dot

    /// Bits of the dots of a braille cell, row by row from the top.
    private static let rows: [UInt32] = [0x09, 0x12, 0x24, 0xc0]

    /// The rows of dots, from the top, in which a column of cells has dots of a colour.
    private func dots(_ buffer: CellBuffer, column: Int, color: Color) -> Set<Int> {
        var result: Set<Int> = []
        for row in 0..<buffer.size.rows {
            let cell = buffer[column, row]
            guard cell.style.foreground == color, let scalar = cell.text.unicodeScalars.first,
                (0x2800...0x28ff).contains(scalar.value)
            else { continue }
            for (index, bits) in Self.rows.enumerated() where (scalar.value - 0x2800) & bits != 0 {
                result.insert(row * 4 + index)
            }
        }
        return result
    }

    /// A curve at the value of a tick or a level runs in the dots of its line, and the tick's label
    /// stands in that row.
    @Test(arguments: [5, 8, 13, 21]) func linesAndCurvesAgreeToTheDot(rows: Int) throws {
        let (red, grey, violet) = (Color.palette(1), Color.palette(8), Color.palette(5))
        for (range, values) in [
            (-1.0...1.0, [-1.0, -0.5, 0, 0.5, 1]), (0...1, [0, 0.2, 0.5, 0.8, 1]), (-0.3...2.1, [0, 1, 2]),
        ] {
            for value in values {
                func drawn(_ y: Double, level: Double?) -> CellBuffer {
                    var chart = LineChart(
                        series: [
                            .init(
                                name: "", style: Style(foreground: red), points: [(0, y), (0.5, y)],
                                showsValue: false)
                        ],
                        xRange: 0...1, yRange: range, axisStyle: Style(foreground: grey),
                        markStyle: Style(foreground: violet), format: { "\(($0 * 100).rounded() / 100)" })
                    if let level { chart.levels = [.init(y: level, label: "")] }
                    var buffer = CellBuffer(size: Size(columns: 40, rows: rows))
                    chart.draw(into: &buffer, in: buffer.bounds)
                    return buffer
                }
                let curve = drawn(value, level: value)
                let drawnAt = dots(curve, column: 12, color: red)
                #expect(drawnAt.count == 1)
                // Right of the curve, the level alone.
                #expect(
                    dots(curve, column: 37, color: violet).isSuperset(of: drawnAt), "\(value) of \(range)")
                let plain = drawn(value, level: nil)
                let lines = (34..<38).reduce(into: Set<Int>()) {
                    $0.formUnion(dots(plain, column: $1, color: grey))
                }
                let label = "\(value) "
                for row in 0..<rows - 1 {
                    let text = (0..<8).map { plain[$0, row].text }.joined()
                    guard text.contains(label), !text.contains("-" + label) || value < 0 else { continue }
                    #expect(drawnAt.first! / 4 == row, "\(value)")
                    #expect(lines.contains(drawnAt.first!), "\(value) of \(range)")
                }
            }
        }
    }

    /// Every value is drawn in the dot that its share of the range gives.
    @Test func valuesAreDrawnInTheirDots() {
        for value in stride(from: 0.0, through: 1, by: 0.01) {
            let chart = LineChart(
                series: [
                    .init(
                        name: "", style: Style(foreground: .palette(1)), points: [(0, value), (1, value)],
                        showsValue: false)
                ], xRange: 0...1, yRange: 0...1, format: { "\($0)" })
            var buffer = CellBuffer(size: Size(columns: 6, rows: 10))
            chart.draw(into: &buffer, in: buffer.bounds)
            #expect(dots(buffer, column: 3, color: .palette(1)) == [39 - Int((value * 39).rounded())])
        }
    }

    // MARK: Ends

    /// The value at the right edge is that of the line there, also between two points.
    @Test func endLabelsAreTheLinesEnds() throws {
        let points = (0...10).map { (x: Double($0), y: Double($0) * Double($0)) }
        for end in [3.0, 3.5, 7.25, 10, 12] {
            let chart = LineChart(
                series: [.init(name: "", style: Style(foreground: .palette(1)), points: points)],
                xRange: max(0, end - 2)...end, format: { String(format: "%.2f", $0) })
            var buffer = CellBuffer(size: Size(columns: 50, rows: 12))
            chart.draw(into: &buffer, in: buffer.bounds)
            let plot = try #require(chart.plot(in: buffer.bounds))
            let low = min(9, Int(end))
            let value =
                end > 10
                ? 100 : points[low].y + (points[low + 1].y - points[low].y) * (end - Double(low))
            let row = try #require(
                (0..<plot.rows).first { buffer[plot.column + plot.columns + 1, $0].text != " " })
            let text = (plot.column + plot.columns + 1..<50).map { buffer[$0, row].text }.joined()
            #expect(text.hasPrefix(String(format: "%.2f", value)), "\(end): \(text)")
            if end <= 10 {
                let last = dots(buffer, column: plot.column + plot.columns - 1, color: .palette(1))
                #expect(last.contains { $0 / 4 == row }, "\(end)")
            }
        }
    }

    /// Labels of the x axis that lack room are left out evenly.
    @Test(arguments: [20, 30, 44, 60, 100]) func labelsBelowAreEven(columns: Int) {
        let chart = LineChart(
            series: [.init(name: "", style: Style(), points: [(0, 0), (10, 1)], showsValue: false)],
            xRange: 0...10, xTicks: (0...10).map { (Double($0), "\($0 * 100)") }, format: { "\($0)" })
        var buffer = CellBuffer(size: Size(columns: columns, rows: 8))
        chart.draw(into: &buffer, in: buffer.bounds)
        let labels = buffer.plainText.split(separator: "\n").last!.split(separator: " ").compactMap {
            Double($0)
        }
        #expect(labels.count >= 2 && isEven(labels, within: 0), "\(labels)")
    }
}
