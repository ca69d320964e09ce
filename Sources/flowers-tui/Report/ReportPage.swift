import Canvas
import Foundation
import Photos
import Recipes
import Runs
import Training

/// A run as a self-contained page of HTML, without scripts or external fonts and pictures.
struct ReportPage {
    let report: RunReport
    /// Provides activation maps of the worst predictions; nil leaves them out.
    let classifier: Classifier?

    private static let worstCount = 12

    private static let css = """
        * { box-sizing: border-box; } body { margin: 0 auto; max-width: 1080px; padding: 24px 20px 60px; background: var(--ground); \
        color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; } h2 { font-size: 18px; margin: 36px 0 12px; }
        p { margin: 0 0 12px; max-width: 72ch; } .faint { color: var(--faint); } .bad { color: var(--bad); }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0; }
        .figures div, .card { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; }
        .figures b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 28px 24px; align-items: start; }
        svg { width: 100%; height: auto; display: block; } .wide { overflow-x: auto; }
        .spark { width: 96px; height: 22px; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        td { overflow-wrap: anywhere; } td:first-child { overflow-wrap: break-word; min-width: 6em; } th { font-weight: 600; } .number { text-align: right; white-space: nowrap; }
        .photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 16px; }
        .card figure { margin: 0 0 8px; display: flex; gap: 4px; } .card img { width: 50%; aspect-ratio: 1; object-fit: contain; \
        background: var(--ground); } .card .name { overflow-wrap: anywhere; font-size: 13px; }
        .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 0 40px; }
        """

    func html() -> String {
        let title = "Run \(report.folder.id)"
        return """
            <!DOCTYPE html>
            <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>\(escaped(title))</title>
            <style>
            \(ReportStyle.css)
            \(ReportStyle.graphics)
            \(Self.css)
            </style>
            </head>
            <body>
            <h1>\(escaped(title))</h1>
            <p class="faint">\(escaped(subtitle))</p>
            \(figures)
            \(plots)
            \(classTable)
            \(worst)
            \(changes)
            \(tables)
            </body>
            </html>

            """
    }

    private var subtitle: String {
        let time = report.record.created.formatted(
            .iso8601.dateSeparator(.dash).timeSeparator(.colon).dateTimeSeparator(.space))
        let ended = report.record.status == .finished ? "finished" : report.record.status.rawValue
        return
            "\(report.record.data) · begun \(time) · \(ended) after \(report.epochs.count) of \(report.record.epochs) epochs"
    }

    private var figures: String {
        let epoch = report.epochs.first { $0.epoch + 1 == report.shownEpoch } ?? report.epochs.last!
        let best = report.timeline.bestEpoch.map {
            "best \(String(format: "%.4f", $0.validationLoss)) in epoch \($0.epoch + 1)"
        }
        let most = report.timeline.best(by: .accuracy).map {
            "highest \(percent($0.validationAccuracy)) in epoch \($0.epoch + 1)"
        }
        func figure(_ name: String, _ value: String, _ more: String = "") -> String {
            "<div>\(escaped(name))<b>\(escaped(value))</b><span class=\"faint\">\(escaped(more))</span></div>"
        }
        let which = report.usesBest ? "best epoch, \(report.shownEpoch)" : "epoch \(report.shownEpoch)"
        let seconds = report.epochs.reduce(0) { $0 + $1.trainSeconds + $1.validationSeconds }
        return "<div class=\"figures\">"
            + figure(
                "validation accuracy", percent(epoch.validationAccuracy),
                [which, most].compactMap(\.self).joined(separator: "; "))
            + figure(
                "validation loss", String(format: "%.4f", epoch.validationLoss), best ?? "")
            + figure(
                "mean F1", percent(report.shown?.confusion.macroAverage.f1), "\(report.classes.count) classes"
            )
            + figure(
                "calibration error",
                percent(report.predictions.isEmpty ? nil : report.calibration.expectedError),
                report.temperature.map { String(format: "temperature %.2f", $0.temperature) } ?? "")
            + figure("time", Self.duration(seconds), "training and validation")
            + "</div>"
    }

