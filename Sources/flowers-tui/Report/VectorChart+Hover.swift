import Foundation

extension VectorChart {
    /// The points of the curves, for the script of a page.
    func hover(_ scale: Scale) -> String {
        struct Hover: Encodable {
            struct Curve: Encodable {
                var name: String
                var color: String
                var points: [[Value]]
            }
            enum Value: Encodable {
                case place(Double)
                case text(String)
                func encode(to encoder: any Encoder) throws {
                    var container = encoder.singleValueContainer()
                    switch self {
                    case .place(let value): try container.encode((value * 10).rounded() / 10)
                    case .text(let text): try container.encode(text)
                    }
                }
            }
            var x: String
            var left: Double
            var right: Double
            var top: Double
            var bottom: Double
            var curves: [Curve]
        }
        let shown = curves.compactMap { curve -> Hover.Curve? in
            let points = Self.thinned(curve.points).filter { $0.y.isFinite && (!isLogarithmic || $0.y > 0) }
            if points.isEmpty { return nil }
            return Hover.Curve(
                name: curve.name, color: curve.color.rawValue,
                points: points.map { point in
                    [
                        .place(scale.x(point.x)), .place(scale.y(point.y)),
                        .text(String(format: "%.4g", point.x)), .text(String(format: "%.4g", point.y)),
                    ]
                })
        }
        if shown.isEmpty { return "" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let hover = Hover(
            x: xName, left: Self.left, right: Self.width - Self.right, top: scale.top,
            bottom: scale.top + Self.plotHeight, curves: shown)
        return (try? encoder.encode(hover)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
