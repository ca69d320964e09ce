import Foundation

/// Curves over a shared x axis, drawn in braille, with axes, vertical marks and the current values at
/// the right edge. Its cost follows its width, not its points: each column of dots shows the range of the points in it.
public struct LineChart: Sendable {
    public enum Dash: Sendable { case solid, dashed, dotted }

    public struct Series: Sendable {
        public var name: String
        public var style: Style
        public var dash: Dash
        /// Ascending, one for each value.
        public var x: [Double]
        /// One that is not a number leaves a gap.
        public var y: ValueSeries
        /// Whether the last value is written at the right edge.
        public var showsValue: Bool

        public init(
            name: String, style: Style, dash: Dash = .solid, x: [Double], y: ValueSeries, showsValue: Bool = true
        ) {
            (self.name, self.style, self.dash) = (name, style, dash)
            (self.x, self.y, self.showsValue) = (x, y, showsValue)
        }

        public init(
            name: String, style: Style, dash: Dash = .solid, points: [(x: Double, y: Double)], showsValue: Bool = true
        ) {
            self.init(
                name: name, style: style, dash: dash, x: points.map(\.x), y: ValueSeries(points.map(\.y)),
                showsValue: showsValue)
        }

        /// Index of the first point at or beyond `position`.
        func index(of position: Double) -> Int {
            var (low, high) = (0, min(x.count, y.count))
            while low < high {
                let middle = (low + high) / 2
                if x[middle] < position { low = middle + 1 } else { high = middle }
            }
            return low
        }

        /// The value at `position`: that of the last point at or before it; nil before the first.
        public func value(at position: Double) -> Double? {
            let next = index(of: position)
            if next < min(x.count, y.count), x[next] == position { return y.values[next] }
            return next > 0 ? y.values[next - 1] : nil
        }

        /// On the straight line between the points around `position`.
        func interpolated(_ position: Double) -> Double? {
            let next = index(of: position)
            guard next > 0, next < min(x.count, y.count) else { return nil }
            let (a, b) = (x[next - 1], x[next])
            let value = y.values[next - 1] + (y.values[next] - y.values[next - 1]) * (b > a ? (position - a) / (b - a) : 1)
            return value.isFinite ? value : nil
        }
    }

    /// A labelled vertical line.
    public struct Mark: Sendable, Equatable {
        public var x: Double
        public var label: String
        /// Whether its label gets room before the others'.
        public var isPhase: Bool
        public init(x: Double, label: String, isPhase: Bool = false) {
            (self.x, self.label, self.isPhase) = (x, label, isPhase)
        }
    }

    /// In drawing order: later ones lie on top.
    public var series: [Series]
    public var marks: [Mark]
    public var xRange: ClosedRange<Double>
    /// Nil: from the data, rounded outwards to the ticks.
    public var yRange: ClosedRange<Double>?
    /// Whether y is drawn by its decimal logarithm; what is not above 0 leaves a gap.
    public var isLogarithmic = false
    /// Values that a thin line marks, with a label at the left.
    public var levels: [(y: Double, label: String)] = []
    /// Where a line crosses all curves, to read them.
    public var cursor: Double?
    public var cursorStyle = Style()
    /// Values at which the x axis is labelled.
    public var xTicks: [(x: Double, label: String)]
    public var axisStyle: Style
    public var markStyle: Style
    /// Shown while there are no points.
    public var emptyText: String
    /// How y values are written.
    public var format: @Sendable (Double) -> String

    public init(
        series: [Series], marks: [Mark] = [], xRange: ClosedRange<Double>, yRange: ClosedRange<Double>? = nil,
        xTicks: [(x: Double, label: String)] = [], axisStyle: Style = Style(), markStyle: Style = Style(),
        emptyText: String = "", format: @escaping @Sendable (Double) -> String
    ) {
        (self.series, self.marks, self.xRange, self.yRange) = (series, marks, xRange, yRange)
        (self.xTicks, self.axisStyle, self.markStyle) = (xTicks, axisStyle, markStyle)
        (self.emptyText, self.format) = (emptyText, format)
    }

