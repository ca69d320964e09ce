public import Canvas

extension LineChart {
    /// The dash pattern of a curve, so that curves differ even without colour.
    public enum Dash: Sendable, CaseIterable {
        case solid, dashed, dotted, dashDot, dashDotDot
        /// Every second dot, a grey tone for the many values behind a curve.
        case stippled

        var pattern: BrailleCanvas.Pattern {
            switch self {
            case .solid: .solid
            case .dashed: .init(5, 3)
            case .dotted: .init(1, 2)
            case .dashDot: .init(6, 2, 1, 2)
            case .dashDotDot: .init(4, 2, 1, 2, 1, 2)
            case .stippled: .init(1, 1)
            }
        }

        /// Three characters that resemble the pattern, for legends.
        package var sample: String {
            switch self {
            case .solid: "───"
            case .dashed: "─ ─"
            case .dotted: "..."
            case .dashDot: "─.─"
            case .dashDotDot: "─.."
            case .stippled: "▒▒▒"
            }
        }
    }

    /// A curve: its points, their style and their name.
    public struct Series: Sendable {
        package var name: String
        /// A shorter name, for legends without room for `name`.
        package var shortName: String?
        package var style: Style
        package var dash: Dash
        /// The positions, in ascending order, one per value.
        package var x: [Double]
        /// The values; one that is not finite leaves a gap.
        package var y: ValueSeries
        /// Whether the last value is written at the right edge.
        package var showsValue: Bool
        /// Whether its cells give way to those of the curves in front.
        package var isBehind = false
        /// Factor above 0 that maps the values to a y axis shared with another unit.
        package var factor = 1.0
        /// Formats a value; nil uses the chart's format.
        package var format: (@Sendable (Double) -> String)?

        /// - Parameters:
        ///   - name: what the legend calls it.
        ///   - x: the positions, in ascending order.
        ///   - y: the values at the positions; one that is not finite leaves a gap.
        ///   - style: its colours and attributes.
        ///   - dash: its pattern, which tells it apart without colours.
        public init(
            _ name: String, x: [Double], y: [Double], style: Style = Style(), dash: Dash = .solid
        ) {
            self.init(name: name, style: style, dash: dash, x: x, y: ValueSeries(y))
        }

        package init(
            name: String, shortName: String? = nil, style: Style, dash: Dash = .solid, x: [Double],
            y: ValueSeries,
            showsValue: Bool = true
        ) {
            (self.name, self.shortName, self.style, self.dash) = (name, shortName, style, dash)
            (self.x, self.y, self.showsValue) = (x, y, showsValue)
        }

        package init(
            name: String, shortName: String? = nil, style: Style, dash: Dash = .solid,
            points: [(x: Double, y: Double)], showsValue: Bool = true
        ) {
            self.init(
                name: name, shortName: shortName, style: style, dash: dash, x: points.map(\.x),
                y: ValueSeries(points.map(\.y)), showsValue: showsValue)
        }

        package var count: Int { min(x.count, y.count) }

        /// Returns the index of the first point at or beyond `position`, from `start` on.
        func index(of position: Double, from start: Int = 0) -> Int {
            var (low, high) = (start, count)
            // Most searches end a few points on, so the step starts small and doubles.
            var step = 64
            while low + step < high, x[low + step] < position {
                low += step + 1
                step *= 2
            }
            high = min(high, low + step)
            while low < high {
                let middle = (low + high) / 2
                if x[middle] < position { low = middle + 1 } else { high = middle }
            }
            return low
        }

        /// Returns the indices of the points within `range`.
        func indices(in range: ClosedRange<Double>) -> Range<Int> {
            let first = index(of: range.lowerBound)
            return first..<max(first, index(of: range.upperBound.nextUp, from: first))
        }

        /// Returns the least and the greatest value in `range`.
        package func bounds(in range: ClosedRange<Double>) -> ValueSeries.Bounds {
            y.bounds(indices(in: range))
        }

        /// Returns the value of the last point at or before `position`; nil before the first.
        package func value(at position: Double) -> Double? {
            let next = index(of: position)
            if next < count, x[next] == position { return y.values[next] }
            return next > 0 ? y.values[next - 1] : nil
        }

        /// Interpolates at `position`, scaled by `factor`; nil outside the points or in a gap.
        func interpolated(_ position: Double) -> Double? {
            let next = index(of: position)
            guard next > 0, next < count else { return nil }
            let (a, b) = (x[next - 1], x[next])
            let value =
                y.values[next - 1] + (y.values[next] - y.values[next - 1])
                * (b > a ? (position - a) / (b - a) : 1)
            return value.isFinite ? value * factor : nil
        }

        /// Returns the value at the right end of the curve as drawn up to `position`.
        func ending(at position: Double) -> Double? {
            if let value = interpolated(position) { return value / factor }
            return y.values[..<index(of: position.nextUp)].last(where: \.isFinite)
        }

        /// Returns the bounds of the values at `range`, scaled by `factor`.
        func drawnBounds(_ range: Range<Int>) -> ValueSeries.Bounds {
            var bounds = y.bounds(range)
            if factor != 1 { (bounds.low, bounds.high) = (bounds.low * factor, bounds.high * factor) }
            return bounds
        }
    }
}
