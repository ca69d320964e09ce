import Canvas
import Foundation
import Plots

/// Curves over a shared x axis as vector graphics, with phases, labelled marks and a legend.
struct VectorChart {
    enum Color: String, CaseIterable { case first, second, third, fourth, fifth, sixth, seventh, eighth }

    struct Curve {
        var name: String
        var color: Color
        /// CSS class for the dash pattern; empty for a solid line.
        var dash = ""
        /// The points; values that are not finite leave gaps.
        var points: [(x: Double, y: Double)]

        fileprivate var style: String { "curve \(color.rawValue)" + (dash.isEmpty ? "" : " \(dash)") }
    }

    /// The range of many values, column by column, behind the curves.
    struct Band {
        var name: String
        /// Positions in ascending order.
        var x: [Double]
        var y: ValueSeries
    }

    var title: String
    var curves: [Curve]
    var band: Band?
    /// The phases; every other one is shaded.
    var phases: [(x: ClosedRange<Double>, name: String)] = []
    var marks: [(x: Double, label: String)] = []
    var x: ClosedRange<Double>
    /// The y range; nil derives it from the values.
    var y: ClosedRange<Double>?
    var xName: String
    var isLogarithmic = false
    var format: (Double) -> String = { String(format: "%.2f", $0) }

    static let (width, plotHeight, left, right) = (500.0, 190.0, 54.0, 14.0)

    func graphic() -> VectorGraphic {
        let rows = labelRows()
        let (legend, legendRows) = self.legend()
        let names = phaseNames()
        let marksTop = 26 + Double(legendRows) * 18
        let top = marksTop + Double(rows.count) * 15 + (names.isEmpty ? 6 : 20)
        let scale = Scale(chart: self, top: top)
        let bottom = top + Self.plotHeight
        var body = label(title, 0, 14, style: "title") + legend
        for (index, phase) in phases.enumerated() where index % 2 == 1 {
            let (start, end) = ends(phase.x)
            if end > start {
                body += element(
                    "rect",
                    [
                        "class": "shade", "x": start, "y": top, "width": end - start,
                        "height": Self.plotHeight,
                    ])
            }
        }
        body += axes(scale)
        // All lines lie behind all labels, whose halo keeps them legible.
        for (index, row) in rows.enumerated() {
            for (mark, _, _) in row {
                let x = scale.x(mark.x)
                body += element(
                    "line",
                    [
                        "class": "mark", "x1": x, "x2": x, "y1": marksTop + Double(index + 1) * 15,
                        "y2": bottom,
                    ],
                    tooltip(mark.label))
            }
        }
        for (index, row) in rows.enumerated() {
            for (mark, position, isWritten) in row where isWritten {
                body += label(
                    shortened(mark.label, to: 28), position, marksTop + Double(index + 1) * 15 - 4,
                    style: "faint halo", size: "11")
            }
        }
        for (name, position, whole) in names {
            body += label(name, position, top - 6, style: "faint halo", tip: whole)
        }
        body += drawBand(scale)
        for curve in curves { body += draw(curve, scale) }
        return VectorGraphic(
            title: title, width: Self.width, height: bottom + 40, body: body, hover: hover(scale))
    }

    /// The ends of a range, as far as it is shown.
    private func ends(_ range: ClosedRange<Double>) -> (Double, Double) {
        (position(max(range.lowerBound, x.lowerBound)), position(min(range.upperBound, x.upperBound)))
    }

    private func position(_ value: Double) -> Double {
        let span = x.upperBound - x.lowerBound
        return Self.left
            + (span > 0 ? (value - x.lowerBound) / span : 0.5) * (Self.width - Self.left - Self.right)
    }

    /// The names of the phases above the plot, each within its own phase.
    private func phaseNames() -> [(name: String, x: Double, whole: String)] {
        phases.compactMap { phase in
            let (start, end) = ends(phase.x)
            guard end - start > 24 else { return nil }
            var name = phase.name
            if Self.textWidth(name) > end - start - 8 {
                name = shortened(name, to: Int((end - start - 20) / 6.4))
            }
            return (name, start + 3, phase.name)
        }
    }

    // MARK: Axes

    struct Scale {
        let xRange: ClosedRange<Double>
        let low: Double
        let high: Double
        let ticks: [Double]
        let top: Double
        let isLogarithmic: Bool

        init(chart: VectorChart, top: Double) {
            self.top = top
            xRange = chart.x
            isLogarithmic = chart.isLogarithmic
            let values = chart.curves.flatMap { $0.points.map(\.y) }.filter {
                $0.isFinite && (!chart.isLogarithmic || $0 > 0)
            }
            var (least, greatest) = (values.min() ?? 0, values.max() ?? 1)
            if let band = chart.band {
                let bounds = band.y.bounds(0..<band.y.count)
                if !bounds.isEmpty {
                    (least, greatest) = (min(least, bounds.low), max(greatest, bounds.high))
                }
            }
            if let y = chart.y { (least, greatest) = (y.lowerBound, y.upperBound) }
            if isLogarithmic {
                let bottom = log10(max(least, 1e-300)).rounded(.down)
                let ceiling = max(bottom + 1, log10(max(greatest, 1e-300)).rounded(.up))
                (low, high) = (bottom, ceiling)
                let step = max(1, ((ceiling - bottom) / 6).rounded(.up))
                ticks = Array(stride(from: bottom, through: ceiling, by: step)).map { pow(10, $0) }
            } else {
                if greatest <= least { (least, greatest) = (least - 0.5, greatest + 0.5) }
                let found = LineChart.ticks(least...greatest, count: 6)
                ticks = chart.y == nil ? found : found.filter { $0 >= least - 1e-9 && $0 <= greatest + 1e-9 }
                (low, high) =
                    chart.y == nil ? (found.first!, max(found.last!, found.first! + 1e-9)) : (least, greatest)
            }
        }

