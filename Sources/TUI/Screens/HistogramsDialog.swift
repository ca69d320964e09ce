import Canvas
import Dashboard
import Foundation
import Keys
import Network
import Phrases
import Plots
import Themes

extension DashboardView {
    /// Draws a layer's weights after each epoch, one histogram below the other on one axis.
    func drawHistograms(_ layer: Int, _ state: DashboardState, into buffer: inout CellBuffer) {
        let strings = state.strings
        let inside = dialogFrame(
            strings(.histogramsTitle, state.name(ofLayer: layer)), columns: buffer.size.columns - 4,
            rows: buffer.size.rows - 4, into: &buffer)
        let buttons: [DialogButton] = [
            ("←", .left, ""), ("→", .right, strings[.buttonNextLayer]), ("esc", .escape, strings[.back]),
        ]
        drawButtons(
            buttons, column: inside.column + 1, row: inside.row + inside.rows - 1,
            columns: inside.columns - 2,
            into: &buffer)
        let all = state.histograms(of: layer)
        let area = Rect(
            column: inside.column + 6, row: inside.row, columns: inside.columns - 7, rows: inside.rows - 3)
        guard let low = all.map(\.histogram.low).min(), let high = all.map(\.histogram.high).max(),
            area.rows > 0,
            area.columns > 8
        else { return }
        // All epochs, or as many as there are rows, spread over the run; the newest is last.
        let count = min(all.count, area.rows)
        let shown = (0..<count).map { all[count == 1 ? all.count - 1 : $0 * (all.count - 1) / (count - 1)] }
        let rows = max(1, min(8, area.rows / count))
        let densities = shown.map { Self.densities($0.histogram, from: low, to: high, columns: area.columns) }
        let most = densities.joined().max() ?? 0
        for (index, epoch) in shown.enumerated() {
            let bottom = area.row + (index + 1) * rows - 1
            let isNewest = index == shown.count - 1
            buffer.write(
                "\(epoch.epoch)", endingAt: area.column - 1, row: bottom,
                style: theme.style(isNewest ? .accent : .dim))
            for (column, density) in densities[index].enumerated() where density > 0 && most > 0 {
                // An eighth at least, so that rare weights are seen.
                let eighths = max(1, Int((density / most * Double(rows * 8)).rounded()))
                for level in 0..<rows where eighths > level * 8 {
                    let part = Double(min(8, eighths - level * 8)) / 8 - 0.01
                    buffer[area.column + column, bottom - level] = Cell(
                        Sparkline.text([part], columns: 1), style: theme.style(isNewest ? .accent : .train))
                }
            }
        }
        drawHistogramAxis(low, high, in: area, row: area.row + count * rows, into: &buffer)
    }

    private func drawHistogramAxis(
        _ low: Float, _ high: Float, in area: Rect, row: Int, into buffer: inout CellBuffer
    ) {
        let style = theme.style(.dim)
        let left = String(format: "%.3g", low)
        let right = String(format: "%.3g", high)
        buffer.write(left, column: area.column, row: row, style: style)
        buffer.write(right, endingAt: area.column + area.columns, row: row, style: style)
        guard low < 0, high > 0 else { return }
        let zero = Int(Double(-low / (high - low)) * Double(area.columns))
        guard zero > left.count, zero < area.columns - right.count - 1 else { return }
        buffer.write("0", column: area.column + zero, row: row, style: style)
    }

    /// The densities of a histogram's weights in columns from one weight to another.
    private static func densities(
        _ histogram: LayerHistogram, from low: Float, to high: Float, columns: Int
    ) -> [Double] {
        let bins = Double(histogram.counts.count)
        let (start, end) = (Double(histogram.low), Double(histogram.high))
        let total = Double(max(1, histogram.counts.reduce(0, +)))
        // Equal weights are all in one column.
        guard high > low, end > start else {
            let place =
                high > low
                ? Int((start - Double(low)) / Double(high - low) * Double(columns - 1)) : columns / 2
            return (0..<columns).map { $0 == place ? 1 : 0 }
        }
        let step = Double(high - low) / Double(columns)
        return (0..<columns).map { column in
            let weight = Double(low) + (Double(column) + 0.5) * step
            guard (start...end).contains(weight) else { return 0 }
            let bin = min(Int((weight - start) / (end - start) * bins), histogram.counts.count - 1)
            return Double(histogram.counts[bin]) / total * bins / (end - start)
        }
    }
}
