import Canvas
import Dashboard
import Foundation
import Keys
import Photos
import Phrases
import Plots
import Recipes
import Themes
import Training

extension DashboardView {
    /// Draws the charts of the train screen, side by side or in a grid.
    func drawCharts(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        for (kind, place) in chartPlaces(state, in: rect) { drawChart(kind, state, in: place, into: &buffer) }
    }

    /// Returns the charts of the chosen layout, or of a smaller one that fits, and their areas.
    private func chartPlaces(_ state: DashboardState, in rect: Rect) -> [(ChartKind, Rect)] {
        let kinds = Self.fitting(state.charts.layout, chosen: state.charts.chosen, rect.size)
        let columns =
            kinds.count == 6 && rect.columns >= 3 * Self.leastChart.columns ? 3 : min(2, kinds.count)
        return Array(zip(kinds, grid(rect, columns: columns, count: kinds.count)))
    }

    /// Size of the smallest legible chart, frame included.
    private static let leastChart = Size(columns: 30, rows: 9)

    private static func fitting(_ layout: ChartLayout, chosen: ChartKind, _ size: Size) -> [ChartKind] {
        guard let kinds = layout.kinds else { return [chosen] }
        let (columns, rows) = (size.columns / leastChart.columns, size.rows / leastChart.rows)
        let hasRoom = [2, 3].contains { $0 <= columns && (kinds.count + $0 - 1) / $0 <= max(1, rows) }
        if hasRoom { return kinds }
        return switch layout {
        case .six: fitting(.four, chosen: chosen, size)
        case .four: fitting(.pair, chosen: chosen, size)
        case .pair, .one: [chosen]
        }
    }

    func drawChart(_ kind: ChartKind, _ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        let axis = ChartAxis(state)
        let inside = panel(title(kind, state, columns: rect.columns - 4), in: rect, into: &buffer)
        let chart = chart(kind, state, axis, columns: inside.columns)
        drawLegend(kind, state, axis, chart.series, in: rect, into: &buffer)
        chart.draw(into: &buffer, in: inside)
        if let plot = chart.plot(in: inside) {
            // A chart without data is not a mouse target.
            let target = ChartTarget(kind: kind, plot: plot, span: axis.range(state.shownSpan), axis: axis)
            targets.add(.chart(target), rect)
        }
    }

    private func chart(_ kind: ChartKind, _ state: DashboardState, _ axis: ChartAxis, columns: Int)
        -> LineChart
    {
        let span = state.shownSpan
        let empty: Phrase =
            switch kind {
            case _ where state.context == nil: .statusPreparing
            case .gap: .emptyEpoch
            case .gradientNorm where state.charts.history.count > 0: .emptyNorms
            case .resources: .emptyResources
            default: .emptyBatch
            }
        var chart = LineChart(
            series: curves(kind, state, axis), marks: marks(state, axis), xRange: axis.range(span),
            xTicks: ticks(span, state, axis, columns: columns), axisStyle: theme.style(.dim, .dim),
            markStyle: theme.style(.mark), emptyText: state.strings[empty], format: { Self.number(kind, $0) })
        chart.phases = phases(state, axis)
        chart.writesMarks = state.charts.isOpen
        chart.isLogarithmic = kind.isLogarithmic(state)
        // The last steps of a schedule may come close to 0.
        if kind.isAlwaysLogarithmic { chart.decades = 4 }
        if state.charts.isFull { chart.yIncludes = kind.ends }
        chart.isRobust = state.charts.isRobust && kind.hasOutliers
        switch kind {
        case .accuracy:
            chart.yLimits = 0...1
            guard let classes = state.context?.dataset.classes.count, classes > 1 else { break }
            chart.levels = [
                .init(y: 1 / Double(classes), label: state.strings[.chance], widens: false)
            ]
        case .gap: chart.levels = [.init(y: 0, label: "", widens: false)]
        case .resources: chart.yRange = 0...100
        default: break
        }
        chart.cursor = state.charts.cursor.map(axis.value)
        chart.cursorStyle = theme.style(.accent)
        return chart
    }

