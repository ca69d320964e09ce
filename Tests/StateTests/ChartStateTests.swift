import Basics
import Canvas
import Keys
import Phrases
import Plots
import Recipes
import Runs
import ScreenSupport
import Testing
import Training

@testable import Dashboard

/// What the charts show: axes, zoom, crosshair, another run.
@Suite struct ChartStateTests {
    var state = Sample.state()

    @Test(arguments: ChartState.Axis.allCases) func everyPlaceIsFoundAgain(kind: ChartState.Axis) {
        var state = state
        state.charts.axis = kind
        for axis in [ChartAxis(state), ChartAxis(RunHistory(), kind, stepsPerEpoch: 35)] {
            for position in stride(from: 0.0, through: 12, by: 0.13) {
                #expect(abs(axis.position(axis.value(position)) - position) < 1e-9)
            }
        }
    }

    /// When a stage ends early or is extended, the charts span the new number of epochs.
    @Test func theChartsSpanTheEpochsThatTheRunNowHas() {
        var state = DashboardState(size: Size(columns: 80, rows: 24))
        var settings = RecipeState(Recipe())
        (settings.headEpochs, settings.fineTuneEpochs) = (3, 5)
        _ = state.reduce(.session(.settings(settings), clock: "12:00"))
        #expect(state.wholeSpan == 8)
        settings.fineTuneEpochs = 14
        _ = state.reduce(.session(.settings(settings), clock: "12:00"))
        #expect(state.wholeSpan == 17)
    }

    @Test func layoutsAreAnnouncedInTheUsersLanguage() {
        var state = DashboardState(size: Size(columns: 80, rows: 24), language: .simplifiedChinese)
        for phrase in [Phrase.layoutFour, .layoutSix, .layoutOne, .layoutPair] {
            state.perform(.nextLayout)
            #expect(state.toast?.text == state.strings[phrase])
            #expect(state.toast?.text.unicodeScalars.contains { $0.value > 0x4e00 } == true)
        }
    }

    @Test mutating func zoomingAtAPlaceKeepsItThere() {
        state.perform(.zoomAt(factor: 0.5, position: 4))
        #expect(state.shownSpan == 2...7)
        state.perform(.zoomAt(factor: 0.5, position: 2))
        #expect(state.shownSpan == 2...4.5)
        state.perform(.zoomAt(factor: 100, position: 2))
        #expect(state.shownSpan == 0...10 && state.charts.width == nil)
        for bad in [Double.nan, .infinity, -1] { state.perform(.zoomAt(factor: bad, position: bad)) }
        #expect(state.shownSpan == 0...10)
    }

    @Test mutating func aDragShowsWhatItSpans() {
        state.perform(.show(3...5))
        #expect(state.shownSpan == 3...5)
        state.perform(.show(9.999...10))
        #expect(state.shownSpan.upperBound == 10 && state.charts.width == ChartState.leastWidth)
        state.perform(.show(-7 ... -6))
        #expect(state.shownSpan == 0...1)
        state.perform(.show(-1...11))
        #expect(state.charts.width == nil)
    }

    @Test mutating func theCrosshairGoesWhereItIsPutWithinWhatIsShown() {
        state.perform(.show(2...6))
        state.perform(.setCursor(3.25))
        #expect(state.charts.cursor == 3.25)
        state.perform(.setCursor(99))
        #expect(state.charts.cursor == 6)
        // Beyond the newest batch there is nothing to read.
        state.perform(.showAll)
        state.perform(.setCursor(99))
        #expect(state.charts.cursor == state.position && state.position == 6.5)
        state.perform(.moveCursor(5))
        #expect(state.charts.cursor == 6.5)
        state.perform(.show(7...9))
        state.perform(.setCursor(8))
        #expect(state.charts.cursor == 7)
        state.perform(.open(.speed))
        #expect(state.charts.isOpen && state.charts.chosen == .speed)
        state.perform(.nextKind(-1))
        #expect(state.charts.chosen == .gradientNorm)
        state.perform(.open(.accuracy))
        state.perform(.nextKind(-1))
        #expect(state.charts.chosen == .resources)
    }

