import Basics
import Canvas
import Foundation
import Keys
import Network
import Photos
import Recipes
import ScreenSupport
import Testing
import Training

@testable import Dashboard
@testable import Screens

/// Mouse events on rendered frames.
@Suite struct MouseTests {
    var state = Sample.state()
    let view: DashboardView

    init() throws { view = try Sample.view() }

    private mutating func mouse(_ kind: MouseEvent.Kind, _ place: (column: Int, row: Int)) -> [Effect] {
        _ = view.render(state)
        let target = view.targets.target(column: place.column, row: place.row)
        return state.reduce(.mouse(MouseEvent(kind, column: place.column, row: place.row), on: target))
    }

    /// The position of a text on the screen.
    private func place(of text: String) throws -> (column: Int, row: Int) {
        let buffer = view.render(state)
        for row in 0..<buffer.size.rows {
            let line = (0..<buffer.size.columns).map {
                buffer[$0, row].text.isEmpty ? "" : buffer[$0, row].text
            }.joined()
            if let range = line.range(of: text) {
                return (line.distance(from: line.startIndex, to: range.lowerBound), row)
            }
        }
        throw UserError("\(text) is not on the screen:\n\(buffer.plainText)")
    }

    @Test mutating func everyHintDoesWhatItsKeyDoes() throws {
        #expect(try mouse(.press, place(of: "pause")) == [.send(.pause)])
        let rate = try place(of: "[ ] LR")
        #expect(mouse(.press, rate) == [.send(.multiplyLearningRate(0.5))])
        #expect(mouse(.press, (rate.column + 2, rate.row)) == [.send(.multiplyLearningRate(2))])
        #expect(try mouse(.press, place(of: "quit")) == [])
        #expect(state.dialog == .confirm(.quit))
    }

    @Test mutating func tabsAndTheLogOpenTheirScreens() throws {
        #expect(try mouse(.press, place(of: "3 model")) == [])
        #expect(state.screen == .model)
        _ = try mouse(.press, place(of: "1 train"))
        _ = try mouse(.press, place(of: "┌ log"))
        #expect(state.screen == .log)
    }

    @Test mutating func aChartIsReadZoomedAndOpened() throws {
        let corner = try place(of: "┌ accuracy")
        let inside = (column: corner.column + 30, row: corner.row + 5)
        _ = mouse(.press, inside)
        let cursor = try #require(state.charts.cursor)
        #expect(cursor > 2 && cursor < 8)
        _ = mouse(.drag, (inside.column + 10, inside.row))
        #expect(state.charts.cursor! > cursor)
        _ = mouse(.release, (inside.column + 10, inside.row))
        let span = state.shownSpan
        #expect(state.charts.cursor == nil && abs(span.lowerBound - cursor) < 0.01 && span.upperBound < 10)
        _ = mouse(.wheelUp, inside)
        #expect(state.shownSpan.upperBound - state.shownSpan.lowerBound < span.upperBound - span.lowerBound)
        for _ in 0..<20 { _ = mouse(.wheelDown, inside) }
        #expect(state.charts.width == nil)
        state.now = 100
        _ = mouse(.press, inside)
        _ = mouse(.release, inside)
        _ = mouse(.press, inside)
        #expect(state.charts.isOpen && state.charts.chosen == .accuracy)
    }

    @Test mutating func aPhotoIsChosenThenOpened() throws {
        Sample.press("4", &state)
        let photo = try place(of: "true roses")
        _ = mouse(.press, photo)
        let chosen = state.predictions.cursor
        #expect(state.predictions.shown[chosen].label == 2 && state.dialog == nil)
        _ = mouse(.press, photo)
        #expect(state.dialog == .prediction(chosen))
        _ = mouse(.press, (0, 0))
        #expect(state.dialog == nil)
    }

    @Test mutating func aLayerIsChosenThenTaken() throws {
        Sample.press("3", &state)
        let layer = try place(of: "block_11_depthwise ")
        _ = mouse(.press, layer)
        #expect(state.context?.layers[state.model.cursor].name == "block_11_depthwise")
        _ = mouse(.press, layer)
        #expect(state.model.chosen == state.model.cursor)
        _ = mouse(.wheelDown, layer)
        #expect(state.model.cursor == state.model.chosen + 1)
    }

    @Test mutating func dialogsAreAnsweredByTheirButtons() throws {
        Sample.press("u", &state)
        _ = try mouse(.press, place(of: "↓"))
        #expect(state.dialog == .unfreeze(layer: 101))
        // The hint bar under the dialog does not react; the click closes the dialog.
        #expect(mouse(.press, (2, state.size.rows - 1)) == [])
        #expect(state.dialog == nil && state.screen == .train)
        Sample.press("u", &state)
        #expect(try mouse(.press, place(of: "enter unfreeze")) == [.send(.unfreeze(fromLayer: 100))])
    }

    @Test mutating func aFormsFieldsTakeTheFocusThenChange() throws {
        Sample.press("a", &state)
        let field = try place(of: "horizontal flips")
        _ = mouse(.press, field)
        _ = mouse(.press, field)
        guard case .form(let form) = state.dialog else { return #expect(Bool(false), "the form closed") }
        #expect(form.focus == 1 && form.flag(1) == false)
        let effects = try mouse(.press, place(of: "enter apply"))
        #expect(effects == [.send(.setAugmentation(AugmentationStrength(flips: false)))])
    }

    @Test mutating func thePaletteAndTheHelpScroll() throws {
        Sample.press(":", &state)
        _ = mouse(.wheelDown, (60, 20))
        guard case .palette(_, let chosen) = state.dialog else {
            return #expect(Bool(false), "the palette closed")
        }
        #expect(chosen == 1)
        _ = state.reduce(.key(.escape))
        Sample.press("?", &state)
        _ = mouse(.wheelDown, (60, 20))
        _ = mouse(.wheelDown, (60, 20))
        #expect(state.dialog == .help(scroll: 2))
        _ = mouse(.wheelUp, (60, 20))
        #expect(state.dialog == .help(scroll: 1))
    }
}
