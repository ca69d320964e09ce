import Foundation
import Plots

/// Curves over one x axis as a vector graphic, with phases, labelled marks and the legend in its head.
struct VectorChart {
    enum Color: String { case first, second, third }

    struct Curve {
        var name: String
        var color: Color
        /// CSS class of its dashes; empty for a whole line.
        var dash = ""
        /// Values that are no numbers leave gaps.
        var points: [(x: Double, y: Double)]
    }

    /// The range of many values, column by column, behind the curves.
    struct Band {
        var name: String
        /// Ascending.
        var x: [Double]
        var y: ValueSeries
    }

    var title: String
    var curves: [Curve]
    var band: Band?
    /// Every other one is shaded.
    var phases: [(x: ClosedRange<Double>, name: String)] = []
    var marks: [(x: Double, label: String)] = []
    var x: ClosedRange<Double>
    /// Nil: from the values.
    var y: ClosedRange<Double>?
    var xName: String
    var isLogarithmic = false
    var format: (Double) -> String = { String(format: "%.2f", $0) }

    private static let (width, plotHeight, left, right) = (500.0, 190.0, 54.0, 14.0)

    func graphic() -> VectorGraphic {
        let rows = labelRows()
        let top = 48 + Double(rows.count) * 15
        let height = top + Self.plotHeight + 40
        let scale = Scale(chart: self, top: top)
        var body = "<text class=\"title\" x=\"0\" y=\"14\">\(escaped(title))</text>\n" + legend()
        for (index, phase) in phases.enumerated() {
            let (start, end) = (scale.x(max(phase.x.lowerBound, x.lowerBound)), scale.x(min(phase.x.upperBound, x.upperBound)))
            guard end > start else { continue }
            if index % 2 == 1 {
                body += "<rect class=\"shade\" x=\"\(place(start))\" y=\"\(place(top))\" width=\"\(place(end - start))\" height=\"\(place(Self.plotHeight))\"/>\n"
            }
            body += "<text class=\"faint\" x=\"\(place(start + 5))\" y=\"\(place(top + 14))\"><title>\(escaped(phase.name))</title>\(escaped(shortened(phase.name, to: Int((end - start) / 7))))</text>\n"
        }
        body += axes(scale)
        for (index, row) in rows.enumerated() {
            for (mark, position, isWritten) in row {
                let y = 44 + Double(index + 1) * 15
                body += "<line class=\"mark\" x1=\"\(place(scale.x(mark.x)))\" x2=\"\(place(scale.x(mark.x)))\" y1=\"\(place(y - 2))\" y2=\"\(place(top + Self.plotHeight))\"><title>\(escaped(mark.label))</title></line>\n"
                if isWritten {
                    body += "<text class=\"faint\" font-size=\"11\" x=\"\(place(position))\" y=\"\(place(y - 4))\">\(escaped(shortened(mark.label, to: 28)))</text>\n"
                }
            }
        }
        body += drawBand(scale)
        for curve in curves { body += draw(curve, scale) }
        return VectorGraphic(title: title, width: Self.width, height: height, body: body)
    }

    // MARK: Axes

    private struct Scale {
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
            let values = chart.curves.flatMap { $0.points.map(\.y) }.filter { $0.isFinite && (!chart.isLogarithmic || $0 > 0) }
            var (least, greatest) = (values.min() ?? 0, values.max() ?? 1)
            if let band = chart.band {
                let bounds = band.y.bounds(0..<band.y.count)
                if !bounds.isEmpty { (least, greatest) = (min(least, bounds.low), max(greatest, bounds.high)) }
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
                (low, high) = chart.y == nil ? (found.first!, max(found.last!, found.first! + 1e-9)) : (least, greatest)
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
        let bottom = scale.top + Self.plotHeight
        for tick in scale.ticks {
            let y = place(scale.y(tick))
            body += "<line class=\"axis\" x1=\"\(place(Self.left))\" x2=\"\(place(Self.width - Self.right))\" y1=\"\(y)\" y2=\"\(y)\"/>"
            body += "<text class=\"faint\" text-anchor=\"end\" x=\"\(place(Self.left - 6))\" y=\"\(place(scale.y(tick) + 4))\">\(escaped(format(tick)))</text>\n"
        }
        let ticks = LineChart.ticks(x, count: 7).filter { x.contains($0) }
        for tick in ticks {
            body += "<text class=\"faint\" text-anchor=\"middle\" x=\"\(place(scale.x(tick)))\" y=\"\(place(bottom + 17))\">\(escaped(Self.short(tick)))</text>\n"
        }
        return body + "<text class=\"faint\" text-anchor=\"middle\" x=\"\(place((Self.left + Self.width - Self.right) / 2))\" y=\"\(place(bottom + 34))\">\(escaped(xName))</text>\n"
    }

    private static func short(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : String(format: "%g", (value * 1000).rounded() / 1000)
    }

    private func legend() -> String {
        var (body, x) = ("", 0.0)
        func entry(_ name: String, _ sample: String) {
            body += "<g transform=\"translate(\(place(x)) 32)\">\(sample)<text x=\"26\" y=\"4\">\(escaped(name))</text></g>\n"
            x += 44 + Self.textWidth(name)
        }
        for curve in curves {
            entry(curve.name, "<line class=\"curve \(curve.color.rawValue) \(curve.dash)\" x1=\"0\" x2=\"20\" y1=\"0\" y2=\"0\"/>")
        }
        if let band { entry(band.name, "<rect class=\"area\" y=\"-5\" width=\"20\" height=\"10\"/>") }
        return body
    }

    private static func textWidth(_ text: String) -> Double {
        text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x1100 ? 12 : 6.4) }
    }

    /// Marks in as few rows as their labels need, at most three; a label without room is only a tooltip.
    private func labelRows() -> [[(mark: (x: Double, label: String), x: Double, isWritten: Bool)]] {
        let span = x.upperBound - x.lowerBound
        var rows: [[(mark: (x: Double, label: String), x: Double, isWritten: Bool)]] = []
        var ends: [Double] = []
        for mark in marks.filter({ x.contains($0.x) }).sorted(by: { $0.x < $1.x }) {
            let position = Self.left + (span > 0 ? (mark.x - x.lowerBound) / span : 0.5) * (Self.width - Self.left - Self.right)
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
            let end = segment.last
            if segment.count > 1 {
                body += "<polyline class=\"curve \(curve.color.rawValue) \(curve.dash)\" points=\"\(segment.map { "\(place($0.0)),\(place($0.1))" }.joined(separator: " "))\"/>\n"
            }
            if let end, segment.count == 1 || curve.points.count <= 60 {
                for (x, y) in curve.points.count <= 60 ? segment : [end] {
                    body += "<circle class=\"end \(curve.color.rawValue)\" cx=\"\(place(x))\" cy=\"\(place(y))\" r=\"2.6\"/>"
                }
                body += "\n"
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

    /// At most two points a pixel: the least and the greatest of those that share one.
    private static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
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
            // One value of the next group, so that the band has no steps.
            let range = start..<min(start + group + 1, band.x.count)
            let bounds = band.y.bounds(range)
            guard !bounds.isEmpty else { continue }
            let x = place(scale.x(band.x[start]))
            upper.append("\(x),\(place(scale.y(bounds.high)))")
            lower.append("\(x),\(place(scale.y(bounds.low)))")
        }
        guard !upper.isEmpty else { return "" }
        return "<polygon class=\"area\" points=\"\((upper + lower.reversed()).joined(separator: " "))\"/>\n"
    }
}