    private func marks(_ state: DashboardState, _ axis: ChartAxis) -> [LineChart.Mark] {
        var marks = state.marks.map { mark in
            var mark = mark
            mark.x = axis.value(mark.x)
            return mark
        }
        // The epoch whose weights are kept as the best.
        if state.epochs.count > 1, let best = state.run.timeline.bestEpoch {
            marks.append(
                .init(
                    x: axis.value(Double(best.epoch + 1)), label: state.strings(.markBest, best.epoch + 1),
                    glyph: "★", kind: .best))
        }
        return marks
    }

    /// Returns the stages, each from its start to the next; fine-tuning is shaded.
    private func phases(_ state: DashboardState, _ axis: ChartAxis) -> [LineChart.Phase] {
        guard state.context != nil, state.stage != nil else { return [] }
        var (bounds, names, shorts) = (
            [0, state.wholeSpan], [state.strings[.phaseHead]], [state.strings[.phaseHeadShort]]
        )
        if let start = state.run.timeline.start(of: .fineTune) {
            bounds = [0, start, max(state.wholeSpan, start)]
            names.append(state.strings[.markFineTune])
            shorts.append(state.strings[.markFineTuneShort])
        }
        return names.indices.compactMap { index in
            guard bounds[index] < bounds[index + 1] else { return nil }
            return LineChart.Phase(
                x: axis.value(bounds[index])...axis.value(bounds[index + 1]), name: names[index],
                shortName: shorts[index],
                shade: index % 2 == 1 ? shade : nil)
        }
    }

    /// Background of shaded phases; nil if the terminal or the theme has no suitable colour.
    private var shade: Color? {
        guard depth == .trueColor || depth == .palette256, let shade = theme.colors[.shade],
            shade != .standard
        else { return nil }
        return shade
    }

    /// Returns a chart's title with its view settings. Uses the short name if the full one does not
    /// fit in `columns`.
    func title(_ kind: ChartKind, _ state: DashboardState, columns: Int) -> String {
        let strings = state.strings
        var tail = ""
        if kind == .resources, state.charts.history.resources.memory.count > 0 {
            tail += " " + strings(.chartOf, Self.memory(Self.memoryCeiling(state.charts.history.resources)))
        }
        var notes: [String] = []
        if kind.isLogarithmic(state) { notes.append(strings[.noteLogarithm]) }
        if state.charts.isFull, !kind.ends.isEmpty { notes.append(strings[.noteFullRange]) }
        if state.charts.isRobust, kind.hasOutliers { notes.append(strings[.noteOutliers]) }
        if !notes.isEmpty { tail += " (\(notes.joined(separator: ", ")))" }
        if state.charts.width != nil {
            tail += " · " + strings[state.charts.end == nil ? .zoomedFollowing : .zoomed]
        }
        let title = strings[kind.title] + tail
        return displayWidth(title) <= columns ? title : strings[kind.shortTitle] + tail
    }

    private func ticks(_ span: ClosedRange<Double>, _ state: DashboardState, _ axis: ChartAxis, columns: Int)
        -> [(x: Double, label: String)]
    {
        let range = axis.range(span)
        var most = columns / (axis.kind == .epoch ? 6 : 12)
        // Whole epochs or batches, if there are two.
        if axis.kind != .time { most = min(most, Int(nearest: range.upperBound - range.lowerBound) + 1) }
        let found = LineChart.ticks(within: range, most: most, steps: axis.steps)
        let step = found.count > 1 ? found[1] - found[0] : 1
        return found.map { ($0, axis.label($0, step: step)) }
    }
}

extension ChartKind {
    fileprivate func isLogarithmic(_ state: DashboardState) -> Bool {
        isAlwaysLogarithmic || state.charts.isLogarithmic && hasLogarithm
    }
}
