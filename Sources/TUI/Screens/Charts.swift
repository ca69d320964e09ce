import Core
import Foundation
import Plots

extension DashboardView {
    /// The charts of the train screen, side by side or in a grid.
    func drawCharts(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        // Two charts side by side need some room each.
        let kinds = rect.columns >= 60 ? state.charts.kinds : [state.charts.chosen]
        for (kind, place) in zip(kinds, grid(rect, columns: min(2, kinds.count), count: kinds.count)) {
            drawChart(kind, state, in: place, into: &buffer)
        }
    }

    /// One chart on the whole screen, with its series and their values at the crosshair below it.
    func drawOpenChart(_ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        let rows = min(rect.rows / 3, 7)
        let kind = state.charts.chosen
        drawChart(kind, state, in: Rect(column: rect.column, row: rect.row, columns: rect.columns, rows: rect.rows - rows), into: &buffer)
        let below = Rect(column: rect.column, row: rect.row + rect.rows - rows, columns: rect.columns, rows: rows)
        let cursor = state.charts.cursor
        let place = cursor.map { "at \(Self.place($0, state))" } ?? "newest"
        let inside = panel("series · \(place)", in: below, into: &buffer)
        let axis = Axis(state)
        for (row, series) in curves(kind, state, axis).enumerated() where row < inside.rows {
            let value = cursor.map { series.value(at: axis.value($0)) } ?? series.y.values.last
            let dash: String =
                switch series.dash {
                case .solid: "──"
                case .dashed: "╌╌"
                case .dotted: "┈┈"
                }
            var column = inside.column
            column += buffer.write(dash + " ", column: column, row: inside.row + row, style: series.style)
            column += buffer.write(
                series.name.padding(toLength: 14, withPad: " ", startingAt: 0), column: column, row: inside.row + row,
                style: theme.style(.text), maxColumns: inside.columns)
            let text = value.map { $0.isFinite ? Self.number(kind, $0) : "not a number" } ?? "–"
            let bounds = series.y.bounds(0..<series.y.count)
            let range = bounds.isEmpty ? "" : "   \(Self.number(kind, bounds.low)) to \(Self.number(kind, bounds.high))"
            buffer.write(
                text + range, column: column, row: inside.row + row, style: theme.style(.text),
                maxColumns: max(0, inside.columns - 18))
        }
    }

    /// From epochs to the unit of the x axis.
    struct Axis {
        let x: [Double]
        private let history: RunHistory
        private let kind: ChartSettings.Axis
        private let stepsPerEpoch: Double

        init(_ state: DashboardState) {
            history = state.history
            kind = state.charts.axis
            stepsPerEpoch = Double(max(1, state.batch?.steps ?? 1))
            x =
                switch kind {
                case .epoch: history.positions
                case .step: history.steps
                case .time: history.seconds
                }
        }

        /// Batches and seconds beyond the newest batch go on at the run's mean speed.
        func value(_ position: Double) -> Double {
            if kind == .epoch { return position }
            guard let first = history.positions.first, let last = history.positions.last, let end = x.last else {
                return position * (kind == .step ? stepsPerEpoch : 1)
            }
            if position >= last { return end + (position - last) * end / max(last, 1e-9) }
            if position <= first { return x[0] * position / max(first, 1e-9) }
            var (low, high) = (0, history.positions.count - 1)
            while high - low > 1 {
                let middle = (low + high) / 2
                if history.positions[middle] <= position { low = middle } else { high = middle }
            }
            let (a, b) = (history.positions[low], history.positions[high])
            return x[low] + (x[high] - x[low]) * (b > a ? (position - a) / (b - a) : 1)
        }

        func label(_ value: Double) -> String {
            switch kind {
            case .epoch: return value == value.rounded() ? "\(Int(value))" : String(format: "%.2f", value)
            case .step: return value >= 10_000 ? "\((value / 1000).short)k" : "\(Int(value))"
            case .time:
                let seconds = Int(value.rounded())
                if seconds >= 3600 { return String(format: "%d:%02dh", seconds / 3600, seconds / 60 % 60) }
                return seconds >= 100 ? String(format: "%d:%02d", seconds / 60, seconds % 60) : "\(seconds)s"
            }
        }
    }

    private func curves(_ kind: ChartKind, _ state: DashboardState, _ axis: Axis) -> [LineChart.Series] {
        let history = state.history
        let x = axis.x
        func epochs(_ name: String, _ role: Theme.Role, _ dash: LineChart.Dash = .solid, live: Double? = nil, _ value: (TrainerEvent.EpochEnded) -> Double)
            -> LineChart.Series
        {
            var points = state.epochs.map { (x: axis.value(Double($0.epoch + 1)), y: value($0)) }
            if let live, let batch = state.batch, state.epochs.last?.epoch != batch.epoch {
                points.append((axis.value(state.position), live))
            }
            return .init(name: name, style: theme.style(role), dash: dash, points: points)
        }
        func batches(_ name: String, _ role: Theme.Role, _ y: ValueSeries, showsValue: Bool = false) -> LineChart.Series {
            .init(name: name, style: theme.style(role, showsValue ? [] : .dim), x: x, y: y, showsValue: showsValue)
        }
        switch kind {
        case .accuracy, .loss:
            let isLoss = kind == .loss
            var result = [batches("batch", .batch, isLoss ? history.loss : history.accuracy)]
            if history.smoothing > 0 {
                result.append(
                    .init(
                        name: "smoothed", style: theme.style(.mark), dash: .dotted, x: x,
                        y: isLoss ? history.smoothLoss : history.smoothAccuracy, showsValue: false))
            }
            let live = isLoss ? state.batch?.loss : state.batch?.accuracy
            return result + [
                epochs("train", .train, live: live) { isLoss ? $0.trainLoss : $0.trainAccuracy },
                epochs("validation", .validation, .dashed) { isLoss ? $0.validationLoss : $0.validationAccuracy },
            ]
        case .learningRate: return [batches("learning rate", .accent, history.rate, showsValue: true)]
        case .gap: return [epochs("gap", .validation) { $0.validationLoss - $0.trainLoss }]
        case .speed: return [batches("images/s", .train, history.speed, showsValue: true)]
        }
    }

