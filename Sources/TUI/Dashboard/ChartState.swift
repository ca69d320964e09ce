package import Keys
package import Runs

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

/// The charts: their data, and how they are shown.
package struct ChartState: Sendable {
    package enum Axis: String, CaseIterable, Codable, Sendable { case epoch, step, time }

    package var history = RunHistory()
    /// Other runs, drawn behind this one's curves, in the order in which they were chosen.
    package var ghosts: [GhostRun] = []
    package static let mostGhosts = 8
    /// The newest of them with recorded predictions, for comparisons.
    var ghostWithPredictions: GhostRun? { ghosts.last { $0.predictions?.epochs.last != nil } }
    /// All runs in the home folder; nil until they are listed.
    package var runs: [RunRecord]?

    /// Width of the visible range, in epochs; nil shows the whole run.
    package var width: Double?
    /// Right end of the visible range, in epochs; nil follows the newest batch.
    package var end: Double?
    /// Position of the crosshair, in epochs.
    package var cursor: Double?
    package var isLogarithmic = false
    /// Whether the y range is that of all possible values, not only of those that are there.
    package var isFull = false
    /// Whether the y range leaves outliers out.
    package var isRobust = false
    package var axis = Axis.epoch
    package var layout = ChartLayout.pair
    package var chosen = ChartKind.accuracy
    /// Whether the chosen chart fills the screen.
    package var isOpen = false

    static let smoothings = [0.9, 0.97, 0, 0.6]
    /// Narrowest range that a zoom can show, in epochs.
    static let leastWidth = 0.05

    /// The charts to draw; a small screen shows those of a smaller layout.
    var kinds: [ChartKind] { isOpen ? [chosen] : layout.kinds ?? [chosen] }

    package func showsGhost(_ run: String) -> Bool { ghosts.contains { $0.name == run } }

    /// Begins the data of a run, keeping how it is shown.
    mutating func begin(batchSize: Int) {
        history = RunHistory(smoothing: history.smoothing)
        history.batchSize = batchSize
    }

    // MARK: The visible range

    /// The course of a run, in epochs: the width of the whole x axis, and the newest batch.
    struct Course {
        var whole: Double
        var position: Double
    }

    /// The visible range, in epochs.
    func span(_ course: Course) -> ClosedRange<Double> {
        guard let width else { return 0...course.whole }
        let end = max(end ?? course.position, width)
        return end - width...end
    }

    /// Multiplies the visible width, towards the crosshair if there is one, otherwise towards the
    /// newest batch.
    mutating func zoom(by factor: Double, _ course: Course) {
        let span = span(course)
        let wanted = (span.upperBound - span.lowerBound) * factor
        guard wanted < course.whole else { return showAll() }
        let width = max(wanted, Self.leastWidth)
        self.width = width
        if let cursor { end = min(course.whole, cursor + width / 2) }
    }

    /// Multiplies the visible width; `position`, which is under the pointer, stays where it is.
    mutating func zoom(by factor: Double, at position: Double, _ course: Course) {
        guard factor > 0, factor.isFinite, position.isFinite else { return }
        let span = span(course)
        let old = span.upperBound - span.lowerBound
        let wanted = max(old * factor, Self.leastWidth)
        guard wanted < course.whole else { return showAll() }
        let part = min(max((position - span.lowerBound) / old, 0), 1)
        width = wanted
        end = min(max(position + (1 - part) * wanted, wanted), course.whole)
    }

    mutating func show(_ range: ClosedRange<Double>, _ course: Course) {
        guard range.lowerBound.isFinite, range.upperBound.isFinite else { return }
        let wanted = max(range.upperBound - range.lowerBound, Self.leastWidth)
        guard wanted < course.whole else { return showAll() }
        width = wanted
        end = min(max((range.lowerBound + range.upperBound + wanted) / 2, wanted), course.whole)
    }

    mutating func showAll() { (width, end) = (nil, nil) }

    /// Moves the visible range by a part of its width; false if the whole run is visible.
    mutating func pan(by part: Double, _ course: Course) -> Bool {
        guard let width else { return false }
        let wanted = min(max(span(course).upperBound + part * width, width), course.whole)
        end = wanted >= course.position && part > 0 ? nil : wanted
        return true
    }

    /// Moves the crosshair by columns of a screen that is `columns` wide.
    mutating func moveCursor(by steps: Int, columns: Int, _ course: Course) {
        let span = span(course)
        let step = (span.upperBound - span.lowerBound) / Double(max(20, columns / (kinds.count > 1 ? 2 : 1)))
        setCursor((cursor ?? min(course.position, span.upperBound)) + Double(steps) * step, course)
    }

    mutating func setCursor(_ position: Double, _ course: Course) {
        guard position.isFinite else { return }
        let span = span(course)
        // Beyond the newest batch there is nothing to read.
        cursor = max(min(position, span.upperBound, course.position), span.lowerBound)
    }

    // MARK: Settings

    mutating func chooseNextSmoothing() {
        let all = Self.smoothings
        history.smooth(all[((all.firstIndex(of: history.smoothing) ?? 0) + 1) % all.count])
    }

    mutating func chooseNextAxis() {
        let all = Axis.allCases
        axis = all[(all.firstIndex(of: axis)! + 1) % all.count]
    }

    mutating func chooseNextLayout() {
        let all = ChartLayout.allCases
        layout = all[(all.firstIndex(of: layout)! + 1) % all.count]
        if layout == .one { chosen = .loss }
    }

    mutating func chooseKind(_ step: Int) {
        let all = ChartKind.allCases
        let next = (all.firstIndex(of: chosen)! + step) % all.count
        chosen = all[next < 0 ? next + all.count : next]
    }

    /// Closes the crosshair, the open chart or the zoom, in that order.
    mutating func leave() {
        if cursor != nil {
            cursor = nil
        } else if isOpen {
            isOpen = false
        } else if width != nil {
            showAll()
        }
    }
}
