import Foundation

public enum ChartKind: String, CaseIterable, Codable, Sendable {
    case accuracy, loss, learningRate, gap, gradientNorm, speed, resources

    var title: Phrase {
        switch self {
        case .accuracy: .chartAccuracy
        case .loss: .chartLoss
        case .learningRate: .chartRate
        case .gap: .chartGap
        case .gradientNorm: .chartGradientNorm
        case .speed: .chartSpeed
        case .resources: .chartResources
        }
    }

    /// Where the title has no room.
    var shortTitle: Phrase {
        switch self {
        case .learningRate: .chartRateShort
        case .gap: .chartGapShort
        case .gradientNorm: .chartGradientShort
        case .speed: .chartSpeedShort
        case .resources: .chartResourcesShort
        case .accuracy, .loss: title
        }
    }

    /// Whether its y axis can be logarithmic: a gap may be negative, and shares are read from 0.
    var hasLogarithm: Bool { self != .gap && self != .resources }
    /// Whether outliers can be cut: shares have fixed ends.
    var hasOutliers: Bool { self != .resources }
}

/// Which charts stand on the train screen.
public enum ChartLayout: String, CaseIterable, Codable, Sendable {
    case pair, four, six, one

    /// Nil: the chosen one.
    var kinds: [ChartKind]? {
        switch self {
        case .pair: [.accuracy, .loss]
        case .four: [.accuracy, .loss, .learningRate, .gap]
        case .six: [.accuracy, .loss, .learningRate, .gradientNorm, .speed, .resources]
        case .one: nil
        }
    }
}

/// How the charts are looked at.
struct ChartSettings: Equatable, Sendable {
    enum Axis: String, CaseIterable, Codable, Sendable { case epoch, step, time }

    /// Epochs shown; nil for all.
    var width: Double?
    /// Right end of what is shown, in epochs; nil follows the run.
    var end: Double?
    /// Where the crosshair stands, in epochs.
    var cursor: Double?
    var isLogarithmic = false
    /// Whether outliers are cut off.
    var isRobust = false
    var axis = Axis.epoch
    var layout = ChartLayout.pair
    var chosen = ChartKind.accuracy
    /// The chosen chart takes the whole screen.
    var isOpen = false

    static let smoothings = [0, 0.6, 0.9, 0.97]
    /// The fewest epochs that a zoom shows.
    static let leastWidth = 0.05

    /// The charts that are asked for; a small screen shows fewer.
    var kinds: [ChartKind] { isOpen ? [chosen] : layout.kinds ?? [chosen] }
}

extension DashboardState {
    /// Epochs that the charts span when all are shown.
    var wholeSpan: Double {
        Double(max(1, max(totalEpochs, Int(position.rounded(.up)))))
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
            charts.width = max(wanted, ChartSettings.leastWidth)
            // Towards the crosshair where there is one, else towards the newest batch.
            if let cursor = charts.cursor { charts.end = min(wholeSpan, cursor + charts.width! / 2) }
        case .zoomAt(let factor, let position):
            guard factor > 0, factor.isFinite, position.isFinite else { return }
            let wanted = max(width * factor, ChartSettings.leastWidth)
            guard wanted < wholeSpan else { return perform(.showAll) }
            // What is under the pointer stays there.
            let part = min(max((position - span.lowerBound) / width, 0), 1)
            charts.width = wanted
            charts.end = min(max(position + (1 - part) * wanted, wanted), wholeSpan)
        case .show(let range):
            guard range.lowerBound.isFinite, range.upperBound.isFinite else { return }
            let wanted = max(range.upperBound - range.lowerBound, ChartSettings.leastWidth)
            guard wanted < wholeSpan else { return perform(.showAll) }
            charts.width = wanted
            charts.end = min(max((range.lowerBound + range.upperBound + wanted) / 2, wanted), wholeSpan)
        case .showAll: (charts.width, charts.end) = (nil, nil)
        case .pan(let part):
            guard charts.width != nil else {
                return say(strings(.wholeRunShown, keys.label(.chart(.zoom(0.5)))))
            }
            let end = min(max(span.upperBound + part * width, width), wholeSpan)
            charts.end = end >= position && part > 0 ? nil : end
        case .moveCursor(let columns):
            let step = width / Double(max(20, size.columns / max(1, charts.kinds.count > 1 ? 2 : 1)))
            let start = charts.cursor ?? min(position, span.upperBound)
            charts.cursor = min(max(start + Double(columns) * step, span.lowerBound), span.upperBound)
        case .setCursor(let position):
            guard position.isFinite else { return }
            charts.cursor = min(max(position, span.lowerBound), span.upperBound)
        case .toggleLogarithm:
            charts.isLogarithmic.toggle()
            say(strings[charts.isLogarithmic ? .logarithmicAxes : .linearAxes])
        case .toggleRobust:
            charts.isRobust.toggle()
            say(strings[charts.isRobust ? .outliersCut : .outliersShown])
        case .nextSmoothing:
            let all = ChartSettings.smoothings
            let next = all[((all.firstIndex(of: history.smoothing) ?? 0) + 1) % all.count]
            history.smooth(next)
            say(next > 0 ? strings(.smoothedBy, ((1 - next) * 100).short) : strings[.notSmoothed])
        case .nextAxis:
            let all = ChartSettings.Axis.allCases
            charts.axis = all[(all.firstIndex(of: charts.axis)! + 1) % all.count]
            let phrase: Phrase =
                switch charts.axis {
                case .epoch: .axisEpochs
                case .step: .axisBatches
                case .time: .axisTime
                }
            say(strings[phrase])
        case .nextLayout:
            let all = ChartLayout.allCases
            charts.layout = all[(all.firstIndex(of: charts.layout)! + 1) % all.count]
            switch charts.layout {
            case .pair: say("Two charts.")
            case .four: say("Four charts, or as many as there is room for.")
            case .six: say("Six charts, or as many as there is room for.")
            case .one:
                charts.chosen = .loss
                say("One chart; ↑ and ↓ choose which.")
            }
        case .nextKind(let step):
            guard charts.isOpen || charts.layout == .one else {
                return say(strings(.openFirst, keys.label(.open)))
            }
            let all = ChartKind.allCases
            let next = (all.firstIndex(of: charts.chosen)! + step) % all.count
            charts.chosen = all[next < 0 ? next + all.count : next]
        case .open(let kind): (charts.chosen, charts.isOpen) = (kind, true)
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

/// What a key or the mouse does to the charts. Places are in epochs.
enum ChartAction: Equatable, Sendable {
    /// To this multiple of the width shown.
    case zoom(Double)
    /// Likewise, and what stands at a place stays there.
    case zoomAt(factor: Double, position: Double)
    /// Exactly this part, as after a drag.
    case show(ClosedRange<Double>)
    case showAll
    /// By this part of the width shown.
    case pan(Double)
    /// By columns.
    case moveCursor(Int)
    case setCursor(Double)
    case toggleLogarithm, toggleRobust, nextSmoothing, nextAxis, nextLayout, toggleOpen
    case open(ChartKind)
    case nextKind(Int)
}
