import Foundation
import Phrases
import Runs

/// A reliability diagram: accuracy over confidence, with perfect calibration along the diagonal.
enum CalibrationGraphic {
    static func draw(
        _ calibration: Calibration, scaling: (temperature: Double, calibration: Calibration)?,
        _ language: Language
    ) -> VectorGraphic {
        let (left, top, side) = (46.0, 62.0, 300.0)
        func x(_ value: Double) -> Double { left + value * side }
        func y(_ value: Double) -> Double { top + (1 - value) * side }
        func error(_ calibration: Calibration) -> String { percent(calibration.expectedError) }
        var text = language("expected error", "期望误差") + " \(error(calibration))"
        if let scaling {
            let value = String(format: "%.2f", scaling.temperature)
            text += language("; with temperature \(value): ", "；温度 \(value)：") + error(scaling.calibration)
        }
        var body =
            label(language("Calibration", "校准"), 0, 14, style: "title") + label(text, 0, 32, style: "faint")
        body += element("rect", ["class": "bar", "x": 0.0, "y": 41.0, "width": 18.0, "height": 10.0])
        body += label(language("accuracy (pale: few photos)", "准确率（照片少则较淡）"), 24, 50)
        if scaling != nil {
            body += element(
                "line", ["class": "curve second dashed", "x1": 246.0, "x2": 266.0, "y1": 46.0, "y2": 46.0])
            body += label(language("with temperature", "经温度缩放"), 272, 50)
        }
        for tick in stride(from: 0.0, through: 1, by: 0.25) {
            let name = "\(Int(tick * 100)) %"
            body += element(
                "line", ["class": "axis", "x1": left, "x2": left + side, "y1": y(tick), "y2": y(tick)])
            body += label(name, left - 6, y(tick) + 4, style: "faint", anchor: "end")
            body += label(name, x(tick), top + side + 17, style: "faint", anchor: "middle")
        }
        let most = Double(calibration.bins.map(\.count).max() ?? 1)
        for bin in calibration.bins {
            guard let accuracy = bin.accuracy, let confidence = bin.confidence else { continue }
            let tip = language(
                "\(bin.count.of("photo")), confidence \(percent(confidence)), accuracy \(percent(accuracy))",
                "\(bin.count) 张照片，置信度 \(percent(confidence))，准确率 \(percent(accuracy))")
            let bar = element(
                "rect",
                [
                    "class": "bar", "x": x(bin.lower) + 1, "y": y(accuracy),
                    "width": (bin.upper - bin.lower) * side - 2,
                    "height": max(1, accuracy * side),
                    "fill-opacity": String(
                        format: "%.2f", 0.25 + 0.75 * (Double(bin.count) / most).squareRoot()),
                ])
            body += element("g", [:], tooltip(tip) + bar)
        }
        body += element("line", ["class": "mark ink", "x1": x(0), "y1": y(0), "x2": x(1), "y2": y(1)])
        let points = (scaling?.calibration.bins ?? []).compactMap { bin in
            bin.accuracy.flatMap { accuracy in bin.confidence.map { "\(place(x($0))),\(place(y(accuracy)))" }
            }
        }
        if !points.isEmpty {
            body += element(
                "polyline", ["class": "curve second dashed", "points": points.joined(separator: " ")])
        }
        body += label(
            language("confidence", "置信度"), left + side / 2, top + side + 34, style: "faint", anchor: "middle")
        return VectorGraphic(
            title: language("Calibration", "校准") + ": \(text)", width: 380, height: top + side + 42,
            body: body)
    }
}
