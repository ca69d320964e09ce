import Canvas
import Foundation
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
        case .accuracy: report.curves("Accuracy", isLoss: false).graphic()
        case .loss: report.curves("Loss", isLoss: true).graphic()
        case .learningRate: report.batches("Learning rate", \.learningRate, isLogarithmic: true)
        case .gradientNorm: report.batches("Gradient norm", \.gradientNorm, isLogarithmic: true)
        case .f1: report.f1()
        case .confusion:
            report.shown.map { ConfusionGraphic.draw($0.confusion, report.classes, epoch: report.shownEpoch) }
        case .calibration: report.predictions.isEmpty ? nil : report.calibrationGraphic()
        case .coverage: report.predictions.isEmpty ? nil : report.coverage()
        }
    }
}

extension RunReport {
    private var batchEvents: [TrainerEvent.BatchEnded] {
        events.compactMap { if case .batchEnded(let batch) = $0 { batch } else { nil } }
    }

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
                ? "head"
                : phase.fineTuneAt.map { "fine-tuning from layer \($0)" } ?? "head on the frozen base"
            return (phase.start...max(phase.start, end), name)
        }
    }

    /// The changes made during training, and the best epoch.
    private var marks: [(x: Double, label: String)] {
        var result: [(x: Double, label: String)] = timeline.marks.compactMap { mark in
            guard case .command(let applied) = mark.kind, let label = Self.label(applied) else { return nil }
            return (mark.position, label)
        }
        if let best = timeline.bestEpoch {
            result.append((Double(best.epoch + 1), "★ best"))
        }
        return result
    }

    /// A short label for a command; nil if it gets no mark.
    static func label(_ applied: TrainerEvent.CommandApplied) -> String? {
        func change(_ name: String) -> String { name + (applied.after.map { " \($0)" } ?? "") }
        return switch applied.command {
        case .setLearningRate, .multiplyLearningRate: change("rate")
        case .unfreeze: change("unfrozen from")
        case .freeze: "frozen"
        case .setSchedule: change("schedule")
        case .setDropout: change("dropout")
        case .setAugmentation: "augmentation"
        case .setGuards: "guards"
        case .addEpochs: change("epochs")
        case .finishStage: "stage finished"
        case .restoreBest: "best restored"
        case .restoreCheckpoint: change("restored")
        case .stopKeepingBest: "ended with the best"
        case .stopKeepingCheckpoint: change("ended with")
        case .pause: "paused"
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
                    name: "training", color: .first, points: points(isLoss ? \.trainLoss : \.trainAccuracy)),
                .init(
                    name: "validation", color: .second, dash: "dashed",
                    points: points(isLoss ? \.validationLoss : \.validationAccuracy)),
            ],
            band: isLoss && batches.count > 1
                ? .init(
                    name: "batches", x: batches.map(\.position), y: ValueSeries(batches.map(\.batchLoss)))
                : nil,
            phases: phases, marks: marks, x: span, xName: "epochs", format: { String(format: "%.2f", $0) })
    }

    func batches(
        _ title: String, _ value: (TrainerEvent.BatchEnded) -> Double?, isLogarithmic: Bool
    ) -> VectorGraphic? {
        let points = batchEvents.map { (x: $0.position, y: value($0) ?? .nan) }
        guard points.contains(where: { $0.y.isFinite && $0.y > 0 }) else { return nil }
        return VectorChart(
            title: title, curves: [.init(name: title.lowercased(), color: .first, points: points)],
            phases: phases,
            marks: marks, x: span, xName: "epochs", isLogarithmic: isLogarithmic,
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
            title: "F1 on the validation photos",
            curves: [
                curve("mean of the classes", .first, "", history.epochs.map { $0.confusion.macroAverage.f1 })
            ] + worst,
            phases: phases, x: span, xName: "epochs"
        ).graphic()
    }

    func calibrationGraphic() -> VectorGraphic {
        let calibration = calibration
        let scaled = temperature.map { scaling in
            Calibration(predictions.map { scaling($0) }, classes: classes.count)
        }
        return CalibrationGraphic.draw(calibration, scaled: scaled, temperature: temperature?.temperature)
    }

    func coverage() -> VectorGraphic {
        let points = CoverageCurve(predictions, classes: classes.count).points()
        return VectorChart(
            title: "Coverage and accuracy by the confidence asked for",
            curves: [
                .init(
                    name: "accuracy of what is kept", color: .first,
                    points: points.map { ($0.threshold, $0.accuracy ?? .nan) }),
                .init(
                    name: "share that is kept", color: .second, dash: "dashed",
                    points: points.map { ($0.threshold, $0.coverage) }),
            ], x: 0...1, y: 0...1, xName: "least confidence"
        ).graphic()
    }
}
