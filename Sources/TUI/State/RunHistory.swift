import Core
import Foundation
import Plots

/// What the charts show of a run, batch by batch, with the three x axes.
struct RunHistory: Sendable {
    /// Epochs done with fractions, batches done, and seconds of training, for each batch.
    private(set) var positions: [Double] = []
    private(set) var steps: [Double] = []
    private(set) var seconds: [Double] = []
    private(set) var loss = ValueSeries()
    private(set) var accuracy = ValueSeries()
    private(set) var rate = ValueSeries()
    private(set) var speed = ValueSeries()
    /// Exponential moving averages, by `smoothing`.
    private(set) var smoothLoss = ValueSeries()
    private(set) var smoothAccuracy = ValueSeries()
    /// Weight of the average so far; 0 smooths nothing.
    private(set) var smoothing = 0.0
    /// Images a batch, for the time that a batch took.
    var batchSize = 32

    var count: Int { positions.count }

    mutating func append(_ batch: TrainerEvent.BatchEnded) {
        positions.append(Double(batch.epoch) + Double(batch.step) / Double(max(1, batch.steps)))
        steps.append(Double(count))
        let took = batch.imagesPerSecond > 0 ? Double(batchSize) / batch.imagesPerSecond : 0
        seconds.append((seconds.last ?? 0) + took)
        loss.append(batch.batchLoss)
        accuracy.append(batch.accuracy)
        rate.append(batch.learningRate)
        speed.append(batch.imagesPerSecond)
        if smoothing > 0 {
            smoothLoss.append(Self.blend(smoothLoss.values.last, batch.batchLoss, smoothing))
            smoothAccuracy.append(Self.blend(smoothAccuracy.values.last, batch.accuracy, smoothing))
        }
    }

    mutating func smooth(_ weight: Double) {
        smoothing = weight
        (smoothLoss, smoothAccuracy) = (Self.averages(loss, weight), Self.averages(accuracy, weight))
    }

    private static func averages(_ series: ValueSeries, _ weight: Double) -> ValueSeries {
        var result = ValueSeries()
        if weight > 0 { for value in series.values { result.append(blend(result.values.last, value, weight)) } }
        return result
    }

    /// A value that is not a number is passed over.
    private static func blend(_ average: Double?, _ value: Double, _ weight: Double) -> Double {
        guard let average, average.isFinite else { return value }
        return value.isFinite ? average * weight + value * (1 - weight) : average
    }
}

enum ChartKind: Int, CaseIterable, Sendable {
    case accuracy, loss, learningRate, gap, speed

    var title: String {
        switch self {
        case .accuracy: "accuracy"
        case .loss: "loss"
        case .learningRate: "learning rate"
        case .gap: "validation − train loss"
        case .speed: "images a second"
        }
    }
}

/// How the charts are looked at.
struct ChartSettings: Equatable, Sendable {
    enum Axis: CaseIterable, Sendable { case epoch, step, time }
    /// Which charts stand on the train screen.
    enum Layout: CaseIterable, Sendable { case pair, four, one }

    /// Epochs shown; nil for all.
    var width: Double?
    /// Right end of what is shown, in epochs; nil follows the run.
    var end: Double?
    /// Where the crosshair stands, in epochs.
    var cursor: Double?
    var isLogarithmic = false
    var axis = Axis.epoch
    var layout = Layout.pair
    var chosen = ChartKind.accuracy
    /// The chosen chart takes the whole screen.
    var isOpen = false

    static let smoothings = [0, 0.6, 0.9, 0.97]

    /// The charts on the screen.
    var kinds: [ChartKind] {
        if isOpen { return [chosen] }
        return switch layout {
        case .pair: [.accuracy, .loss]
        case .four: [.accuracy, .loss, .learningRate, .speed]
        case .one: [chosen]
        }
    }
}

extension DashboardState {
    /// Epochs that the charts span when all are shown.
    var wholeSpan: Double {
        Double(max(1, max(context?.configuration.totalEpochs ?? 10, Int(position.rounded(.up)))))
    }

    /// What the charts show, in epochs.
    var shownSpan: ClosedRange<Double> {
        guard let width = charts.width else { return 0...wholeSpan }
        let end = max(charts.end ?? position, width)
        return end - width...end
    }

    mutating func perform(_ action: ChartAction) {
        let span = shownSpan
        let width = span.upperBound - span.lowerBound
        switch action {
        case .zoom(let factor):
            let wanted = width * factor
            guard wanted < wholeSpan else { return perform(.showAll) }
            charts.width = max(wanted, 0.05)
            // Towards the crosshair where there is one, else towards the newest batch.
            if let cursor = charts.cursor { charts.end = min(wholeSpan, cursor + charts.width! / 2) }
        case .showAll: (charts.width, charts.end) = (nil, nil)
        case .pan(let part):
            guard charts.width != nil else { return say("The whole run is shown; + zooms in.") }
            let end = min(max(span.upperBound + part * width, width), wholeSpan)
            charts.end = end >= position && part > 0 ? nil : end
        case .moveCursor(let columns):
            let step = width / Double(max(20, size.columns / max(1, charts.kinds.count > 1 ? 2 : 1)))
            let start = charts.cursor ?? min(position, span.upperBound)
            charts.cursor = min(max(start + Double(columns) * step, span.lowerBound), span.upperBound)
        case .toggleLogarithm:
            charts.isLogarithmic.toggle()
            say(charts.isLogarithmic ? "Logarithmic y axes." : "Linear y axes.")
        case .nextSmoothing:
            let all = ChartSettings.smoothings
            let next = all[((all.firstIndex(of: history.smoothing) ?? 0) + 1) % all.count]
            history.smooth(next)
            say(next > 0 ? "Smoothed: each batch counts \(((1 - next) * 100).short) %; the range of the batches stays behind." : "Not smoothed.")
        case .nextAxis:
            let all = ChartSettings.Axis.allCases
            charts.axis = all[(all.firstIndex(of: charts.axis)! + 1) % all.count]
            let name =
                switch charts.axis {
                case .epoch: "epochs"
                case .step: "batches"
                case .time: "time of training"
                }
            say("x: \(name).")
        case .nextLayout:
            let all = ChartSettings.Layout.allCases
            charts.layout = all[(all.firstIndex(of: charts.layout)! + 1) % all.count]
            if charts.layout == .one { charts.chosen = .loss }
        case .nextKind(let step):
            guard charts.isOpen || charts.layout == .one else { return say("Enter opens a chart; then ↑ and ↓ choose which.") }
            let count = ChartKind.allCases.count
            charts.chosen = ChartKind(rawValue: (charts.chosen.rawValue + step + count) % count)!
        case .toggleOpen: charts.isOpen.toggle()
        }
    }

    /// Leaves what was opened last; false when there is nothing to leave.
    mutating func leaveChart() -> Bool {
        if charts.cursor != nil {
            charts.cursor = nil
        } else if charts.isOpen {
            charts.isOpen = false
        } else if charts.width != nil {
            perform(.showAll)
        } else {
            return false
        }
        return true
    }
}

/// What a key does to the charts.
enum ChartAction: Equatable, Sendable {
    /// To this multiple of the width shown.
    case zoom(Double)
    case showAll
    /// By this part of the width shown.
    case pan(Double)
    case moveCursor(Int)
    case toggleLogarithm, nextSmoothing, nextAxis, nextLayout, toggleOpen
    case nextKind(Int)
}
