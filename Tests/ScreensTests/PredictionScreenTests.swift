import Canvas
import Keys
import ScreenSupport
import Screens
import Testing

@testable import Dashboard

/// The predictions and the layers on the screen.
@Suite struct PredictionScreenTests {
    var state = Sample.state()

    private mutating func press(_ keys: Key...) { for key in keys { _ = state.reduce(.key(key)) } }

    /// Pressing the coverage chart sets the threshold to that position.
    @Test mutating func theCoverageChartReactsToTheMouse() throws {
        press(.character("4"), .character("v"), .character("v"))
        let view = try Sample.view()
        _ = view.render(state)
        let place = try #require(
            view.targets.all.first { if case .threshold = $0.target { true } else { false } })
        for (column, threshold) in [(0, 0), (place.rect.columns - 1, 100), (place.rect.columns / 2, 50)] {
            _ = state.reduce(
                .mouse(
                    MouseEvent(.press, column: place.rect.column + column, row: place.rect.row),
                    on: place.target))
            #expect(abs(state.predictions.settings.threshold - threshold) <= 1)
        }
        _ = state.reduce(
            .mouse(MouseEvent(.wheelUp, column: place.rect.column, row: place.rect.row), on: place.target))
        #expect((50...53).contains(state.predictions.settings.threshold))
    }

    @Test mutating func layersAreShownWithTheirNorms() throws {
        press(.character("3"), .down)
        let text = try Sample.view().render(state).plainText
        #expect(text.contains("layer 101: weights 2.25e+00 · gradient 5.00e-01 · update ratio 1.00e-03"))
    }
}
