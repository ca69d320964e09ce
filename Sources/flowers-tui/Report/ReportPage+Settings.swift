import Canvas
import Foundation
import Network
import Photos
import Phrases
import Recipes
import Runs
import Training

/// How the run was made: changes during training, configuration and machine.
extension ReportPage {
    /// The changes made to the recipe during training.
    var changes: String {
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

    var tables: String {
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