    private func drawChart(_ kind: ChartKind, _ state: DashboardState, in rect: Rect, into buffer: inout CellBuffer) {
        let axis = Axis(state)
        let series = curves(kind, state, axis)
        let inside = panel(title(kind, state), in: rect, into: &buffer)
        drawLegend(kind, state, axis, series, in: rect, into: &buffer)
        let span = state.shownSpan
        let range = axis.value(span.lowerBound)...max(axis.value(span.upperBound), axis.value(span.lowerBound) + 1e-9)
        var marks = state.marks.map { LineChart.Mark(x: axis.value($0.x), label: $0.label, isPhase: $0.isPhase) }
        if kind == .loss, state.epochs.count > 1,
            let best = state.epochs.min(by: { $0.validationLoss < $1.validationLoss }), best.validationLoss.isFinite
        {
            marks.append(.init(x: axis.value(Double(best.epoch + 1)), label: "★"))
        }
        var chart = LineChart(
            series: series, marks: marks, xRange: range, xTicks: ticks(span, state, axis, columns: inside.columns),
            axisStyle: theme.style(.dim, .dim), markStyle: theme.style(.mark),
            emptyText: state.context == nil ? "preparing" : kind == .gap ? "the first epoch is on its way" : "the first batch is on its way",
            format: { Self.number(kind, $0) })
        chart.isLogarithmic = state.charts.isLogarithmic && kind != .gap
        if kind == .accuracy, let classes = state.context?.dataset.classes.count, classes > 1, state.charts.isOpen {
            chart.levels = [(1 / Double(classes), "chance")]
        }
        chart.cursor = state.charts.cursor.map(axis.value)
        chart.cursorStyle = theme.style(.accent)
        chart.draw(into: &buffer, in: inside)
    }

    private func title(_ kind: ChartKind, _ state: DashboardState) -> String {
        var title = kind.title
        if state.charts.isLogarithmic, kind != .gap { title += " (log)" }
        if state.charts.width != nil { title += state.charts.end == nil ? " · zoomed, following" : " · zoomed" }
        return title
    }

    /// What the curves are, or their values at the crosshair, in the frame's top edge, where no curve runs.
    private func drawLegend(
        _ kind: ChartKind, _ state: DashboardState, _ axis: Axis, _ series: [LineChart.Series], in rect: Rect,
        into buffer: inout CellBuffer
    ) {
        var parts: [(String, Style)] = []
        if let cursor = state.charts.cursor {
            parts.append((" \(Self.place(cursor, state)) ", theme.style(.accent)))
            for series in series {
                if let value = series.value(at: axis.value(cursor)), value.isFinite {
                    parts.append((" \(series.name) \(Self.number(kind, value)) ", series.style))
                }
            }
        } else if kind == .accuracy || kind == .loss {
            parts = [(" ── train ", theme.style(.train)), (" ╌╌ validation ", theme.style(.validation))]
        }
        let room = rect.columns - displayWidth(title(kind, state)) - 7
        // What has no room goes from the left: the validation's value is the one that matters most.
        while !parts.isEmpty, parts.reduce(0, { $0 + displayWidth($1.0) }) > room {
            parts.remove(at: state.charts.cursor != nil && parts.count > 1 ? 1 : 0)
        }
        var column = rect.column + rect.columns - parts.reduce(0) { $0 + displayWidth($1.0) } - 1
        for (text, style) in parts { column += buffer.write(text, column: column, row: rect.row, style: style) }
    }

    private func ticks(_ span: ClosedRange<Double>, _ state: DashboardState, _ axis: Axis, columns: Int) -> [(x: Double, label: String)] {
        if state.charts.axis == .epoch, state.charts.width == nil {
            let every = max(1, Int(state.wholeSpan) / max(1, columns / 6))
            return stride(from: 0, through: Int(state.wholeSpan), by: every).map { (Double($0), "\($0)") }
        }
        let range = axis.value(span.lowerBound)...max(axis.value(span.upperBound), axis.value(span.lowerBound) + 1e-9)
        return LineChart.ticks(range, count: max(2, columns / 12)).filter(range.contains).map { ($0, axis.label($0)) }
    }

    /// A place on the x axis in words.
    private static func place(_ position: Double, _ state: DashboardState) -> String {
        let axis = Axis(state)
        return switch state.charts.axis {
        case .epoch: String(format: "epoch %.2f", position)
        case .step: "batch \(Int(axis.value(position).rounded()))"
        case .time: axis.label(axis.value(position))
        }
    }

    private static func number(_ kind: ChartKind, _ value: Double) -> String {
        switch kind {
        case .learningRate: value == 0 ? "0" : value.rateText
        case .speed: "\(Int(value.rounded()))"
        default: String(format: abs(value) < 10 ? "%.3f" : "%.1f", value)
        }
    }
}
