import Canvas
import Foundation

extension LineChart {
    /// Everything that is decided before drawing.
    struct Layout {
        let scale: Scale
        /// The plot and its labels.
        let area: Rect
        let labels: [(Double, String)]
        let endings: [(style: Style, y: Double, text: String)]
        let showsLabels: Bool
        /// Row of the marks; nil puts them into the last row of the plot.
        let markRow: Int?
    }

    /// Maps data to the cells and dots of the plot.
    struct Scale {
        let plot: Rect
        let x: ClosedRange<Double>
        let y: ClosedRange<Double>
        let isLogarithmic: Bool

        func dotX(_ value: Double) -> Int {
            Self.position(value, x, plot.columns * 2 - 1)
        }

        /// Returns the row of dots for a value, from 0 at the top.
        func dotY(_ value: Double) -> Int {
            let last = plot.rows * 4 - 1
            guard isLogarithmic else { return last - Self.position(value, y, last) }
            return last - Self.position(log10(value), log10(y.lowerBound)...log10(y.upperBound), last)
        }

        func column(_ value: Double) -> Int { plot.column + dotX(value) / 2 }
        func row(_ value: Double) -> Int { plot.row + dotY(value) / 4 }

        private static func position(_ value: Double, _ range: ClosedRange<Double>, _ last: Int) -> Int {
            let span = range.upperBound - range.lowerBound
            let fraction = span > 0 ? (value - range.lowerBound) / span : 0.5
            return Int((min(max(fraction, 0), 1) * Double(last)).rounded())
        }
    }

    func layout(in rect: Rect) -> Layout? {
        guard rect.columns > 0, rect.rows > 0 else { return nil }
        let bounds = visibleBounds()
        guard !bounds.isEmpty else { return nil }
        let markRows = rect.rows >= 6 && marks.contains { $0.kind != .phase && xRange.contains($0.x) } ? 1 : 0
        let plotRows = max(1, rect.rows - 1 - markRows)
        let (range, ticks) = axis(bounds, ticks: max(2, min(6, plotRows / 2)))
        var texts: Set<String> = []
        let labels = Array(zip(ticks, self.labels(ticks))).filter { texts.insert($0.1).inserted }
        let leftWidth = labels.map { displayWidth($0.1) }.max() ?? 0
        let endings = series.filter(\.showsValue).compactMap { series in
            series.ending(at: xRange.upperBound).map {
                (style: series.style, y: $0 * series.factor, text: (series.format ?? format)($0))
            }
        }
        let rightWidth = endings.map { displayWidth($0.text) }.max() ?? 0
        let showsLabels = rect.columns >= leftWidth + rightWidth + 12 && rect.rows >= 3
        let left = showsLabels ? leftWidth + 1 : 0
        let right = showsLabels && rightWidth > 0 ? rightWidth + 1 : 0
        let plot = Rect(
            column: rect.column + left, row: rect.row, columns: rect.columns - left - right,
            rows: showsLabels ? plotRows : rect.rows)
        guard !plot.isEmpty else { return nil }
        return Layout(
            scale: Scale(plot: plot, x: xRange, y: range, isLogarithmic: isLogarithmic), area: rect,
            labels: labels, endings: endings, showsLabels: showsLabels,
            markRow: showsLabels && markRows == 1 ? plot.row + plotRows : nil)
    }

    func isDrawn(_ value: Double) -> Bool { value.isFinite && (!isLogarithmic || value > 0) }

    /// Bounds of the values within the x range.
    private func visibleBounds() -> ValueSeries.Bounds {
        var result = ValueSeries.Bounds()
        for series in series {
            let range = series.indices(in: xRange)
            if isRobust {
                result.include(robustBounds(series, range))
                continue
            }
            if isLogarithmic {
                // The bounds lack the least positive value; for the axis a sample is enough.
                for value in sample(series, range, 4096) { result.include(value) }
                let high = series.drawnBounds(range).high
                if high > 0 { result.include(high) }
            } else {
                result.include(series.drawnBounds(range))
            }
            for edge in [xRange.lowerBound, xRange.upperBound] {
                if let value = series.interpolated(edge), isDrawn(value) { result.include(value) }
            }
        }
        for level in levels where level.widens && isDrawn(level.y) && !result.isEmpty {
            result.include(level.y)
        }
        for value in yIncludes where isDrawn(value) && !result.isEmpty { result.include(value) }
        if isLogarithmic, let decades, !result.isEmpty {
            result.low = max(result.low, result.high / pow(10, decades))
        }
        return result
    }

    /// Returns an evenly spaced sample of about `limit` drawable values.
    private func sample(_ series: Series, _ range: Range<Int>, _ limit: Int) -> [Double] {
        let step = max(1, range.count / limit)
        return stride(from: range.lowerBound, to: range.upperBound, by: step).lazy
            .map { series.y.values[$0] * series.factor }.filter(isDrawn)
    }

    /// Returns the 2nd and 98th percentiles of a sample. With fewer than 50 values, returns the
    /// range within three interquartile ranges of the quartiles instead (Tukey's outer fences), as
    /// percentiles of so few do not identify outliers.
    private func robustBounds(_ series: Series, _ range: Range<Int>) -> ValueSeries.Bounds {
        var result = ValueSeries.Bounds()
        let values = sample(series, range, 1024).sorted()
        guard let last = values.indices.last else {
            for edge in [xRange.lowerBound, xRange.upperBound] {
                if let value = series.interpolated(edge), isDrawn(value) { result.include(value) }
            }
            return result
        }
        if values.count < 50 {
            let (lower, upper) = (values[last / 4], values[last - last / 4])
            let fence = 3 * (upper - lower)
            for value in values where value >= lower - fence && value <= upper + fence {
                result.include(value)
            }
        } else {
            result.include(values[Int(0.02 * Double(last))])
            result.include(values[Int((0.98 * Double(last)).rounded(.up))])
        }
        return result
    }
}