    public func draw(into buffer: inout CellBuffer, in rect: Rect) {
        guard rect.columns > 0, rect.rows > 0 else { return }
        let bounds = visibleBounds()
        guard !bounds.isEmpty else {
            let text = fit(emptyText, columns: rect.columns)
            buffer.write(
                text, column: rect.column + (rect.columns - displayWidth(text)) / 2, row: rect.row + rect.rows / 2,
                style: axisStyle)
            return
        }
        let plotRows = max(1, rect.rows - 1)
        let shownRange = yRange ?? bounds.low...bounds.high
        let count = max(2, min(6, plotRows / 2))
        let ticks = isLogarithmic ? Self.logarithmicTicks(shownRange, count: count) : Self.ticks(shownRange, count: count)
        let range =
            yRange ?? (isLogarithmic ? bounds.low...bounds.high : min(bounds.low, ticks.first ?? bounds.low)...max(bounds.high, ticks.last ?? bounds.high))
        let labels = ticks.filter(range.contains).map { (value: $0, text: format($0)) }
        let leftWidth = labels.map { displayWidth($0.text) }.max() ?? 0
        let endings = series.filter(\.showsValue).compactMap { series in
            let end = series.index(of: xRange.upperBound.nextUp)
            return series.y.values[..<end].last(where: \.isFinite).map { (style: series.style, y: $0, text: format($0)) }
        }
        let rightWidth = endings.map { displayWidth($0.text) }.max() ?? 0
        let showsLabels = rect.columns >= leftWidth + rightWidth + 12 && rect.rows >= 3
        let left = showsLabels ? leftWidth + 1 : 0
        let right = showsLabels ? rightWidth + 1 : 0
        let plot = Rect(
            column: rect.column + left, row: rect.row, columns: rect.columns - left - right,
            rows: showsLabels ? plotRows : rect.rows)
        guard !plot.isEmpty else { return }
        let scale = Scale(plot: plot, x: xRange, y: range, isLogarithmic: isLogarithmic)

        if showsLabels {
            drawAxes(labels, scale, left: leftWidth, into: &buffer)
        }
        let shown = marks.filter { xRange.contains($0.x) }.map { ($0, plot.column + scale.dotX($0.x) / 2) }
        for (_, column) in shown {
            for row in plot.row..<plot.row + plot.rows { buffer[column, row] = Cell("┊", style: markStyle) }
        }
        drawLevels(scale, into: &buffer)
        if let cursor, xRange.contains(cursor) {
            let column = plot.column + scale.dotX(cursor) / 2
            for row in plot.row..<plot.row + plot.rows { buffer[column, row] = Cell("│", style: cursorStyle) }
        }
        var canvas = BrailleCanvas(size: plot.size)
        for series in series { draw(series, scale, on: &canvas) }
        canvas.draw(into: &buffer, column: plot.column, row: plot.row)
        drawMarkLabels(shown, plot, into: &buffer)
        if showsLabels { drawEndings(endings, scale, into: &buffer) }
    }

    /// From data to dots of the plot.
    struct Scale {
        let plot: Rect
        let x: ClosedRange<Double>
        let y: ClosedRange<Double>
        var isLogarithmic = false

        func dotX(_ value: Double) -> Int {
            Self.position(value, x, plot.columns * 2 - 1)
        }

        /// 0 is the top.
        func dotY(_ value: Double) -> Int {
            let last = plot.rows * 4 - 1
            guard isLogarithmic else { return last - Self.position(value, y, last) }
            return last - Self.position(log10(value), log10(y.lowerBound)...log10(y.upperBound), last)
        }

        private static func position(_ value: Double, _ range: ClosedRange<Double>, _ last: Int) -> Int {
            let span = range.upperBound - range.lowerBound
            let fraction = span > 0 ? (value - range.lowerBound) / span : 0.5
            return Int((min(max(fraction, 0), 1) * Double(last)).rounded())
        }
    }

    private func drawAxes(
        _ labels: [(value: Double, text: String)], _ scale: Scale, left: Int, into buffer: inout CellBuffer
    ) {
        let plot = scale.plot
        var usedRows: Set<Int> = []
        for (value, text) in labels {
            let row = plot.row + scale.dotY(value) / 4
            guard usedRows.insert(row).inserted else { continue }
            buffer.write(text, endingAt: plot.column - 1, row: row, style: axisStyle)
            for column in plot.column..<plot.column + plot.columns {
                buffer[column, row] = Cell("┈", style: axisStyle)
            }
        }
        var free = plot.column
        for (x, label) in xTicks where xRange.contains(x) {
            let width = displayWidth(label)
            let end = plot.column + plot.columns
            let column = min(max(plot.column + scale.dotX(x) / 2 - width / 2, plot.column), end - width)
            guard column >= free else { continue }
            buffer.write(label, column: column, row: plot.row + plot.rows, style: axisStyle)
            free = column + width + 1
        }
    }

    /// Each label right of its line, over the curves, in the first of the top rows with room for it; a label
    /// without room is left out. Phases choose before the rest.
    private func drawMarkLabels(_ shown: [(Mark, column: Int)], _ plot: Rect, into buffer: inout CellBuffer) {
        let end = plot.column + plot.columns
        var taken = Array(repeating: [Range<Int>](), count: min(3, plot.rows / 3))
        for (mark, column) in shown.filter(\.0.isPhase) + shown.filter({ !$0.0.isPhase }) {
            let room = end - column - 1
            guard room >= 3 else { continue }
            let width = min(displayWidth(mark.label), room)
            // A blank on either side keeps neighbours apart.
            let wanted = column..<column + width + 2
            guard let row = taken.firstIndex(where: { $0.allSatisfy { !$0.overlaps(wanted) } }) else { continue }
            taken[row].append(wanted)
            buffer.write(mark.label, column: column + 1, row: plot.row + row, style: markStyle, maxColumns: room)
        }
    }