    /// A run that has ended has the whole width for its epochs, and other runs are not cut off.
    @Test mutating func anEndedRunUsesTheWholeWidth() {
        #expect(state.shownSpan == 0...10)
        let events = Sample.events.compactMap { if case .training(let event) = $0 { event } else { nil } }
        _ = state.reduce(.session(.statusChanged(.stopped), clock: ""))
        #expect(state.shownSpan == 0...6.5)
        var longer = events
        longer.append(
            .batchEnded(
                .init(
                    epoch: 8, step: 1, steps: 2, loss: 1, accuracy: 0.5, batchLoss: 1, learningRate: 1e-3,
                    imagesPerSecond: 32)))
        _ = state.reduce(.ghostLoaded(GhostRun(name: "0007", events: longer), problem: nil))
        #expect(state.shownSpan == 0...8.5)
    }

    /// Each choice in the dialog adds a run or hides it; the eldest gives way to a ninth.
    @Test mutating func severalRunsCanBeShown() {
        for name in 1...9 {
            _ = state.reduce(.ghostLoaded(GhostRun(name: "\(name)", events: []), problem: nil))
        }
        #expect(state.charts.ghosts.map(\.name) == (2...9).map(String.init))
        _ = state.reduce(.ghostLoaded(nil, problem: UserError("gone")))
        #expect(state.charts.ghosts.count == 8 && state.toast?.text == "gone")
        let runs = Sample.runs
        _ = state.reduce(.ghostLoaded(GhostRun(name: runs[0].run, events: []), problem: nil))
        Sample.press("c", &state)
        _ = state.reduce(.runsListed(runs, problem: nil))
        let effects = state.reduce(.key(.enter))
        #expect(!state.charts.showsGhost(runs[0].run) && state.charts.ghosts.count == 7 && effects.isEmpty)
    }

    @Test func labelsOfTicksDiffer() {
        for kind in ChartState.Axis.allCases {
            let axis = ChartAxis(RunHistory(), kind, stepsPerEpoch: 84)
            for start in [0, 3.7, 99, 3599, 12_345, 86_399.5] {
                for width in [0.05, 0.4, 3, 50, 400, 7000, 90_000] {
                    for most in [2, 4, 9] {
                        let ticks = LineChart.ticks(
                            within: start...start + width, most: most, steps: axis.steps)
                        let labels = ticks.map { axis.label($0, step: ticks[1] - ticks[0]) }
                        #expect(ticks.count >= 2 && Set(labels).count == labels.count, "\(kind) \(labels)")
                    }
                }
            }
        }
    }

    /// The accuracy of single batches follows from the means over their epoch, and the average
    /// goes on from epoch to epoch.
    @Test func theMovingAverageDoesNotStartAgain() {
        var history = RunHistory(smoothing: 0.9)
        let own = [0.2, 0.4, 0.9, 0.5, 0.8, 0.8, 1, 0.6, 0.75, 0.9]
        var (sum, expected, weights) = (0.0, 0.0, 0.0)
        for (index, accuracy) in own.enumerated() {
            let (epoch, step) = (index / 5, index % 5 + 1)
            sum = step == 1 ? accuracy : sum + accuracy
            history.append(
                .init(
                    epoch: epoch, step: step, steps: 5, loss: 1, accuracy: sum / Double(step),
                    batchLoss: accuracy, learningRate: 1e-3, imagesPerSecond: 32))
            (expected, weights) = (expected * 0.9 + accuracy * 0.1, weights * 0.9 + 0.1)
            #expect(abs(history.accuracy.values[index] - accuracy) < 1e-9)
            #expect(abs(history.smoothAccuracy.values[index] - expected / weights) < 1e-9)
            #expect(abs(history.smoothLoss.values[index] - expected / weights) < 1e-9)
        }
        history.smooth(0.6)
        history.smooth(0.9)
        #expect(abs(history.smoothAccuracy.values.last! - expected / weights) < 1e-9)
    }

    /// Batches that a killed and resumed run recorded twice count once.
    @Test func whatAGhostDidTwiceCountsOnce() {
        let events = Sample.events.compactMap { if case .training(let event) = $0 { event } else { nil } }
        let ghost = GhostRun(name: "x", events: events + events.suffix(events.count / 2))
        let once = GhostRun(name: "x", events: events)
        #expect(ghost.history.positions == once.history.positions)
        #expect(ghost.epochs == once.epochs && once.epochs.count == 6 && once.history.count == 65)
        #expect(zip(ghost.history.positions, ghost.history.positions.dropFirst()).allSatisfy { $0 < $1 })
    }
}
