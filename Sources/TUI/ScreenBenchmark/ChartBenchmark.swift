import Basics
import Canvas
import Foundation
import Plots

/// Measures the drawing of a chart with very many points.
package enum ChartBenchmark {
    /// Returns, for each round, the milliseconds for drawing a million points in 200×50 cells,
    /// including the search for the axis range.
    package static func millionPoints(rounds: Int) -> [Double] {
        var (x, y) = ([Double](), ValueSeries())
        var noise: UInt32 = 1
        for index in 0..<1_000_000 {
            noise = noise &* 1_664_525 &+ 1_013_904_223
            x.append(Double(index))
            y.append(1.6 / (1 + Double(index) / 1e5) + Double(noise >> 16) / 1e6)
        }
        var series = LineChart.Series(name: "batch", style: Style(), dash: .stippled, x: x, y: y)
        series.isBehind = true
        let chart = LineChart(
            series: [series], xRange: 0...999_999, xTicks: [(0, "0"), (500_000, "500k")],
            format: { String(format: "%.3f", $0) })
        var buffer = CellBuffer(size: Size(columns: 200, rows: 50))
        return (0..<rounds).map { _ in
            let count = 20
            let start = ContinuousClock.now
            for _ in 0..<count { chart.draw(into: &buffer, in: buffer.bounds) }
            return start.duration(to: .now).seconds * 1000 / Double(count)
        }
    }
}
