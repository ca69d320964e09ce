/// Curves over a shared x axis, drawn in braille, with axes, vertical marks and the current values at
/// the right edge. Its cost follows its width: each column of dots shows the range of the points in it.
public struct LineChart: Sendable {
    public enum Dash: Sendable { case solid, dashed, dotted }

    public struct Series: Sendable {
        public var name: String
        public var style: Style
        public var dash: Dash
        /// x ascending; a y that is not a number leaves a gap.
        public var points: [(x: Double, y: Double)]
        /// Whether the last value is written at the right edge.
        public var showsValue: Bool

        public init(
            name: String, style: Style, dash: Dash = .solid, points: [(x: Double, y: Double)], showsValue: Bool = true
        ) {
            (self.name, self.style, self.dash) = (name, style, dash)
            (self.points, self.showsValue) = (points, showsValue)
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
        let values = series.flatMap { $0.points.lazy.map(\.y).filter(\.isFinite) }
        guard let low = values.min(), let high = values.max() else {
            let text = fit(emptyText, columns: rect.columns)
            buffer.write(
                text, column: rect.column + (rect.columns - displayWidth(text)) / 2, row: rect.row + rect.rows / 2,
                style: axisStyle)
            return
        }
        let plotRows = max(1, rect.rows - 1)
        let ticks = Self.ticks(yRange ?? low...high, count: max(2, min(6, plotRows / 2)))
        let range = yRange ?? min(low, ticks.first ?? low)...max(high, ticks.last ?? high)
        let labels = ticks.filter(range.contains).map { (value: $0, text: format($0)) }
        let leftWidth = labels.map { displayWidth($0.text) }.max() ?? 0
        let endings = series.filter(\.showsValue).compactMap { series in
            series.points.last { $0.y.isFinite }.map { (style: series.style, y: $0.y, text: format($0.y)) }
        }
        let rightWidth = endings.map { displayWidth($0.text) }.max() ?? 0
        let showsLabels = rect.columns >= leftWidth + rightWidth + 12 && rect.rows >= 3
        let left = showsLabels ? leftWidth + 1 : 0
        let right = showsLabels ? rightWidth + 1 : 0
        let plot = Rect(
            column: rect.column + left, row: rect.row, columns: rect.columns - left - right,
            rows: showsLabels ? plotRows : rect.rows)
        guard !plot.isEmpty else { return }
        let scale = Scale(plot: plot, x: xRange, y: range)

        if showsLabels {
            drawAxes(labels, scale, left: leftWidth, into: &buffer)
        }
        let shown = marks.filter { xRange.contains($0.x) }.map { ($0, plot.column + scale.dotX($0.x) / 2) }
        for (_, column) in shown {
            for row in plot.row..<plot.row + plot.rows { buffer[column, row] = Cell("┊", style: markStyle) }
        }
        var canvas = BrailleCanvas(size: plot.size)
        for series in series { Self.draw(series, scale, on: &canvas) }
        canvas.draw(into: &buffer, column: plot.column, row: plot.row)
        drawMarkLabels(shown, plot, into: &buffer)
        if showsLabels { drawEndings(endings, scale, into: &buffer) }
    }

    /// From data to dots of the plot.
    struct Scale {
        let plot: Rect
        let x: ClosedRange<Double>
        let y: ClosedRange<Double>

        func dotX(_ value: Double) -> Int {
            Self.position(value, x, plot.columns * 2 - 1)
        }

        /// 0 is the top.
        func dotY(_ value: Double) -> Int {
            let last = plot.rows * 4 - 1
            return last - Self.position(value, y, last)
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

    private static func draw(_ series: Series, _ scale: Scale, on canvas: inout BrailleCanvas) {
        let pattern: (Int) -> Bool =
            switch series.dash {
            case .solid: { _ in true }
            case .dashed: { $0 % 6 < 4 }
            case .dotted: { $0 % 3 == 0 }
            }
        var previous: (x: Int, y: Int)?
        var column: (x: Int, low: Int, high: Int, last: Int)?
        func flush(_ canvas: inout BrailleCanvas) {
            guard let current = column else { return }
            if let previous { canvas.line(from: previous, to: (current.x, current.last), style: series.style, pattern: pattern) }
            if current.low != current.high || previous == nil {
                for y in current.low...current.high { canvas.set(current.x, y, style: series.style) }
            }
            previous = (current.x, current.last)
            column = nil
        }
        for point in series.points {
            guard point.x.isFinite, point.y.isFinite else {
                flush(&canvas)
                previous = nil
                continue
            }
            let (x, y) = (scale.dotX(point.x), scale.dotY(point.y))
            if let current = column, current.x == x {
                column = (x, min(current.low, y), max(current.high, y), y)
            } else {
                flush(&canvas)
                column = (x, y, y, y)
            }
        }
        flush(&canvas)
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

    /// Round values that cover `range`: multiples of 1, 2 or 5 times a power of ten.
    public static func ticks(_ range: ClosedRange<Double>, count: Int) -> [Double] {
        let span = range.upperBound - range.lowerBound
        guard span > 0, span.isFinite, count > 1 else { return [range.lowerBound] }
        let rough = span / Double(count - 1)
        var magnitude = 1.0
        while magnitude * 10 <= rough { magnitude *= 10 }
        while magnitude > rough { magnitude /= 10 }
        let step = [1.0, 2, 5, 10].map { $0 * magnitude }.first { $0 >= rough * 0.999 }!
        let first = (range.lowerBound / step).rounded(.down)
        let last = (range.upperBound / step).rounded(.up)
        guard last - first < 1000 else { return [range.lowerBound, range.upperBound] }
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }
}
