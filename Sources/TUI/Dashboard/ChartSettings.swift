import Foundation
import Keys
import Phrases

/// The charts that the train screen shows.
package enum ChartLayout: String, CaseIterable, Codable, Sendable {
    case pair, four, six, one

    /// The charts of this layout; nil means the chosen one alone.
    package var kinds: [ChartKind]? {
        switch self {
        case .pair: [.accuracy, .loss]
        case .four: [.accuracy, .loss, .learningRate, .gap]
        case .six: [.accuracy, .loss, .learningRate, .gradientNorm, .speed, .resources]
        case .one: nil
        }
    }
}

/// View settings of the charts: zoom, crosshair, axes, smoothing and layout.
package struct ChartSettings: Equatable, Sendable {
    package enum Axis: String, CaseIterable, Codable, Sendable { case epoch, step, time }

    /// Width of the visible range, in epochs; nil shows the whole run.
    package var width: Double?
    /// Right end of the visible range, in epochs; nil follows the newest batch.
    package var end: Double?
    /// Position of the crosshair, in epochs.
    package var cursor: Double?
    package var isLogarithmic = false
    /// Whether the y range leaves outliers out.
    package var isRobust = false
    package var axis = Axis.epoch
    package var layout = ChartLayout.pair
    package var chosen = ChartKind.accuracy
    /// Whether the chosen chart fills the screen.
    package var isOpen = false

    static let smoothings = [0, 0.6, 0.9, 0.97]
    /// Narrowest range that a zoom can show, in epochs.
    static let leastWidth = 0.05

    /// The charts to draw; a small screen shows those of a smaller layout.
    var kinds: [ChartKind] { isOpen ? [chosen] : layout.kinds ?? [chosen] }
}

extension DashboardState {
    /// Width of the x axis when the whole run is visible, in epochs.
    package var wholeSpan: Double {
        Double(max(1, max(totalEpochs, Int(position.rounded(.up)))))
    }

    /// The visible range, in epochs.
    package var shownSpan: ClosedRange<Double> {
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
            // Zoom towards the crosshair if there is one, otherwise towards the newest batch.
            if let cursor = charts.cursor { charts.end = min(wholeSpan, cursor + charts.width! / 2) }
        case .zoomAt(let factor, let position):
            guard factor > 0, factor.isFinite, position.isFinite else { return }
            let wanted = max(width * factor, ChartSettings.leastWidth)
            guard wanted < wholeSpan else { return perform(.showAll) }
            // The position under the pointer stays where it is.
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

    /// Closes the crosshair, the open chart or the zoom, in that order; false if none is open.
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
