import Canvas
import Keys
import Recipes
import ScreenSupport
import Sessions
import Testing
import Themes

@testable import Dashboard
@testable import Screens

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

    /// Small shares differ in colour, and each figure can be read on its own.
    @Test mutating func sharesHaveDepthsThatDiffer() throws {
        let view = try Sample.view()
        let wrong = [2: 0.02, 18: 0.18, 100: 1.0]
        var grounds: Set<Color> = []
        for (count, _) in wrong {
            // Of 100 daisies, some are predicted as dandelion.
            let set = PredictionSet(
                epoch: 7,
                predictions: (0..<100).map { index in
                    let predicted = index < count ? 1 : 0
                    return Prediction(
                        photo: 0, label: 0, probabilities: (0..<5).map { $0 == predicted ? 0.9 : 0.025 })
                })
            state.predictions.inspection = PredictionInspection(set, classes: 5)
            state.screen = .predictions
            state.predictions.settings.view = .confusion
            (state.predictions.settings.label, state.predictions.settings.predicted) = (4, 4)
            let buffer = view.render(state)
            let cell = try #require(
                view.targets.all.first { $0.target == .confusion(label: 0, predicted: 1) }?.rect)
            let style = buffer[cell.column, cell.row].style
            grounds.insert(style.background)
            #expect(Theme.contrast(style.foreground, style.background) >= 4.5)
        }
        #expect(grounds.count == 3)
    }

    /// The F1 of each epoch is there at every size.
    @Test(arguments: [(40, 12), (60, 16), (80, 24), (120, 40), (200, 60)])
    mutating func f1OverTheEpochsIsAlwaysShown(columns: Int, rows: Int) throws {
        press(.character("4"), .character("v"))
        state.size = Size(columns: columns, rows: rows)
        let text = try Sample.view().render(state).plainText
        #expect(text.contains { "▁▂▃▄▅▆▇█".contains($0) }, "\(text)")
    }

    @Test mutating func theMapHasAKeyToItsColors() throws {
        press(.character("4"), .enter, .character("m"))
        Sample.answer(&state)
        let buffer = try Sample.view().render(state)
        let row = try #require(
            (0..<buffer.size.rows).first { row in
                let text = (0..<buffer.size.columns).map { buffer[$0, row].text }.joined()
                return text.contains("least +0.0") && text.contains("+1.0 most")
            })
        let grounds = Set((0..<buffer.size.columns).map { buffer[$0, row].style.background })
        #expect(grounds.count > 8)
    }

    /// A press on a point chooses its photo; a second one opens it.
    @Test mutating func aPointOpensItsPhoto() throws {
        for key in "4vvv" { press(.character(key)) }
        _ = state.reduce(.inspectorAnswered(.projection(Sample.plane, epoch: 6)))
        let view = try Sample.view()
        _ = view.render(state)
        let index = try #require(state.predictions.shown.firstIndex { $0.photo == 58 })
        let place = try #require(view.targets.all.last { $0.target == .photo(index) }?.rect)
        let press = MouseEvent(.press, column: place.column, row: place.row)
        _ = state.reduce(.mouse(press, on: .photo(index)))
        #expect(state.predictions.cursor == index && state.dialog == nil)
        _ = state.reduce(.mouse(press, on: .photo(index)))
        #expect(state.dialog == .prediction(index))
    }

    @Test mutating func layersAreShownWithTheirNorms() throws {
        press(.character("3"), .down)
        let text = try Sample.view().render(state).plainText
        let row = try #require(text.split(separator: "\n").first { $0.contains(" 101 ") })
        for value in ["2.25e+00", "5.00e-01", "1.00e-03"] { #expect(row.contains(value)) }
    }
}
