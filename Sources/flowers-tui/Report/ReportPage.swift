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

    private static let worstCount = 12

    private var language: Language { report.language }

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

    private var worst: String {
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

    /// The changes made to the recipe during training.
    private var changes: String {
        let applied = report.timeline.marks.compactMap { mark -> TrainerEvent.CommandApplied? in
            guard case .command(let applied) = mark.kind, RunReport.label(applied, language) != nil else {
                return nil
            }
            return applied
        }
        guard !applied.isEmpty else { return "" }
        let rows = applied.map { applied in
            let by =
                switch applied.by ?? .key {
                case .key: language("a person", "人")
                case .schedule: language("the schedule", "调度")
                case .guard: language("a guard", "守护")
                }
            let change = [applied.before, applied.after].compactMap { $0 }.joined(separator: " → ")
            return
                "<tr><td class=\"number\">\(applied.epoch + 1)</td><td class=\"number\">\(applied.step)</td><td>\(escaped(RunReport.label(applied, language) ?? ""))</td><td>\(escaped(change))</td><td>\(by)</td></tr>\n"
        }
        return """
            <h2>\(language("Changes during training", "训练中的改动"))</h2>
            <div class="wide"><table>
            <tr><th class="number">\(language("epoch", "轮"))</th><th class="number">\(language("batch", "批次"))</th>\
            <th>\(language("setting", "设置"))</th><th>\(language("before → after", "之前 → 之后"))</th><th>\(language("by", "来源"))</th></tr>
            \(rows.joined())</table></div>
            """
    }

    /// Rows for the options beyond the notebook's recipe that the run used.
    private func options(of recipe: Recipe) -> [(String, String)] {
        let rows: [(String, String?)] = [
            (language("test split", "测试占比"), recipe.testSplit.map { "\($0)" }),
            (language("stratified split", "分层划分"), recipe.stratify.map { "\($0)" }),
            (language("given split", "现有划分"), recipe.givenSplit.map { "\($0)" }),
            (language("fold", "折"), recipe.fold.map { "\($0)" }),
            (language("balanced sampling", "均衡采样"), recipe.balancedSampling.map { "\($0)" }),
            (language("class weights", "类别权重"), recipe.classWeights.map { "\($0)" }),
            (language("label smoothing", "标签平滑"), recipe.labelSmoothing.map { "\($0)" }),
            (language("weight decay", "权重衰减"), recipe.weightDecay.map { "\($0)" }),
            (language("average of the weights (EMA)", "权重滑动平均 (EMA)"), recipe.ema.map { "\($0)" }),
            (language("rate decay from block to block", "逐块学习率衰减"), recipe.rateDecay.map { "\($0)" }),
            (language("views in the final evaluation", "最终评估的视图"), recipe.tta?.rawValue),
            (language("augmentation", "数据增强"), recipe.augmentation.map { "\($0)" }),
        ]
        return rows.compactMap { name, value in value.map { (name, $0) } }
    }

    private var tables: String {
        func table(_ rows: [(String, String)]) -> String {
            "<div class=\"wide\"><table>\n"
                + rows.map { "<tr><th>\(escaped($0.0))</th><td>\(escaped($0.1))</td></tr>\n" }.joined()
                + "</table></div>"
        }
        let recipe = report.header.recipe
        let rate = String(format: "%g", recipe.learningRate)
        let fineTuneRate = String(format: "%g", recipe.fineTuneLearningRate)
        let started = report.events.compactMap { if case .runStarted(let run) = $0 { run } else { nil } }.last
        let rows: [(String, String)] =
            [
                (language("photos", "照片"), report.header.data),
                (language("weights", "权重"), report.header.weights),
                (language("training photos", "训练照片"), started.map { "\($0.trainImages)" } ?? "–"),
                (language("validation photos", "验证照片"), started.map { "\($0.validationImages)" } ?? "–"),
                (language("classes", "类别"), report.classes.joined(separator: ", ")),
                (
                    language("epochs of the head", "分类头轮数"),
                    language(
                        "\(recipe.epochs) at learning rate \(rate)", "\(recipe.epochs)，学习率 \(rate)")
                ),
                (
                    language("epochs of fine-tuning", "微调轮数"),
                    language(
                        "\(recipe.fineTuneEpochs) at learning rate \(fineTuneRate), from layer \(recipe.fineTuneAt)",
                        "\(recipe.fineTuneEpochs)，学习率 \(fineTuneRate)，从第 \(recipe.fineTuneAt) 层起")
                ),
                (language("batch size", "批量大小"), "\(recipe.batchSize)"),
                (language("validation split", "验证占比"), "\(recipe.validationSplit)"),
                ("dropout", "\(recipe.dropout)"),
                (language("schedule", "学习率调度"), "\(recipe.schedule ?? .constant)"),
                (language("guards", "守护"), "\(recipe.guards)"),
                (language("network", "网络"), recipe.architecture.title),
                (language("image size", "图像尺寸"), "\(recipe.imageSize)×\(recipe.imageSize)"),
                (language("seed", "随机种子"), "\(recipe.seed)"),
            ] + options(of: recipe)
        var machine: [(String, String)] = [(language("host", "主机"), report.record.host)]
        if let system = report.system {
            machine += [
                (
                    language("processor", "处理器"),
                    system.processor + language(", \(system.cores) cores", "，\(system.cores) 核")
                ),
                (
                    language("memory", "内存"),
                    String(format: "%.1f GiB", Double(system.memoryBytes) / 1_073_741_824)
                ),
                (
                    language("system", "系统"),
                    system.system + language(", kernel ", "，内核 ") + system.kernel
                ), (language("engine", "引擎"), system.engine),
                (language("threads", "线程"), "\(system.threads)"),
            ]
        } else {
            machine.append(
                (
                    language("processor", "处理器"),
                    language("not recorded: the run is of an older version", "未记录：由旧版本训练")
                ))
        }
        let speed = report.epochs.map(\.imagesPerSecond).filter(\.isFinite)
        if let fastest = speed.max(), fastest < 1e9 {
            let speed = Int(fastest.rounded())
            machine.append(
                (
                    language("training speed", "训练速度"),
                    language("up to \(speed) photos a second", "最高每秒 \(speed) 张")
                ))
        }
        return
            "<div class=\"columns\"><div><h2>\(language("Configuration", "配置"))</h2>\n\(table(rows))</div><div><h2>\(language("System", "系统"))</h2>\n\(table(machine))</div></div>"
    }
}