    /// Bounds of what stands between the ends of the x axis.
    private func visibleBounds() -> ValueSeries.Bounds {
        var result = ValueSeries.Bounds()
        for series in series {
            let range = series.index(of: xRange.lowerBound)..<series.index(of: xRange.upperBound.nextUp)
            if isLogarithmic {
                // The least positive value cannot be had from the bounds; a look at a sample is enough for the axis.
                let step = max(1, range.count / 4096)
                for index in stride(from: range.lowerBound, to: range.upperBound, by: step) where series.y.values[index] > 0 {
                    result.include(series.y.values[index])
                }
                let high = series.y.bounds(range).high
                if high > 0 { result.include(high) }
            } else {
                result.include(series.y.bounds(range))
            }
            for edge in [xRange.lowerBound, xRange.upperBound] {
                if let value = series.interpolated(edge), !isLogarithmic || value > 0 { result.include(value) }
            }
        }
        for level in levels where !isLogarithmic || level.y > 0 { if !result.isEmpty { result.include(level.y) } }
        return result
    }

    private func drawLevels(_ scale: Scale, into buffer: inout CellBuffer) {
        let plot = scale.plot
        for level in levels where scale.y.contains(level.y) && (!isLogarithmic || level.y > 0) {
            let row = plot.row + scale.dotY(level.y) / 4
            for column in plot.column..<plot.column + plot.columns { buffer[column, row] = Cell("╌", style: markStyle) }
            let width = displayWidth(level.label)
            if width + 4 < plot.columns {
                buffer.write(level.label, column: plot.column + plot.columns - width - 1, row: row, style: markStyle)
            }
        }
    }

    private func draw(_ series: Series, _ scale: Scale, on canvas: inout BrailleCanvas) {
        let pattern: (Int) -> Bool =
            switch series.dash {
            case .solid: { _ in true }
            case .dashed: { $0 % 6 < 4 }
            case .dotted: { $0 % 3 == 0 }
            }
        func isDrawn(_ value: Double) -> Bool { value.isFinite && (!isLogarithmic || value > 0) }
        let last = scale.plot.columns * 2 - 1
        let span = xRange.upperBound - xRange.lowerBound
        var previous: (x: Int, y: Int)?
        if let value = series.interpolated(xRange.lowerBound), isDrawn(value) { previous = (0, scale.dotY(value)) }
        var index = series.index(of: xRange.lowerBound)
        let end = series.index(of: xRange.upperBound.nextUp)
        while index < end {
            // All points that fall into one column of dots.
            let column = scale.dotX(series.x[index])
            let edge = span > 0 && column < last ? xRange.lowerBound + (Double(column) + 0.5) / Double(last) * span : .infinity
            let next = min(end, max(index + 1, series.index(of: edge)))
            let bounds = series.y.bounds(index..<next)
            let final = series.y.values[next - 1]
            if bounds.isEmpty || !isDrawn(bounds.high) {
                previous = nil
            } else {
                let low = isDrawn(bounds.low) ? bounds.low : bounds.high
                let end = isDrawn(final) ? final : bounds.high
                if let previous {
                    canvas.line(from: previous, to: (column, scale.dotY(end)), style: series.style, pattern: pattern)
                }
                let (top, bottom) = (scale.dotY(bounds.high), scale.dotY(low))
                if top != bottom || previous == nil {
                    for y in top...max(top, bottom) { canvas.set(column, y, style: series.style) }
                }
                previous = isDrawn(final) ? (column, scale.dotY(end)) : nil
            }
            index = next
        }
        if let value = series.interpolated(xRange.upperBound), isDrawn(value), let previous {
            canvas.line(from: previous, to: (last, scale.dotY(value)), style: series.style, pattern: pattern)
        }
    }

    /// The current values beside the ends of their curves, moved apart where they would overlap.
    private func drawEndings(
        _ endings: [(style: Style, y: Double, text: String)], _ scale: Scale, into buffer: inout CellBuffer
    ) {
        let plot = scale.plot
        var taken: Set<Int> = []
        for ending in endings.sorted(by: { $0.y > $1.y }) {
            let wanted = scale.dotY(ending.y) / 4
            guard
                let row = (0..<plot.rows).filter({ !taken.contains($0) }).min(by: {
                    abs($0 - wanted) < abs($1 - wanted)
                })
            else { return }
            taken.insert(row)
            buffer.write(ending.text, column: plot.column + plot.columns + 1, row: plot.row + row, style: ending.style)
        }
    }
}
