import Foundation
import Phrases
import Recipes
import Runs

/// Several runs side by side: curves over each other, results, settings that differ, F1 by class.
struct ComparisonPage {
    /// As many as there are colours, at most.
    let reports: [RunReport]
    /// A row for each setting in which the runs differ: its name, then the values.
    let differences: [[String]]
    let language: Language

    private var names: [String] { reports.map(\.folder.id) }

    func html() -> String {
        HTMLDocument(
            title: language("Runs ", "运行 ") + names.joined(separator: ", "),
            subtitle: Set(reports.map(\.record.data)).sorted().joined(separator: " · "), language: language,
            body: [curves, results, settings, classes]
        ).html()
    }

    // MARK: Curves

    private var curves: String {
        let validation = language("Validation ", "验证")
        let graphics = [
            chart(validation + language("accuracy", "准确率"), points(\.validationAccuracy)),
            chart(validation + language("loss", "损失"), points(\.validationLoss)),
            chart(language("Training loss", "训练损失"), points(\.trainLoss)),
            chart(
                language("Learning rate", "学习率"), reports.map(\.learningRates), isLogarithmic: true,
                format: "%g"),
        ].compactMap { $0 }
        return "<div class=\"plots\">\n"
            + graphics.map { "<div class=\"wide\">\(ReportStyle.inline($0))</div>" }.joined(separator: "\n")
            + "\n</div>"
    }

    private func points(_ value: (TrainerEvent.EpochEnded) -> Double) -> [[(x: Double, y: Double)]] {
        reports.map { $0.epochs.map { (Double($0.epoch + 1), value($0)) } }
    }

    /// Draws a curve for each run; nil without a point.
    private func chart(
        _ title: String, _ points: [[(x: Double, y: Double)]], isLogarithmic: Bool = false,
        format: String = "%.2f"
    ) -> VectorGraphic? {
        guard let end = points.joined().map(\.x).max() else { return nil }
        let dashes = ["", "dashed", "dotted"]
        let curves = points.enumerated().map { index, points in
            VectorChart.Curve(
                name: names[index], color: VectorChart.Color.allCases[index],
                dash: dashes[index % dashes.count], points: points)
        }
        return VectorChart(
            title: title, curves: curves, x: 0...max(1, end), xName: language("epochs", "轮次"),
            isLogarithmic: isLogarithmic, format: { String(format: format, $0) }
        ).graphic()
    }

    // MARK: Tables

    private var results: String {
        func number(_ value: Double?) -> String {
            value.flatMap { $0.isFinite ? String(format: "%.4f", $0) : nil } ?? "–"
        }
        func row(_ name: String, isBest best: (([Double]) -> Double?)? = nil, _ value: (RunReport) -> Double?)
            -> String
        {
            let values = reports.map(value)
            let winner = best.flatMap { $0(values.compactMap { $0 }.filter(\.isFinite)) }
            return Self.row(name, values.map { ($0.map { number($0) } ?? "–", $0 != nil && $0 == winner) })
        }
        let highest: ([Double]) -> Double? = { $0.max() }
        let lowest: ([Double]) -> Double? = { $0.min() }
        let rows = [
            Self.row(
                language("status", "状态"), reports.map { ($0.record.status.name(language), false) }),
            Self.row(language("epochs", "轮数"), reports.map { ("\($0.epochs.count)", false) }),
            row(language("lowest validation loss", "最低验证损失"), isBest: lowest) {
                $0.timeline.bestEpoch?.validationLoss
            },
            row(language("accuracy of that epoch", "该轮准确率"), isBest: highest) {
                $0.timeline.bestEpoch?.validationAccuracy
            },
            row(language("highest validation accuracy", "最高验证准确率"), isBest: highest) {
                $0.epochs.map(\.validationAccuracy).filter(\.isFinite).max()
            },
            row(language("last validation loss", "最后的验证损失"), isBest: lowest) {
                $0.epochs.last?.validationLoss
            },
            row(language("last validation accuracy", "最后的验证准确率"), isBest: highest) {
                $0.epochs.last?.validationAccuracy
            },
            row(language("mean F1", "平均 F1"), isBest: highest) { $0.shown?.confusion.macroAverage.f1 },
            row(language("calibration error", "校准误差"), isBest: lowest) {
                $0.predictions.isEmpty ? nil : $0.calibration.expectedError
            },
            Self.row(
                language("seconds", "用时（秒）"),
                reports.map { report in
                    let seconds = report.epochs.reduce(0) { $0 + $1.trainSeconds + $1.validationSeconds }
                    return (String(format: "%.1f", seconds), false)
                }),
        ]
        return "<h2>\(language("Results", "结果"))</h2>\n"
            + "<p class=\"faint\">\(language("The best value of each row is bold.", "每行最佳值以粗体显示。"))</p>\n"
            + table(rows) + chances
    }

    /// Whether each other run differs from the first beyond chance, in the epochs that are shown.
    private var chances: String {
        guard let first = reports.first, let history = first.history else { return "" }
        return reports.dropFirst().compactMap { report in
            report.history.flatMap { history.pairs(first.shownEpoch, with: $0, report.shownEpoch) }.map {
                let text = McNemarTest($0).sentence(first.folder.id, report.folder.id, language)
                return "<p>\(escaped(text))</p>\n"
            }
        }.joined()
    }

    private var settings: String {
        let heading = "<h2>\(language("Settings that differ", "不同的设置"))</h2>\n"
        guard !differences.isEmpty else {
            return heading + "<p>\(language("All settings are the same.", "所有设置相同。"))</p>"
        }
        return heading + table(differences.map { Self.row($0[0], $0.dropFirst().map { ($0, false) }) })
    }

    /// F1 by class; nothing if the runs have different classes or kept no predictions.
    private var classes: String {
        guard Set(reports.map(\.classes)).count == 1, reports.contains(where: { $0.shown != nil }) else {
            return ""
        }
        let rows = reports[0].classes.indices.map { label in
            let values = reports.map { $0.shown?.confusion.metrics(label).f1 }
            let best = values.compactMap { $0 }.max()
            return Self.row(
                reports[0].name(label), values.map { (percent($0), $0 != nil && $0 == best) })
        }
        return "<h2>\(language("F1 by class, last epoch", "各类 F1（最后一轮）"))</h2>\n" + table(rows)
    }

    private func table(_ rows: [String]) -> String {
        let head = names.map { "<th class=\"number\">\(escaped($0))</th>" }.joined()
        return "<div class=\"wide\"><table>\n<tr><th></th>\(head)</tr>\n\(rows.joined())</table></div>"
    }

    private static func row(_ name: String, _ values: [(text: String, isBest: Bool)]) -> String {
        let cells = values.map { value in
            let text = escaped(value.text)
            return "<td class=\"number\">\(value.isBest ? "<b>\(text)</b>" : text)</td>"
        }
        return "<tr><th>\(escaped(name))</th>\(cells.joined())</tr>\n"
    }
}

extension RunStatus {
    func name(_ language: Language) -> String {
        switch self {
        case .running: language("running", "训练中")
        case .finished: language("finished", "已完成")
        case .stopped: language("stopped", "已停止")
        case .interrupted: language("interrupted", "已中断")
        case .failed: language("failed", "失败")
        }
    }
}
