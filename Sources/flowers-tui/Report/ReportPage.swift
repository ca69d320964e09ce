import Canvas
import Foundation
import Network
import Photos
import Phrases
import Recipes
import Runs
import Training

/// A report on a run.
struct ReportPage {
    let report: RunReport
    /// Provides activation maps of the worst predictions; nil leaves them out.
    let classifier: Classifier?

    var language: Language { report.language }

    func html() -> String {
        HTMLDocument(
            title: language("Run", "运行") + " \(report.folder.id)", subtitle: subtitle, language: language,
            body: [figures, plots, classTable, worst, changes, tables]
        ).html()
    }

    private var subtitle: String {
        let time = report.record.created.formatted(
            .iso8601.dateSeparator(.dash).timeSeparator(.colon).dateTimeSeparator(.space))
        let (done, all) = (report.epochs.count, report.record.epochs)
        return report.record.data
            + language(
                " · begun \(time) · \(report.record.status.name(language)) after \(done) of \(all.of("epoch"))",
                " · 开始于 \(time) · \(report.record.status.name(language))，已完成 \(done)/\(all) 轮")
    }

    private var figures: String {
        let epoch = report.epochs.first { $0.epoch + 1 == report.shownEpoch } ?? report.epochs.last!
        let best = report.timeline.bestEpoch.map {
            let loss = String(format: "%.4f", $0.validationLoss)
            return language("best \(loss) in epoch \($0.epoch + 1)", "最低 \(loss)，第 \($0.epoch + 1) 轮")
        }
        let most = report.timeline.best(by: .accuracy).map {
            let accuracy = percent($0.validationAccuracy)
            return language(
                "highest \(accuracy) in epoch \($0.epoch + 1)", "最高 \(accuracy)，第 \($0.epoch + 1) 轮")
        }
        let chance = report.shown.flatMap {
            Proportion(accuracy: epoch.validationAccuracy, of: $0.confusion.total)
        }
        let which =
            report.usesBest
            ? language("best epoch, \(report.shownEpoch)", "最佳轮：第 \(report.shownEpoch) 轮")
            : language("epoch \(report.shownEpoch)", "第 \(report.shownEpoch) 轮")
        let seconds = report.epochs.reduce(0) { $0 + $1.trainSeconds + $1.validationSeconds }
        return "<div class=\"figures\">"
            + figure(
                language("validation accuracy", "验证准确率"), percent(epoch.validationAccuracy),
                [interval(chance?.interval), which, most].compactMap(\.self).joined(separator: "; "))
            + figure(
                language("validation loss", "验证损失"), String(format: "%.4f", epoch.validationLoss), best ?? "")
            + testFigure
            + figure(
                language("mean F1", "平均 F1"), percent(report.shown?.confusion.macroAverage.f1),
                [
                    interval(report.shown?.confusion.macroF1Interval()),
                    language(report.classes.count.of("class", "classes"), "\(report.classes.count) 个类别"),
                ].compactMap(\.self).joined(separator: "; "))
            + figure(
                language("calibration error", "校准误差"),
                percent(report.predictions.isEmpty ? nil : report.calibration.expectedError),
                report.scaling.map {
                    language("temperature", "温度") + String(format: " %.2f", $0.temperature)
                } ?? "")
            + figure(
                language("time", "用时"), duration(seconds), language("training and validation", "训练与验证"))
            + "</div>"
    }

    private func interval(_ range: ClosedRange<Double>?) -> String? {
        range.map {
            let bounds = String(format: "%.1f–%.1f %%", $0.lowerBound * 100, $0.upperBound * 100)
            return language("95 % interval \(bounds)", "95% 区间 \(bounds)")
        }
    }

    private func figure(_ name: String, _ value: String, _ more: String = "") -> String {
        "<div>\(escaped(name))<b>\(escaped(value))</b><span class=\"faint\">\(escaped(more))</span></div>"
    }

    /// The result on the test photos; empty if there is none.
    private var testFigure: String {
        guard let test = report.header.progress.test else { return "" }
        let photos = language(
            "\(test.images.of("photo")), weights of epoch \(test.epoch)",
            "\(test.images) 张照片，第 \(test.epoch) 轮的权重")
        return figure(
            language("test accuracy", "测试准确率"), percent(test.accuracy),
            [interval(Proportion(accuracy: test.accuracy, of: test.images)?.interval), photos].compactMap(
                \.self
            )
            .joined(separator: "; "))
    }

    private func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "–" }
        let whole = Int(seconds.rounded())
        let (second, minute, hour) = (language("s", "秒"), language("min", "分"), language("h", "小时"))
        return whole < 60
            ? "\(whole) \(second)"
            : whole < 3600
                ? "\(whole / 60) \(minute) \(whole % 60) \(second)"
                : "\(whole / 3600) \(hour) \(whole % 3600 / 60) \(minute)"
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
        let none =
            "<p class=\"faint\">"
            + language(
                "This run kept no predictions: it was trained by an older version.",
                "此运行由旧版本训练，没有保存预测。") + "</p>"
        return "<h2>\(language("Training", "训练"))</h2>\n"
            + grid([.accuracy, .loss, .learningRate, .gradientNorm])
            + "\n<h2>\(language("Predictions of the validation photos", "对验证照片的预测"))</h2>\n"
            + (predictions.isEmpty ? none : predictions)
    }

}
