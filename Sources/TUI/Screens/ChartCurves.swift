import Canvas
import Dashboard
import Foundation
import Keys
import Phrases
import Plots
import Recipes
import Themes

extension DashboardView {
    /// Returns a chart's series in drawing order, the most important last.
    func curves(_ kind: ChartKind, _ state: DashboardState, _ axis: ChartAxis) -> [LineChart.Series] {
        let (history, strings) = (state.charts.history, state.strings)
        let ghosts = state.charts.ghosts.indices.flatMap { ghostCurves(kind, $0, state) }
        func batches(_ name: String, _ role: Theme.Role, _ y: ValueSeries) -> LineChart.Series {
            .init(name: name, style: theme.style(role), x: axis.x, y: y)
        }
        /// The spread of the batch values, behind the other curves.
        func cloud(_ y: ValueSeries) -> LineChart.Series {
            var series = LineChart.Series(
                name: strings[.seriesBatch], shortName: strings[.seriesBatchShort],
                style: theme.style(.batch), dash: .stippled, x: axis.x, y: y, showsValue: false)
            series.isBehind = true
            return series
        }
        /// The moving average of the batch values; the values themselves if they are not averaged.
        func average(_ smooth: ValueSeries, of y: ValueSeries) -> LineChart.Series {
            if history.smoothing == 0 { return cloud(y) }
            return .init(
                name: strings[.seriesBatch], shortName: strings[.seriesBatchShort],
                style: theme.style(.batch), dash: .dotted, x: axis.x, y: smooth, showsValue: false)
        }
        switch kind {
        case .accuracy, .loss:
            let isLoss = kind == .loss
            let result =
                ghosts + [
                    isLoss
                        ? average(history.smoothLoss, of: history.loss)
                        : average(history.smoothAccuracy, of: history.accuracy)
                ]
            let epochs = Self.shown(state.epochs)
            var train = epochs.map {
                (axis.value(Double($0.epoch + 1)), isLoss ? $0.trainLoss : $0.trainAccuracy)
            }
            // The mean of a few batches would be a spike at the line's end.
            if let batch = state.batch, state.epochs.last?.epoch != batch.epoch,
                batch.step * 4 >= batch.steps
            {
                train.append((axis.value(state.position), isLoss ? batch.loss : batch.accuracy))
            }
            let validation = epochs.map {
                (axis.value(Double($0.epoch + 1)), isLoss ? $0.validationLoss : $0.validationAccuracy)
            }
            return result + [
                .init(
                    name: strings[.seriesTrain], shortName: strings[.seriesTrainShort],
                    style: theme.style(.train), points: train),
                .init(
                    name: strings[.seriesValidation], shortName: strings[.seriesValidationShort],
                    style: theme.style(.validation),
                    dash: .dashed, points: validation),
            ]
        case .learningRate: return ghosts + [batches(strings[.chartRate], .accent, history.rate)]
        case .gap:
            let gap = Self.shown(state.epochs).map {
                (axis.value(Double($0.epoch + 1)), $0.validationLoss - $0.trainLoss)
            }
            return ghosts + [.init(name: strings[.seriesGap], style: theme.style(.validation), points: gap)]
        case .gradientNorm:
            if history.smoothing == 0 {
                return ghosts + [batches(strings[.chartGradientNorm], .accent, history.gradientNorm)]
            }
            return [cloud(history.gradientNorm)] + ghosts + [
                batches(strings[.chartGradientNorm], .accent, history.smoothGradientNorm)
            ]
        case .speed: return ghosts + [batches(strings[.seriesSpeed], .train, history.speed)]
        case .resources: return resourceCurves(history.resources, axis, strings)
        }
    }

    /// Thins thousands of epochs evenly to about the width of a large screen, keeping the newest,
    /// so that the cost of a frame does not grow with the run.
    static func shown(_ epochs: [TrainerEvent.EpochEnded]) -> [TrainerEvent.EpochEnded] {
        let step = epochs.count / 1024
        return step < 2
            ? epochs : stride(from: (epochs.count - 1) % step, to: epochs.count, by: step).map { epochs[$0] }
    }

