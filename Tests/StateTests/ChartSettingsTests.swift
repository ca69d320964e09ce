import Canvas
import Recipes
import Runs
import ScreenSupport
import Testing
import Training

@testable import Dashboard

/// What the charts show: axes, zoom, crosshair, another run.
@Suite struct ChartSettingsTests {
    var state = Sample.state()

    @Test(arguments: ChartSettings.Axis.allCases) func everyPlaceIsFoundAgain(kind: ChartSettings.Axis) {
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
        #expect(state.shownSpan.upperBound == 10 && state.charts.width == ChartSettings.leastWidth)
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
        state.perform(.open(.speed))
        #expect(state.charts.isOpen && state.charts.chosen == .speed)
        state.perform(.nextKind(-1))
        #expect(state.charts.chosen == .gradientNorm)
        state.perform(.open(.accuracy))
        state.perform(.nextKind(-1))
        #expect(state.charts.chosen == .resources)
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
