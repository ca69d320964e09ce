public import Canvas
import Foundation

/// Curves over a shared x axis, drawn in braille, with axes, phases, a row of marks and the current
/// values at the right edge. Each column of dots shows the range of its points, so the cost depends
/// on the chart's width rather than on the number of points.
public struct LineChart: Sendable {
    /// An event on the x axis: a glyph in a row below the curves, or the start of a phase.
    package struct Mark: Sendable, Equatable {
        /// The meaning of a mark. Where several share a column, the first case is shown.
        package enum Kind: Int, Sendable, CaseIterable {
            /// The start of a phase: a vertical line, named unless the chart has `phases`.
            case phase
            case best, restore, change
        }

        package var x: Double
        package var label: String
        /// One column wide.
        package var glyph: String
        package var kind: Kind

        package init(x: Double, label: String, glyph: String = "┊", kind: Kind = .change) {
            (self.x, self.label, self.glyph, self.kind) = (x, label, glyph, kind)
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
    /// Whether the row of marks has their labels, where there is room.
    package var writesMarks = false
    package var xRange: ClosedRange<Double>
    /// The y range; nil derives it from the data. Values beyond it are drawn at the edge, with ▲
    /// or ▼.
    package var yRange: ClosedRange<Double>?
    /// Values that the y range includes besides the data.
    package var yIncludes: [Double] = []
    /// Values that the range around a single value does not exceed.
    package var yLimits: ClosedRange<Double>?
    /// Whether the y range excludes outliers: visible values beyond the 2nd and 98th percentiles.
    package var isRobust = false
    /// Whether the y axis is logarithmic; values that are not above 0 leave a gap.
    package var isLogarithmic = false
    /// The most powers of ten that a logarithmic axis shows below the greatest value; nil for all.
    package var decades: Double?
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
        let levels = levels.filter { scale.y.contains($0.y) && (!isLogarithmic || $0.y > 0) }
        drawLines(layout, levels, into: &buffer)
        let starts = marks.filter { $0.kind == .phase && xRange.contains($0.x) }
            .map { (mark: $0, column: scale.column($0.x)) }
        for (_, column) in starts { drawVertical("┊", column, plot, markStyle, into: &buffer) }
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
        for (_, column) in starts { space.avoid(column: column) }
        drawCursorLabel(scale, &space, into: &buffer)
        drawPhaseNames(scale, &space, into: &buffer)
        drawStartLabels(starts, &space, into: &buffer)
        drawLevelLabels(levels, scale, &space, into: &buffer)
        drawMarks(layout, into: &buffer)
        if layout.showsLabels { drawEndings(layout, into: &buffer) }
        shadePhases(scale, into: &buffer)
    }

    private func drawVertical(
        _ glyph: String, _ column: Int, _ plot: Rect, _ style: Style, into buffer: inout CellBuffer
    ) {
        for row in plot.row..<plot.row + plot.rows { buffer[column, row] = Cell(glyph, style: style) }
    }

    /// Draws the labels of both axes.
    private func drawAxes(_ layout: Layout, into buffer: inout CellBuffer) {
        let (scale, plot) = (layout.scale, layout.scale.plot)
        var usedRows: Set<Int> = []
        for (value, text) in layout.labels {
            let row = scale.row(value)
            guard usedRows.insert(row).inserted else { continue }
            buffer.write(text, endingAt: plot.column - 1, row: row, style: axisStyle)
        }
        let row = layout.area.row + layout.area.rows - 1
        let (first, end) = (layout.area.column, layout.area.column + layout.area.columns)
        let ticks = xTicks.filter { xRange.contains($0.x) }.map { tick in
            let width = displayWidth(tick.label)
            let column = min(max(scale.column(tick.x) - width / 2, first), end - width)
            return (columns: column..<column + width, text: tick.label)
        }
        // Leave out labels evenly: every second, every third …
        let every = (1...max(1, ticks.count)).first { every in
            let kept = stride(from: 0, to: ticks.count, by: every).map { ticks[$0].columns }
            return zip(kept, kept.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }
        }
        for index in stride(from: 0, to: ticks.count, by: every ?? 1)
        where ticks[index].columns.lowerBound >= first {
            buffer.write(
                ticks[index].text, column: ticks[index].columns.lowerBound, row: row, style: axisStyle)
        }
    }

    /// Draws gridlines and levels in the dots in which a curve of the same value would be drawn.
    private func drawLines(_ layout: Layout, _ levels: [Level], into buffer: inout CellBuffer) {
        let (scale, plot) = (layout.scale, layout.scale.plot)
        var canvas = BrailleCanvas(size: plot.size)
        func line(_ value: Double, _ style: Style, _ pattern: BrailleCanvas.Pattern) {
            let y = scale.dotY(value)
            var travelled = 0
            canvas.line(
                from: (0, y), to: (canvas.dotColumns - 1, y), canvas.ink(style), pattern: pattern,
                travelled: &travelled)
        }
        if layout.showsLabels {
            for (value, _) in layout.labels { line(value, axisStyle, .init(1, 3)) }
        }
        for level in levels { line(level.y, markStyle, .init(3, 1)) }
        canvas.draw(into: &buffer, column: plot.column, row: plot.row)
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