    private static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "–" }
        let whole = Int(seconds.rounded())
        return whole < 60
            ? "\(whole) s"
            : whole < 3600
                ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
    }

    private var plots: String {
        func grid(_ plots: [ReportPlot]) -> String {
            let graphics = plots.compactMap { $0.graphic(report) }
            return graphics.isEmpty
                ? ""
                : "<div class=\"plots\">\n"
                    + graphics.map { "<div class=\"wide\">\(ReportStyle.inline($0))</div>" }.joined(
                        separator: "\n") + "\n</div>"
        }
        let predictions = grid([.confusion, .calibration, .coverage, .f1])
        let none = "<p class=\"faint\">This run kept no predictions: it was trained by an older version.</p>"
        return "<h2>Training</h2>\n" + grid([.accuracy, .loss, .learningRate, .gradientNorm])
            + "\n<h2>Predictions of the validation photos</h2>\n" + (predictions.isEmpty ? none : predictions)
    }

    private var classTable: String {
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
            <h2>Classes</h2>
            <div class="wide"><table>
            <tr><th>class</th><th class="number">precision</th><th class="number">recall</th><th class="number">F1</th>\
            <th class="number">photos</th><th>F1 by epoch</th></tr>
            \(rows.joined())\(row("mean", shown.confusion.macroAverage, ""))\(row("mean by photos", shown.confusion.weightedAverage, ""))\
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

    private var worst: String {
        let worst = report.worst(Self.worstCount)
        guard report.history != nil else { return "" }
        guard !worst.isEmpty else {
            return "<h2>Most confidently wrong</h2>\n<p>Every validation photo was taken for its class.</p>"
        }
        let seen =
            classifier == nil ? "" : " Beside each photo, what spoke for the wrong class: yellow places most."
        return
            "<h2>Most confidently wrong</h2>\n<p class=\"faint\">Of \(report.predictions.count) validation photos.\(seen)</p>\n<div class=\"photos\">\n"
            + worst.map(card).joined() + "</div>"
    }

    private func card(_ prediction: Prediction) -> String {
        let name = report.history.map { $0.files[prediction.photo].text } ?? ""
        var pictures = "<p class=\"faint\">The photo is no longer there.</p>"
        if let file = report.file(prediction.photo), let photo = try? RGBImage(file: file).fitted(to: 320) {
            pictures = "<figure>" + Self.image(photo, "\(name)")
            if let explanation = try? classifier?.explain(.file(file)) {
                pictures += Self.image(
                    explanation.picture(of: prediction.predicted, over: photo),
                    "what spoke for \(report.name(prediction.predicted))")
            }
            pictures += "</figure>"
        }
        return """
            <div class="card">\(pictures)
            <div><b class="bad">\(escaped(report.name(prediction.predicted)))</b> \(percent(Double(prediction.confidence)))</div>
            <div>is \(escaped(report.name(prediction.label))) <span class="faint">\(percent(Double(prediction.probabilities[prediction.label])))</span></div>
            <div class="name faint">\(escaped(name))</div></div>

            """
    }

    private static func image(_ picture: RGBImage, _ description: String) -> String {
        "<img alt=\"\(escaped(description))\" src=\"data:image/jpeg;base64,\(picture.jpeg(quality: 82).base64EncodedString())\"/>"
    }

    /// The changes made to the recipe during training.
    private var changes: String {
        let applied = report.timeline.marks.compactMap { mark -> TrainerEvent.CommandApplied? in
            guard case .command(let applied) = mark.kind, RunReport.label(applied) != nil else {
                return nil
            }
            return applied
        }
        guard !applied.isEmpty else { return "" }
        let rows = applied.map { applied in
            let by =
                switch applied.by ?? .key {
                case .key: "a person"
                case .schedule: "the schedule"
                case .guard: "a guard"
                }
            let change = [applied.before, applied.after].compactMap { $0 }.joined(separator: " → ")
            return
                "<tr><td class=\"number\">\(applied.epoch + 1)</td><td class=\"number\">\(applied.step)</td><td>\(escaped(RunReport.label(applied) ?? ""))</td><td>\(escaped(change))</td><td>\(by)</td></tr>\n"
        }
        return """
            <h2>Changed while it trained</h2>
            <div class="wide"><table>
            <tr><th class="number">epoch</th><th class="number">batch</th><th>what</th><th>before → after</th><th>by</th></tr>
            \(rows.joined())</table></div>
            """
    }

    private var tables: String {
        func table(_ rows: [(String, String)]) -> String {
            "<div class=\"wide\"><table>\n"
                + rows.map { "<tr><th>\(escaped($0.0))</th><td>\(escaped($0.1))</td></tr>\n" }.joined()
                + "</table></div>"
        }
        let recipe = report.header.recipe
        let started = report.events.compactMap { if case .runStarted(let run) = $0 { run } else { nil } }.last
        let rows: [(String, String)] = [
            ("photos", report.header.data), ("weights", report.header.weights),
            ("training photos", started.map { "\($0.trainImages)" } ?? "–"),
            ("validation photos", started.map { "\($0.validationImages)" } ?? "–"),
            ("classes", report.classes.joined(separator: ", ")),
            (
                "epochs of the head",
                "\(recipe.epochs) at a rate of \(recipe.learningRate.formatted())"
            ),
            (
                "epochs of fine-tuning",
                "\(recipe.fineTuneEpochs) at a rate of \(String(format: "%g", recipe.fineTuneLearningRate)), from layer \(recipe.fineTuneAt)"
            ),
            ("batch size", "\(recipe.batchSize)"),
            ("validation split", "\(recipe.validationSplit)"),
            ("dropout", "\(recipe.dropout)"), ("schedule", "\(recipe.schedule ?? .constant)"),
            ("guards", "\(recipe.guards)"),
            ("image size", "\(recipe.imageSize)×\(recipe.imageSize)"),
            ("seed", "\(recipe.seed)"),
        ]
        var machine: [(String, String)] = [("host", report.record.host)]
        if let system = report.system {
            machine += [
                ("processor", "\(system.processor), \(system.cores) cores"),
                ("memory", String(format: "%.1f GiB", Double(system.memoryBytes) / 1_073_741_824)),
                ("system", "\(system.system), kernel \(system.kernel)"), ("engine", system.engine),
                ("threads", "\(system.threads)"),
            ]
        } else {
            machine.append(("processor", "not recorded: the run is of an older version"))
        }
        let speed = report.epochs.map(\.imagesPerSecond).filter(\.isFinite)
        if let fastest = speed.max() {
            machine.append(("training speed", String(format: "up to %.0f photos a second", fastest)))
        }
        return
            "<div class=\"columns\"><div><h2>Configuration</h2>\n\(table(rows))</div><div><h2>System</h2>\n\(table(machine))</div></div>"
    }
}