    /// The curves of a run being compared, in a colour of its own and with dashes of their own.
    private func ghostCurves(_ kind: ChartKind, _ index: Int, _ state: DashboardState) -> [LineChart.Series] {
        let (ghost, strings) = (state.charts.ghosts[index], state.strings)
        // A log of another program knows neither its batches nor their time: it is drawn at this
        // run's pace, by its epochs.
        let axis =
            ghost.isOutside
            ? ChartAxis(state)
            : ChartAxis(ghost.history, state.charts.axis, stepsPerEpoch: state.batch?.steps ?? 1)
        let places = ghost.isOutside ? ghost.history.positions.map(axis.value) : axis.x
        var style = theme.style(.dim)
        style.foreground = theme.ghost(index)
        func epochs(
            _ name: Phrase, _ short: Phrase, _ dash: LineChart.Dash,
            _ value: (TrainerEvent.EpochEnded) -> Double
        ) -> LineChart.Series {
            .init(
                name: "\(ghost.name) \(strings[name])", shortName: "\(ghost.name)\(strings[short])",
                style: style, dash: dash,
                points: Self.shown(ghost.epochs).map { (axis.value(Double($0.epoch + 1)), value($0)) },
                showsValue: false)
        }
        func batches(_ y: ValueSeries) -> LineChart.Series {
            .init(name: ghost.name, style: style, dash: .dashDot, x: places, y: y, showsValue: false)
        }
        let all: [LineChart.Series] =
            switch kind {
            case .accuracy:
                [
                    epochs(.seriesTrain, .seriesTrainShort, .dashDot, \.trainAccuracy),
                    epochs(.seriesValidation, .seriesValidationShort, .dashDotDot, \.validationAccuracy),
                ]
            case .loss:
                [
                    epochs(.seriesTrain, .seriesTrainShort, .dashDot, \.trainLoss),
                    epochs(.seriesValidation, .seriesValidationShort, .dashDotDot, \.validationLoss),
                ]
            case .learningRate: [batches(ghost.history.rate)]
            case .gap: [epochs(.seriesGap, .seriesGap, .dashDot) { $0.validationLoss - $0.trainLoss }]
            case .gradientNorm: [batches(ghost.history.gradientNorm)]
            case .speed: [batches(ghost.history.speed)]
            case .resources: []
            }
        return all.filter { !$0.y.bounds(0..<$0.y.count).isEmpty }
    }

    /// Memory and CPU curves on one axis in percent. 100 % of memory is `memoryCeiling`.
    private func resourceCurves(
        _ resources: RunHistory.Resources, _ axis: ChartAxis, _ strings: Strings
    ) -> [LineChart.Series] {
        let x =
            switch axis.kind {
            case .epoch: resources.positions
            case .step: resources.steps
            case .time: resources.seconds
            }
        var memory = LineChart.Series(
            name: strings[.seriesMemory], shortName: strings[.seriesMemoryShort],
            style: theme.style(.validation), dash: .dashed, x: x, y: resources.memory)
        memory.factor = 100 / Self.memoryCeiling(resources)
        memory.format = { Self.memory($0) }
        var processor = LineChart.Series(
            name: strings[.seriesProcessor], shortName: strings[.seriesProcessorShort],
            style: theme.style(.train), x: x, y: resources.processor)
        processor.format = { "\(Int(nearest: $0))%" }
        return [memory, processor]
    }

    /// The memory, in bytes, that counts as 100 %: a power of two at least 5 % above the peak.
    static func memoryCeiling(_ resources: RunHistory.Resources) -> Double {
        let peak = resources.memory.bounds(0..<resources.memory.count).high
        guard peak.isFinite else { return 1_048_576 }
        var ceiling = 1_048_576.0
        while ceiling < peak * 1.05 { ceiling *= 2 }
        return ceiling
    }

    static func memory(_ bytes: Double) -> String {
        let mebibytes = bytes / 1_048_576
        return mebibytes >= 1024 ? String(format: "%.1fG", mebibytes / 1024) : "\(Int(nearest: mebibytes))M"
    }

    static func number(_ kind: ChartKind, _ value: Double) -> String {
        switch kind {
        case .learningRate: value == 0 ? "0" : value.rateText
        case .speed: "\(Int(nearest: value))"
        case .resources: "\(Int(nearest: value))%"
        case .gradientNorm:
            String(format: abs(value) >= 100 ? "%.0f" : abs(value) >= 1 ? "%.1f" : "%.3f", value)
        default: String(format: abs(value) < 10 ? "%.3f" : "%.1f", value)
        }
    }
}
