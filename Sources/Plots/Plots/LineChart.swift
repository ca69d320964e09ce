public import Canvas
import Foundation

/// Curves over a shared x axis, drawn in braille, with axes, phases, vertical marks and the current
/// values at the right edge. Each column of dots shows the range of its points, so the cost depends
/// on the chart's width rather than on the number of points.
public struct LineChart: Sendable {
    /// A labelled vertical line.
    package struct Mark: Sendable, Equatable {
        /// The meaning of a mark. Labels get room in the order of the cases.
        package enum Kind: Int, Sendable, CaseIterable {
            /// The start of a phase. If the chart has `phases`, they carry the name instead.
            case phase
            case best, restore, change, pause
        }

        package var x: Double
        package var label: String
        /// Used if `label` does not fit.
        package var shortLabel: String?
        package var kind: Kind

        package init(x: Double, label: String, shortLabel: String? = nil, kind: Kind = .change) {
            (self.x, self.label, self.shortLabel, self.kind) = (x, label, shortLabel, kind)
        }
    }

    /// A named part of the x axis.
    package struct Phase: Sendable, Equatable {
        package var x: ClosedRange<Double>
        package var name: String
        /// Used if `name` does not fit.
        package var shortName: String?
        /// Background of its cells; nil leaves them unchanged.
        package var shade: Color?

        package init(x: ClosedRange<Double>, name: String, shortName: String? = nil, shade: Color? = nil) {
            (self.x, self.name, self.shortName, self.shade) = (x, name, shortName, shade)
        }
    }

    /// A value marked by a thin horizontal line.
    package struct Level: Sendable, Equatable {
        package var y: Double
        package var label: String
        /// Whether the y range is extended to include it.
        package var widens: Bool

        package init(y: Double, label: String, widens: Bool = true) {
            (self.y, self.label, self.widens) = (y, label, widens)
        }
    }

    /// The curves in drawing order, the last on top.
    package var series: [Series]
    package var phases: [Phase] = []
    package var marks: [Mark]
    package var xRange: ClosedRange<Double>
    /// The y range; nil derives it from the data, rounded outwards to the ticks. Values beyond it
    /// are drawn at the edge, with ▲ or ▼.
    package var yRange: ClosedRange<Double>?
    /// Whether the y range excludes outliers: visible values beyond the 2nd and 98th percentiles.
    package var isRobust = false
    /// Whether the y axis is logarithmic; values that are not above 0 leave a gap.
    package var isLogarithmic = false
    package var levels: [Level] = []
    /// Position of a vertical line for reading values; nil hides it.
    package var cursor: Double?
    package var cursorStyle = Style()
    /// Positions and labels of the x axis's ticks.
    package var xTicks: [(x: Double, label: String)]
    package var axisStyle: Style
    package var markStyle: Style
    /// Shown while there are no points.
    package var emptyText: String
    /// Formats y values.
    package var format: @Sendable (Double) -> String

    package init(
        series: [Series], marks: [Mark] = [], xRange: ClosedRange<Double>, yRange: ClosedRange<Double>? = nil,
        xTicks: [(x: Double, label: String)] = [], axisStyle: Style = Style(), markStyle: Style = Style(),
        emptyText: String = "", format: @escaping @Sendable (Double) -> String
    ) {
        (self.series, self.marks, self.xRange, self.yRange) = (series, marks, xRange, yRange)
        (self.xTicks, self.axisStyle, self.markStyle) = (xTicks, axisStyle, markStyle)
        (self.emptyText, self.format) = (emptyText, format)
    }

    /// A chart without marks and phases.
    ///
    /// - Parameters:
    ///   - series: the curves in drawing order, the last on top.
    ///   - x: the visible range of the x axis.
    ///   - y: the visible range of the y axis; nil derives it from the data.
    ///   - isLogarithmic: whether the y axis is logarithmic; values that are not above 0 leave a gap.
    ///   - ticks: positions and labels of the x axis's ticks.
    ///   - axisStyle: the style of axes and labels.
    ///   - emptyText: shown while there are no points.
    ///   - format: formats y values; nil writes four significant digits.
    public init(
        _ series: [Series], x: ClosedRange<Double>, y: ClosedRange<Double>? = nil,
        isLogarithmic: Bool = false, ticks: [(x: Double, label: String)] = [],
        axisStyle: Style = Style(), emptyText: String = "",
        format: (@Sendable (Double) -> String)? = nil
    ) {
        self.init(
            series: series, xRange: x, yRange: y, xTicks: ticks, axisStyle: axisStyle,
            emptyText: emptyText,
            format: format ?? { String(format: "%.4g", $0) })
        self.isLogarithmic = isLogarithmic
    }

    /// Returns the area of the curves when the chart is drawn in `rect`; nil without data.
    package func plot(in rect: Rect) -> Rect? { layout(in: rect)?.scale.plot }

    /// Draws the chart in `rect`, at any size; without points, `emptyText`.
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
        // Curves in front replace those behind, cell by cell.
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

    /// Draws the current values beside the ends of their curves, moved apart if they overlap.
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
