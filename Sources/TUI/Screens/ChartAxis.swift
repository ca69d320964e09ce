import Foundation
import Plots

/// The x axis of the charts: from epochs to its unit and back.
struct ChartAxis: Sendable {
    /// Of each batch.
    let x: [Double]
    let kind: ChartSettings.Axis
    private let positions: [Double]
    private let stepsPerEpoch: Double

    init(_ history: RunHistory, _ kind: ChartSettings.Axis, stepsPerEpoch: Int) {
        (self.kind, self.stepsPerEpoch) = (kind, Double(max(1, stepsPerEpoch)))
        positions = history.positions
        x =
            switch kind {
            case .epoch: history.positions
            case .step: history.steps
            case .time: history.seconds
            }
    }

    init(_ state: DashboardState) {
        self.init(state.history, state.charts.axis, stepsPerEpoch: state.batch?.steps ?? 1)
    }

    /// Batches and seconds beyond the newest batch go on at the run's mean speed.
    func value(_ position: Double) -> Double {
        if kind == .epoch { return position }
        return Self.translate(position, from: positions, to: x) ?? position * unitsPerEpoch
    }

    /// The place in epochs of a value of the axis.
    func position(_ value: Double) -> Double {
        if kind == .epoch { return value }
        return Self.translate(value, from: x, to: positions) ?? value / unitsPerEpoch
    }

    /// Before there is a batch to tell.
    private var unitsPerEpoch: Double { kind == .step ? stepsPerEpoch : 1 }

    /// On straight lines between the pairs, and on those from 0 to the first and the last pair beyond them.
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

    /// An epoch, batch or time for the end of a tick.
    func label(_ value: Double) -> String {
        switch kind {
        case .epoch:
            return value == value.rounded() ? "\(Int(nearest: value))" : String(format: "%.2f", value)
        case .step:
            return value >= 10_000 ? "\((value / 1000).short)k" : "\(Int(nearest: value.rounded(.down)))"
        case .time:
            let seconds = Int(nearest: value)
            if seconds >= 3600 { return String(format: "%d:%02dh", seconds / 3600, seconds / 60 % 60) }
            return seconds >= 100 ? String(format: "%d:%02d", seconds / 60, seconds % 60) : "\(seconds)s"
        }
    }

    /// A place in epochs, in words.
    func place(_ position: Double, _ strings: Strings) -> String {
        switch kind {
        case .epoch: strings(.epochAt, String(format: "%.2f", position))
        case .step: strings(.atBatch, Int(nearest: value(position)))
        case .time: label(value(position))
        }
    }

    /// A part of the run in the axis' unit, never empty.
    func range(_ span: ClosedRange<Double>) -> ClosedRange<Double> {
        let start = value(span.lowerBound)
        return start...max(value(span.upperBound), start + 1e-9)
    }
}

/// Where a chart stands on the screen: what the mouse needs.
struct ChartTarget: Sendable, Equatable {
    let kind: ChartKind
    /// The curves alone.
    let plot: Rect
    /// What the plot shows, in the axis' unit.
    let span: ClosedRange<Double>
    let axis: ChartAxis

    /// The place in epochs under a column of the screen; that of the nearest end for a column beside the plot.
    func position(column: Int) -> Double {
        let last = Double(plot.columns * 2 - 1)
        let dot = Double(column - plot.column) * 2 + 0.5
        let part = min(max(dot / last, 0), 1)
        return axis.position(span.lowerBound + part * (span.upperBound - span.lowerBound))
    }

    /// The column of the screen at a place in epochs.
    func column(of position: Double) -> Int {
        let part = (axis.value(position) - span.lowerBound) / max(span.upperBound - span.lowerBound, 1e-12)
        return plot.column + Int((min(max(part, 0), 1) * Double(plot.columns - 1)).rounded())
    }

    /// The same chart in the same place; what it shows moves on while one looks at it.
    static func == (left: Self, right: Self) -> Bool { left.kind == right.kind && left.plot == right.plot }
}
