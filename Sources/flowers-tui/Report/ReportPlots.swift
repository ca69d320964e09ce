import Canvas
import Foundation
import Phrases
import Plots
import Recipes
import Runs

/// The plots of a run, by their names for `--plot`.
enum ReportPlot: String, CaseIterable {
    case accuracy, loss
    case learningRate = "learning-rate"
    case gradientNorm = "gradient-norm"
    case f1, confusion, calibration, coverage

    /// Draws the plot; nil if the run has no data for it.
    func graphic(_ report: RunReport) -> VectorGraphic? {
        switch self {
        case .accuracy: report.curves(report.language("Accuracy", "准确率"), isLoss: false).graphic()
        case .loss: report.curves(report.language("Loss", "损失"), isLoss: true).graphic()
        case .learningRate:
            report.batches(report.language("Learning rate", "学习率"), \.learningRate, isLogarithmic: true)
        case .gradientNorm:
            report.batches(report.language("Gradient norm", "梯度范数"), \.gradientNorm, isLogarithmic: true)
        case .f1: report.f1()
        case .confusion:
            report.shown.map {
                ConfusionGraphic.draw(
                    $0.confusion, report.classes, epoch: report.shownEpoch, report.language)
            }
        case .calibration: report.predictions.isEmpty ? nil : report.calibrationGraphic()
        case .coverage: report.predictions.isEmpty ? nil : report.coverage()
        }
    }
}

extension RunReport {
    private var batchEvents: [TrainerEvent.BatchEnded] {
        events.compactMap { if case .batchEnded(let batch) = $0 { batch } else { nil } }
    }

    /// The learning rate of each batch.
    var learningRates: [(x: Double, y: Double)] { batchEvents.map { ($0.position, $0.learningRate) } }

    /// The range of the x axis in epochs, from 0.
    private var span: ClosedRange<Double> {
        0...max(1, Double(epochs.last!.epoch + 1), timeline.position)
    }

    /// The phases, each from its start to the next.
    private var phases: [(x: ClosedRange<Double>, name: String)] {
        let ends = timeline.phases.dropFirst().map(\.start) + [span.upperBound]
        return zip(timeline.phases, ends).map { phase, end in
            let name =
                phase.stage == .head
                ? language("head", "分类头")
                : phase.fineTuneAt.map { language("fine-tuning from layer \($0)", "从第 \($0) 层起微调") }
                    ?? language("head on the frozen base", "冻结基座上的分类头")
            return (phase.start...max(phase.start, end), name)
        }
    }

    /// The changes made during training, and the best epoch.
    private var marks: [(x: Double, label: String)] {
        var result: [(x: Double, label: String)] = timeline.marks.compactMap { mark in
            guard case .command(let applied) = mark.kind, let label = Self.label(applied, language) else {
                return nil
            }
            return (mark.position, label)
        }
        if let best = timeline.bestEpoch {
            result.append((Double(best.epoch + 1), "★ " + language("best", "最佳")))
        }
        return result
    }

    /// A short label for a command; nil if it gets no mark.
    static func label(_ applied: TrainerEvent.CommandApplied, _ language: Language) -> String? {
        func change(_ name: String) -> String { name + (applied.after.map { " \($0)" } ?? "") }
        return switch applied.command {
        case .setLearningRate, .multiplyLearningRate: change(language("rate", "学习率"))
        case .unfreeze: change(language("unfrozen from", "解冻自"))
        case .freeze: language("frozen", "冻结")
        case .setSchedule: change(language("schedule", "调度"))
        case .setDropout: change(language("dropout", "丢弃率"))
        case .setAugmentation: language("augmentation", "数据增强")
        case .setGuards: language("guards", "守护规则")
        case .addEpochs: change(language("epochs", "轮数"))
        case .finishStage: language("stage finished", "阶段结束")
        case .restoreBest: language("best restored", "恢复最佳")
        case .restoreCheckpoint: change(language("restored", "恢复"))
        case .stopKeepingBest: language("ended with the best", "以最佳轮结束")
        case .stopKeepingCheckpoint: change(language("ended with", "结束于"))
        case .pause: language("paused", "暂停")
        case .resume, .step, .stepEpoch, .sweepLearningRate, .cancelSweep, .save, .stop, .refreshPredictions:
            nil
        }
    }