        func x(_ value: Double) -> Double {
            let span = xRange.upperBound - xRange.lowerBound
            return left + (span > 0 ? (value - xRange.lowerBound) / span : 0.5) * (width - left - right)
        }

        func y(_ value: Double) -> Double {
            let position = isLogarithmic ? log10(max(value, 1e-300)) : value
            return top + plotHeight * (1 - min(max((position - low) / (high - low), 0), 1))
        }
    }

    private func axes(_ scale: Scale) -> String {
        var body = ""
        let (left, right) = (Self.left, Self.width - Self.right)
        let bottom = scale.top + Self.plotHeight
        for tick in scale.ticks {
            let y = scale.y(tick)
            body += element("line", ["class": "axis", "x1": left, "x2": right, "y1": y, "y2": y])
            body += label(format(tick), left - 6, y + 4, style: "faint", anchor: "end")
        }
        for tick in LineChart.ticks(x, count: 7) where x.contains(tick) {
            body += label(Self.short(tick), scale.x(tick), bottom + 17, style: "faint", anchor: "middle")
        }
        return body + label(xName, (left + right) / 2, bottom + 34, style: "faint", anchor: "middle")
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e9
            ? "\(Int(value))" : String(format: "%g", (value * 1000).rounded() / 1000)
    }

    /// The legend, in as many rows as it needs.
    private func legend() -> (markup: String, rows: Int) {
        var (body, x, y) = ("", 0.0, 32.0)
        func entry(_ name: String, _ sample: String) {
            let width = 32 + Self.textWidth(name)
            if x > 0, x + width > Self.width { (x, y) = (0, y + 18) }
            body += element(
                "g", ["transform": "translate(\(place(x)) \(place(y)))"], sample + label(name, 26, 4))
            x += width + 14
        }
        for curve in curves {
            entry(
                curve.name,
                element("line", ["class": curve.style, "x1": 0.0, "x2": 20.0, "y1": 0.0, "y2": 0.0]))
        }
        if let band {
            entry(band.name, element("rect", ["class": "area", "y": -5.0, "width": 20.0, "height": 10.0]))
        }
        return (body, Int((y - 32) / 18) + 1)
    }

    private static func textWidth(_ text: String) -> Double {
        text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x1100 ? 12 : 6.4) }
    }

    /// Distributes the marks over as few rows as their labels need, at most three. A label that
    /// does not fit is only a tooltip.
    private func labelRows() -> [[(mark: (x: Double, label: String), x: Double, isWritten: Bool)]] {
        var rows: [[(mark: (x: Double, label: String), x: Double, isWritten: Bool)]] = []
        var ends: [Double] = []
        for mark in marks.filter({ x.contains($0.x) }).sorted(by: { $0.x < $1.x }) {
            let position = self.position(mark.x)
            let width = Self.textWidth(shortened(mark.label, to: 28))
            let start = min(max(0, position - width / 2), Self.width - width)
            if let row = ends.firstIndex(where: { $0 < start }) {
                rows[row].append((mark, start, true))
                ends[row] = start + width + 8
            } else if rows.count < 3 {
                rows.append([(mark, start, true)])
                ends.append(start + width + 8)
            } else {
                rows[2].append((mark, start, false))
            }
        }
        return rows
    }

    // MARK: Curves

    private func draw(_ curve: Curve, _ scale: Scale) -> String {
        var body = ""
        var segment: [(Double, Double)] = []
        func flush() {
            if segment.count > 1 {
                let points = segment.map { "\(place($0.0)),\(place($0.1))" }.joined(separator: " ")
                body += element("polyline", ["class": curve.style, "points": points])
            }
            // Show each of a few points; among many, only isolated ones need a dot.
            if segment.count == 1 || curve.points.count <= 60 {
                for (x, y) in segment {
                    body += element(
                        "circle", ["class": "end \(curve.color.rawValue)", "cx": x, "cy": y, "r": 2.6])
                }
            }
            segment = []
        }
        for point in Self.thinned(curve.points) {
            if point.y.isFinite, !isLogarithmic || point.y > 0 {
                segment.append((scale.x(point.x), scale.y(point.y)))
            } else {
                flush()
            }
        }
        flush()
        return body
    }

    /// Thins points to at most two per pixel: the least and the greatest of each group.
    static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        guard points.count > Int(2 * width) else { return points }
        let group = points.count / Int(width) + 1
        return stride(from: 0, to: points.count, by: group).flatMap { start in
            let part = points[start..<min(start + group, points.count)].filter { $0.y.isFinite }
            guard let low = part.min(by: { $0.y < $1.y }), let high = part.max(by: { $0.y < $1.y }) else {
                return [(points[start].x, Double.nan)]
            }
            return low.x < high.x ? [low, high] : [high, low]
        }
    }

    private func drawBand(_ scale: Scale) -> String {
        guard let band, band.x.count > 1 else { return "" }
        let group = band.x.count / Int(Self.width / 2) + 1
        var (upper, lower): ([String], [String]) = ([], [])
        for start in stride(from: 0, to: band.x.count, by: group) {
            // Overlap with the first value of the next group, so that the band has no steps.
            let range = start..<min(start + group + 1, band.x.count)
            let bounds = band.y.bounds(range)
            guard !bounds.isEmpty else { continue }
            let x = place(scale.x(band.x[start]))
            upper.append("\(x),\(place(scale.y(bounds.high)))")
            lower.append("\(x),\(place(scale.y(bounds.low)))")
        }
        guard !upper.isEmpty else { return "" }
        return element(
            "polygon", ["class": "area", "points": (upper + lower.reversed()).joined(separator: " ")])
    }
}
