package import Canvas
import Foundation
package import Keys
package import Phrases
import Recipes

/// The x axis of the charts; converts between epochs and the axis's unit.
package struct ChartAxis: Sendable {
    /// The points of the history, in the axis's unit.
    package let x: [Double]
    package let kind: ChartState.Axis
    private let positions: [Double]
    private let stepsPerEpoch: Double

    package init(_ history: RunHistory, _ kind: ChartState.Axis, stepsPerEpoch: Int) {
        (self.kind, self.stepsPerEpoch) = (kind, Double(max(1, stepsPerEpoch)))
        positions = history.positions
        x =
            switch kind {
            case .epoch: history.positions
            case .step: history.steps
            case .time: history.seconds
            }
    }

    package init(_ state: DashboardState) {
        self.init(state.charts.history, state.charts.axis, stepsPerEpoch: state.batch?.steps ?? 1)
    }

    /// Converts a position in epochs to the axis's unit. Beyond the newest batch, extrapolates at
    /// the run's mean pace.
    package func value(_ position: Double) -> Double {
        if kind == .epoch { return position }
        return Self.translate(position, from: positions, to: x) ?? position * unitsPerEpoch
    }

    /// Converts a value in the axis's unit to a position in epochs.
    func position(_ value: Double) -> Double {
        if kind == .epoch { return value }
        return Self.translate(value, from: x, to: positions) ?? value / unitsPerEpoch
    }

    /// Units per epoch, for use before the first batch.
    private var unitsPerEpoch: Double { kind == .step ? stepsPerEpoch : 1 }

    /// Interpolates linearly between the pairs, from 0 to the first pair, and at the mean slope
    /// beyond the last.
    private static func translate(_ value: Double, from: [Double], to: [Double]) -> Double? {
        guard let first = from.first, let last = from.last, let start = to.first, let end = to.last, last > 0
        else { return nil }
        if value >= last { return end + (value - last) * end / last }
        if value <= first { return first > 0 ? start * value / first : start }
        var (low, high) = (0, from.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if from[middle] <= value { low = middle } else { high = middle }
        }
        let (a, b) = (from[low], from[high])
        return to[low] + (to[high] - to[low]) * (b > a ? (value - a) / (b - a) : 1)
    }

    /// Distances of ticks to prefer; empty for multiples of 1, 2 and 5.
    package var steps: [Double] {
        kind == .time
            ? [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400] : []
    }

    /// A value as a tick label: an epoch, a batch or a time.
    ///
    /// - Parameter step: the distance of the ticks, whose labels differ.
    package func label(_ value: Double, step: Double = 1) -> String {
        func decimal(_ value: Double) -> String {
            let digits = step < 1 ? min(6, Int((-log10(step) - 1e-9).rounded(.up))) : 0
            let isWhole = abs(value - value.rounded()) < step / 100
            return isWhole ? "\(Int(nearest: value))" : String(format: "%.\(max(1, digits))f", value)
        }
        switch kind {
        case .epoch: return decimal(value)
        case .step:
            if value < 10_000 || step < 100 { return decimal(value) }
            return String(format: step < 1000 ? "%.1fk" : "%.0fk", value / 1000)
        case .time:
            if step < 1 { return decimal(value) + "s" }
            let seconds = Int(nearest: value)
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
            if hours > 0, step < 60 { return String(format: "%d:%02d:%02d", hours, minutes, seconds % 60) }
            if hours > 0 { return String(format: "%d:%02dh", hours, minutes) }
            return seconds >= 100 ? String(format: "%d:%02d", seconds / 60, seconds % 60) : "\(seconds)s"
        }
    }

    /// Describes a position, given in epochs, in the axis's unit.
    package func place(_ position: Double, _ strings: Strings) -> String {
        switch kind {
        case .epoch: strings(.epochAt, String(format: "%.2f", position))
        case .step: strings(.atBatch, Int(nearest: value(position)))
        case .time: label(value(position))
        }
    }

    /// Converts a range of epochs to the axis's unit. The result is never empty.
    package func range(_ span: ClosedRange<Double>) -> ClosedRange<Double> {
        let start = value(span.lowerBound)
        return start...max(value(span.upperBound), start + 1e-9)
    }
}

/// A chart's place on the screen, for the mouse.
package struct ChartTarget: Sendable, Equatable {
    let kind: ChartKind
    /// The area of the curves.
    let plot: Rect
    /// The visible range, in the axis's unit.
    let span: ClosedRange<Double>
    let axis: ChartAxis

    package init(kind: ChartKind, plot: Rect, span: ClosedRange<Double>, axis: ChartAxis) {
        (self.kind, self.plot, self.span, self.axis) = (kind, plot, span, axis)
    }

    /// Returns the position in epochs under a screen column, clamped to the plot.
    func position(column: Int) -> Double {
        let last = Double(plot.columns * 2 - 1)
        let dot = Double(column - plot.column) * 2 + 0.5
        let part = min(max(dot / last, 0), 1)
        return axis.position(span.lowerBound + part * (span.upperBound - span.lowerBound))
    }

    /// Returns the screen column of a position in epochs, clamped to the plot.
    func column(of position: Double) -> Int {
        let part = (axis.value(position) - span.lowerBound) / max(span.upperBound - span.lowerBound, 1e-12)
        return plot.column + Int((min(max(part, 0), 1) * Double(plot.columns - 1)).rounded())
    }

    /// Ignores the visible range, which moves on while the mouse is in use.
    package static func == (left: Self, right: Self) -> Bool {
        left.kind == right.kind && left.plot == right.plot
    }
}