    func curves(_ title: String, isLoss: Bool) -> VectorChart {
        func points(_ value: (TrainerEvent.EpochEnded) -> Double) -> [(x: Double, y: Double)] {
            epochs.map { (Double($0.epoch + 1), value($0)) }
        }
        let batches = batchEvents
        return VectorChart(
            title: title,
            curves: [
                .init(
                    name: language("training", "训练"), color: .first,
                    points: points(isLoss ? \.trainLoss : \.trainAccuracy)),
                .init(
                    name: language("validation", "验证"), color: .second, dash: "dashed",
                    points: points(isLoss ? \.validationLoss : \.validationAccuracy)),
            ],
            band: isLoss && batches.count > 1
                ? .init(
                    name: language("batches", "批次"), x: batches.map(\.position),
                    y: ValueSeries(batches.map(\.batchLoss)))
                : nil,
            phases: phases, marks: marks, x: span, xName: language("epochs", "轮次"),
            format: { String(format: "%.2f", $0) })
    }

    func batches(
        _ title: String, _ value: (TrainerEvent.BatchEnded) -> Double?, isLogarithmic: Bool
    ) -> VectorGraphic? {
        let points = batchEvents.map { (x: $0.position, y: value($0) ?? .nan) }
        guard points.contains(where: { $0.y.isFinite && $0.y > 0 }) else { return nil }
        return VectorChart(
            title: title, curves: [.init(name: title.lowercased(), color: .first, points: points)],
            phases: phases,
            marks: marks, x: span, xName: language("epochs", "轮次"), isLogarithmic: isLogarithmic,
            format: { String(format: "%g", $0) }
        ).graphic()
    }

    /// Draws F1 over the epochs: the macro average and the two classes with the lowest values.
    func f1() -> VectorGraphic? {
        guard let history, let shown else { return nil }
        func curve(_ name: String, _ color: VectorChart.Color, _ dash: String, _ values: [Double?])
            -> VectorChart.Curve
        {
            .init(
                name: name, color: color, dash: dash,
                points: zip(history.epochs, values).map { (Double($0.epoch), $1 ?? .nan) })
        }
        let lowest = classes.indices.filter { shown.confusion.support($0) > 0 }
            .sorted { (shown.confusion.metrics($0).f1 ?? 0) < (shown.confusion.metrics($1).f1 ?? 0) }.prefix(
                2)
        let worst = zip(lowest, [(VectorChart.Color.second, "dashed"), (.third, "dotted")]).map {
            label, look in
            curve(shortened(name(label), to: 24), look.0, look.1, history.series(of: label, \.f1))
        }
        return VectorChart(
            title: language("F1 on the validation photos", "验证照片的 F1"),
            curves: [
                curve(
                    language("mean of the classes", "各类平均"), .first, "",
                    history.epochs.map { $0.confusion.macroAverage.f1 })
            ] + worst,
            phases: phases, x: span, xName: language("epochs", "轮次")
        ).graphic()
    }

    func calibrationGraphic() -> VectorGraphic {
        CalibrationGraphic.draw(calibration, scaling: scaling, language)
    }

    func coverage() -> VectorGraphic {
        let points = CoverageCurve(predictions, classes: classes.count).points()
        return VectorChart(
            title: language("Coverage and accuracy by confidence threshold", "按置信度阈值的覆盖率与准确率"),
            curves: [
                .init(
                    name: language("accuracy of the photos kept", "保留照片的准确率"), color: .first,
                    points: points.map { ($0.threshold, $0.accuracy ?? .nan) }),
                .init(
                    name: language("share of photos kept", "保留照片的比例"), color: .second, dash: "dashed",
                    points: points.map { ($0.threshold, $0.coverage) }),
            ], x: 0...1, y: 0...1, xName: language("confidence threshold", "置信度阈值")
        ).graphic()
    }
}
