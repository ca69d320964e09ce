import Foundation

/// Curves over a shared x axis, drawn in braille, with axes, phases, vertical marks and the current values at
/// the right edge. Its cost follows its width, not its points: each column of dots shows the range of the points in it.
public struct LineChart: Sendable {
    /// A labelled vertical line.
    public struct Mark: Sendable, Equatable {
        /// What stands there; it says whose label gets room first.
        public enum Kind: Int, Sendable, CaseIterable {
            /// The start of a phase; where the chart has `phases` they carry the name.
            case phase
            case best, restore, change, pause
        }

        public var x: Double
        public var label: String
        /// Written where the label has no room.
        public var shortLabel: String?
        public var kind: Kind

        public init(x: Double, label: String, shortLabel: String? = nil, kind: Kind = .change) {
            (self.x, self.label, self.shortLabel, self.kind) = (x, label, shortLabel, kind)
        }
    }

    /// A named part of the x axis.
    public struct Phase: Sendable, Equatable {
        public var x: ClosedRange<Double>
        public var name: String
        /// Written where the name has no room.
        public var shortName: String?
        /// Background of its cells; nil leaves them as they are.
        public var shade: Color?

        public init(x: ClosedRange<Double>, name: String, shortName: String? = nil, shade: Color? = nil) {
            (self.x, self.name, self.shortName, self.shade) = (x, name, shortName, shade)
        }
    }

    /// A value that a thin horizontal line marks.
    public struct Level: Sendable, Equatable {
        public var y: Double
        public var label: String
        /// Whether the y axis is stretched so that it shows.
        public var widens: Bool

        public init(y: Double, label: String, widens: Bool = true) {
            (self.y, self.label, self.widens) = (y, label, widens)
        }
    }

    /// In drawing order: later ones lie on top.
    public var series: [Series]
    public var phases: [Phase] = []
    public var marks: [Mark]
    public var xRange: ClosedRange<Double>
    /// Nil: from the data, rounded outwards to the ticks. What lies beyond is drawn at the edge, with ▲ or ▼.
    public var yRange: ClosedRange<Double>?
    /// Whether the y axis leaves out the values beyond the 2nd and 98th percentiles of what is visible.
    public var isRobust = false
    /// Whether y is drawn by its decimal logarithm; what is not above 0 leaves a gap.
    public var isLogarithmic = false
    public var levels: [Level] = []
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

    /// Where the curves themselves lie when the chart is drawn in `rect`; nil while there is nothing to draw.
    public func plot(in rect: Rect) -> Rect? { layout(in: rect)?.scale.plot }

    public func draw(into buffer: inout CellBuffer, in rect: Rect) {
        guard rect.columns > 0, rect.rows > 0 else { return }
        guard let layout = layout(in: rect) else {
            let text = fit(emptyText, columns: rect.columns)
            buffer.write(
                text, column: rect.column + (rect.columns - displayWidth(text)) / 2,
                row: rect.row + rect.rows / 2,
                style: axisStyle)
            return
        }
        let (scale, plot) = (layout.scale, layout.scale.plot)
        if layout.showsLabels { drawAxes(layout, into: &buffer) }
        let shown = marks.filter { xRange.contains($0.x) }.map { (mark: $0, column: scale.column($0.x)) }
        for (_, column) in shown { drawVertical("┊", column, plot, markStyle, into: &buffer) }
        let levels = levels.filter { scale.y.contains($0.y) && (!isLogarithmic || $0.y > 0) }
        for level in levels {
            let row = scale.row(level.y)
            for column in plot.column..<plot.column + plot.columns {
                buffer[column, row] = Cell("╌", style: markStyle)
            }
        }
        if let cursor, xRange.contains(cursor) {
            drawVertical("│", scale.column(cursor), plot, cursorStyle, into: &buffer)
        }
        var space = LabelSpace(plot: plot)
        // What lies behind gives way, cell by cell, to what lies before it.
        for isBehind in [true, false] where series.contains(where: { $0.isBehind == isBehind }) {
            var canvas = BrailleCanvas(size: plot.size)
            var beyond: [Beyond] = []
            for series in series where series.isBehind == isBehind {
                beyond.append(draw(series, scale, on: &canvas))
            }
            canvas.draw(into: &buffer, column: plot.column, row: plot.row)
            for beyond in beyond { beyond.draw(plot, into: &buffer) }
            space.avoid(canvas)
        }
        for (_, column) in shown { space.avoid(column: column) }
        drawPhaseNames(scale, &space, into: &buffer)
        drawMarkLabels(shown, &space, into: &buffer)
        drawLevelLabels(levels, scale, &space, into: &buffer)
        if layout.showsLabels { drawEndings(layout, into: &buffer) }
        shadePhases(scale, into: &buffer)
    }

    private func drawVertical(
        _ glyph: String, _ column: Int, _ plot: Rect, _ style: Style, into buffer: inout CellBuffer
    ) {
        for row in plot.row..<plot.row + plot.rows { buffer[column, row] = Cell(glyph, style: style) }
    }

    private func drawAxes(_ layout: Layout, into buffer: inout CellBuffer) {
        let (scale, plot) = (layout.scale, layout.scale.plot)
        var usedRows: Set<Int> = []
        for (value, text) in layout.labels {
            let row = scale.row(value)
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
            let column = min(max(scale.column(x) - width / 2, plot.column), end - width)
            guard column >= free else { continue }
            buffer.write(label, column: column, row: plot.row + plot.rows, style: axisStyle)
            free = column + width + 1
        }
    }

    /// The current values beside the ends of their curves, moved apart where they would overlap.
    private func drawEndings(_ layout: Layout, into buffer: inout CellBuffer) {
        let (scale, plot) = (layout.scale, layout.scale.plot)
        var taken: Set<Int> = []
        for ending in layout.endings.sorted(by: { $0.y > $1.y }) {
            let wanted = scale.row(ending.y)
            let rows = (plot.row..<plot.row + plot.rows).filter { !taken.contains($0) }
            guard let row = rows.min(by: { abs($0 - wanted) < abs($1 - wanted) }) else { return }
            taken.insert(row)
            buffer.write(ending.text, column: plot.column + plot.columns + 1, row: row, style: ending.style)
        }
    }
}
