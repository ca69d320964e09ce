import Canvas
import Foundation
import Network
import Photos
import Phrases
import Recipes
import Runs
import Training

/// The page on the predictions: a row for each class, and the most confident errors.
extension ReportPage {
    var classTable: String {
        guard let history = report.history, let shown = report.shown else { return "" }
        func row(_ name: String, _ metrics: ConfusionMatrix.ClassMetrics, _ spark: String) -> String {
            let numbers = [metrics.precision, metrics.recall, metrics.f1].map {
                "<td class=\"number\">\(percent($0))</td>"
            }.joined()
            return
                "<tr><td>\(escaped(name))</td>\(numbers)<td class=\"number\">\(metrics.support)</td><td>\(spark)</td></tr>\n"
        }
        let series = report.classes.indices.map { history.series(of: $0, \.f1) }
        // One scale for all classes makes them comparable.
        let (low, high) = (
            series.joined().compactMap { $0 }.min() ?? 0, series.joined().compactMap { $0 }.max() ?? 1
        )
        let rows = report.classes.indices.map { label in
            row(report.name(label), shown.confusion.metrics(label), Self.sparkline(series[label], low, high))
        }
        return """
            <h2>\(language("Classes", "类别"))</h2>
            <div class="wide"><table>
            <tr><th>\(language("class", "类别"))</th><th class="number">\(language("precision", "精确率"))</th>\
            <th class="number">\(language("recall", "召回率"))</th><th class="number">F1</th>\
            <th class="number">\(language("photos", "照片"))</th><th>\(language("F1 by epoch", "各轮 F1"))</th></tr>
            \(rows.joined())\(row(language("mean", "平均"), shown.confusion.macroAverage, ""))\
            \(row(language("mean weighted by photos", "按照片数加权平均"), shown.confusion.weightedAverage, ""))\
            </table></div>
            """
    }

    /// Draws a sparkline with `low` at the bottom and `high` at the top.
    private static func sparkline(_ values: [Double?], _ low: Double, _ high: Double) -> String {
        let step = 92.0 / Double(max(1, values.count - 1))
        let points = values.enumerated().compactMap { index, value in
            value.map {
                "\(place(2 + Double(index) * step)),\(place(high > low ? 20 - ($0 - low) / (high - low) * 18 : 11))"
            }
        }
        guard let last = points.last else { return "" }
        let end = last.split(separator: ",")
        return
            "<svg class=\"spark\" viewBox=\"0 0 96 22\"><polyline class=\"curve first\" points=\"\(points.joined(separator: " "))\"/>"
            + "<circle class=\"end first\" cx=\"\(end[0])\" cy=\"\(end[1])\" r=\"2.4\"/></svg>"
    }

    private static let worstCount = 12

    var worst: String {
        let worst = report.worst(Self.worstCount)
        guard report.history != nil else { return "" }
        let heading = "<h2>\(language("Most confident errors", "最确信的错误"))</h2>\n"
        guard !worst.isEmpty else {
            return heading + "<p>"
                + language(
                    "Every validation photo was predicted as its own class.", "所有验证照片都预测正确。") + "</p>"
        }
        let seen =
            classifier == nil
            ? ""
            : language(
                " Beside each photo is the class activation map of the predicted class; yellow counts most.",
                "每张照片旁是预测类别的类别激活图，黄色处作用最大。")
        let count = report.predictions.count
        return heading
            + "<p class=\"faint\">\(language("Of \(count) validation photos.", "共 \(count) 张验证照片。"))\(seen)</p>\n<div class=\"photos\">\n"
            + worst.map(card).joined() + "</div>"
    }

    private func card(_ prediction: Prediction) -> String {
        let name = report.history.map { $0.files[prediction.photo].text } ?? ""
        var pictures = "<p class=\"faint\">\(language("The photo is no longer there.", "照片已不在原处。"))</p>"
        if let file = report.file(prediction.photo), let photo = try? RGBImage(file: file).fitted(to: 320) {
            pictures = "<figure>" + Self.image(photo, "\(name)")
            if let explanation = try? classifier?.explain(.file(file)) {
                pictures += Self.image(
                    explanation.picture(of: prediction.predicted, over: photo),
                    language("class activation map of ", "类别激活图：") + report.name(prediction.predicted))
            }
            pictures += "</figure>"
        }
        return """
            <div class="card">\(pictures)
            <div><b class="bad">\(escaped(report.name(prediction.predicted)))</b> \(percent(Double(prediction.confidence)))</div>
            <div>\(language("is", "实为")) \(escaped(report.name(prediction.label))) <span class="faint">\(percent(Double(prediction.probabilities[prediction.label])))</span></div>
            <div class="name faint">\(escaped(name))</div></div>

            """
    }

    private static func image(_ picture: RGBImage, _ description: String) -> String {
        "<img alt=\"\(escaped(description))\" src=\"data:image/jpeg;base64,\(picture.jpeg(quality: 82).base64EncodedString())\"/>"
    }
}
