import Core
import Foundation

/// A reliability diagram: accuracy over confidence, whose diagonal is honesty.
enum CalibrationGraphic {
    static func draw(_ calibration: Calibration, scaled: Calibration?, temperature: Double?) -> VectorGraphic {
        let (left, top, side) = (46.0, 62.0, 300.0)
        func x(_ value: Double) -> Double { left + value * side }
        func y(_ value: Double) -> Double { top + (1 - value) * side }
        func error(_ calibration: Calibration) -> String { percent(calibration.expectedError) }
        var body = "<text class=\"title\" x=\"0\" y=\"14\">Calibration</text>\n"
        var text = "expected error \(error(calibration))"
        if let scaled, let temperature { text += String(format: "; with temperature %.2f: ", temperature) + error(scaled) }
        body += "<text class=\"faint\" x=\"0\" y=\"32\">\(escaped(text))</text>\n"
        body += "<rect class=\"bar\" x=\"0\" y=\"41\" width=\"18\" height=\"10\"/><text x=\"24\" y=\"50\">accuracy, fainter of fewer photos</text>"
        body += "<line class=\"curve second dashed\" x1=\"238\" x2=\"258\" y1=\"46\" y2=\"46\"/><text x=\"264\" y=\"50\">with temperature</text>\n"
        for tick in stride(from: 0.0, through: 1, by: 0.25) {
            let name = "\(Int(tick * 100)) %"
            body += "<line class=\"axis\" x1=\"\(place(left))\" x2=\"\(place(left + side))\" y1=\"\(place(y(tick)))\" y2=\"\(place(y(tick)))\"/>"
            body += "<text class=\"faint\" text-anchor=\"end\" x=\"\(place(left - 6))\" y=\"\(place(y(tick) + 4))\">\(name)</text>"
            body += "<text class=\"faint\" text-anchor=\"middle\" x=\"\(place(x(tick)))\" y=\"\(place(top + side + 17))\">\(name)</text>\n"
        }
        let most = Double(calibration.bins.map(\.count).max() ?? 1)
        for bin in calibration.bins {
            guard let accuracy = bin.accuracy, let confidence = bin.confidence else { continue }
            body += "<g><title>\(bin.count) photos, confidence \(percent(confidence)), accuracy \(percent(accuracy))</title>"
            body += "<rect class=\"bar\" x=\"\(place(x(bin.lower) + 1))\" y=\"\(place(y(accuracy)))\" width=\"\(place((bin.upper - bin.lower) * side - 2))\" height=\"\(place(max(1, accuracy * side)))\" fill-opacity=\"\(String(format: "%.2f", 0.25 + 0.75 * (Double(bin.count) / most).squareRoot()))\"/></g>\n"
        }
        body += "<line class=\"mark ink\" x1=\"\(place(x(0)))\" y1=\"\(place(y(0)))\" x2=\"\(place(x(1)))\" y2=\"\(place(y(1)))\"/>\n"
        let points = (scaled?.bins ?? []).compactMap { bin in
            bin.accuracy.flatMap { accuracy in bin.confidence.map { "\(place(x($0))),\(place(y(accuracy)))" } }
        }
        if !points.isEmpty { body += "<polyline class=\"curve second dashed\" points=\"\(points.joined(separator: " "))\"/>\n" }
        body += "<text class=\"faint\" text-anchor=\"middle\" x=\"\(place(left + side / 2))\" y=\"\(place(top + side + 34))\">confidence</text>\n"
        return VectorGraphic(title: "Calibration: \(text)", width: 380, height: top + side + 42, body: body)
    }
}
