import Canvas
import Keys
import Phrases
import Recipes

/// The charts' actions: changes `ChartState` and says what has changed.
extension DashboardState {
    /// Width of the x axis when the whole run is visible, in epochs.
    package var wholeSpan: Double {
        let others = charts.ghosts.map(\.end).max() ?? 0
        // A run that has ended needs no room for the epochs that it did not train.
        if run.status.isLast, position > 0 { return max(position, others) }
        return max(1, Double(totalEpochs), position.rounded(.up), others.rounded(.up))
    }

    private var course: ChartState.Course { ChartState.Course(whole: wholeSpan, position: position) }

    /// The visible range, in epochs.
    package var shownSpan: ClosedRange<Double> { charts.span(course) }

    mutating func perform(_ action: ChartAction) {
        switch action {
        case .zoom(let factor): charts.zoom(by: factor, course)
        case .zoomAt(let factor, let position): charts.zoom(by: factor, at: position, course)
        case .show(let range): charts.show(range, course)
        case .showAll: charts.showAll()
        case .pan(let part):
            if !charts.pan(by: part, course) {
                say(strings(.wholeRunShown, keys.label(.chart(.zoom(0.5)))))
            }
        case .moveCursor(let columns): charts.moveCursor(by: columns, columns: size.columns, course)
        case .setCursor(let position): charts.setCursor(position, course)
        case .toggleLogarithm:
            charts.isLogarithmic.toggle()
            say(strings[charts.isLogarithmic ? .logarithmicAxes : .linearAxes])
        case .toggleFull:
            charts.isFull.toggle()
            say(strings[charts.isFull ? .fullRange : .rangeOfData])
        case .toggleRobust:
            charts.isRobust.toggle()
            say(strings[charts.isRobust ? .outliersCut : .outliersShown])
        case .nextSmoothing:
            charts.chooseNextSmoothing()
            let weight = charts.history.smoothing
            say(weight > 0 ? strings(.smoothedBy, ((1 - weight) * 100).short) : strings[.notSmoothed])
        case .nextAxis:
            charts.chooseNextAxis()
            say(strings[charts.axis.announcement])
        case .nextLayout:
            charts.chooseNextLayout()
            say(strings[charts.layout.announcement])
        case .nextKind(let step):
            guard charts.isOpen || charts.layout == .one else {
                return say(strings(.openFirst, keys.label(.open)))
            }
            charts.chooseKind(step)
        case .open(let kind): (charts.chosen, charts.isOpen) = (kind, true)
        case .toggleOpen: charts.isOpen.toggle()
        }
    }
}

extension ChartState.Axis {
    fileprivate var announcement: Phrase {
        switch self {
        case .epoch: .axisEpochs
        case .step: .axisBatches
        case .time: .axisTime
        }
    }
}

extension ChartLayout {
    fileprivate var announcement: Phrase {
        switch self {
        case .pair: .layoutPair
        case .four: .layoutFour
        case .six: .layoutSix
        case .one: .layoutOne
        }
    }
}
