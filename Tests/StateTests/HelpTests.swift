import Keys
import Phrases
import Recipes
import ScreenSupport
import Testing
import Training

@testable import Dashboard

/// Help and the command palette.
@Suite struct HelpTests {
    var state = Sample.state()

    private func names(_ lines: [HelpLine]) -> [String] {
        lines.map { line in
            switch line {
            case .heading(let text): "# " + text
            case .binding(let binding, _): binding.name
            }
        }
    }

    /// Every key stands in the help once, on any screen.
    @Test(arguments: Screen.allCases) mutating func theHelpHasEachKeyOnce(screen: Screen) {
        state.screen = screen
        let found = names(state.helpLines("")).filter { !$0.hasPrefix("#") }
        let all = KeyMap().bindings.filter { !$0.keys.isEmpty }.map(\.name)
        #expect(Set(found) == Set(all) && found.count == all.count)
    }

    @Test mutating func theCurrentScreenComesFirst() {
        state.screen = .predictions
        state.predictions.settings.view = .confusion
        let lines = names(state.helpLines(""))
        #expect(lines.first == "# predictions screen, shown now")
        let here = lines[1..<lines.firstIndex(of: "# training, from any screen")!]
        #expect(here.contains("view") && here.contains("filter") && !here.contains("pause"))
        // The keys of the current view come before those of the others.
        #expect(here.firstIndex(of: "difference")! < here.firstIndex(of: "order")!)
        #expect(lines.contains("# train screen") && !lines.contains("# predictions screen"))
    }

    @Test func aSearchHasNoHeadings() {
        let lines = names(state.helpLines("chart"))
        #expect(lines.contains("layout") && lines.allSatisfy { !$0.hasPrefix("#") })
        #expect(state.helpLines("xqzw").isEmpty)
    }

    @Test mutating func whatStandsInTheWayIsSaid() throws {
        func obstacle(_ name: String) throws -> String? {
            state.obstacle(try #require(KeyMap().bindings.first { $0.name == name }))
        }
        #expect(try obstacle("pause") == nil)
        #expect(try obstacle("smooth") == nil)
        #expect(try obstacle("order") == "on predictions")
        state.screen = .predictions
        #expect(try obstacle("newest_epoch") == "These are the newest predictions.")
        #expect(try obstacle("difference") == "Works in these views: confusion; v switches.")
    }

    /// A reason that all keys of a group share stands in its heading.
    @Test mutating func aSharedReasonIsSaidOnce() throws {
        _ = state.reduce(.session(.statusChanged(.finished), clock: ""))
        let lines = state.helpLines("")
        let heading = "training, from any screen – The run is finished; start another one to train on."
        #expect(names(lines).contains("# " + heading))
        for case .binding(let binding, let obstacle) in lines where binding.name == "step" {
            #expect(obstacle == nil)
        }
        guard case .binding(_, let obstacle) = try #require(state.helpLines("unfreeze").first) else { return }
        #expect(obstacle == "The run is finished; start another one to train on.")
    }

    /// The palette does anything by name, from anywhere.
    @Test(arguments: Screen.allCases) mutating func thePaletteGoesThere(screen: Screen) {
        func run(_ query: String) {
            state.dialog = nil
            state.screen = screen
            Sample.press(":" + query + "\r", &state)
        }
        run("confusion")
        #expect(state.screen == .predictions && state.predictions.settings.view == .confusion)
        run("doctor")
        #expect(state.screen == .data && state.data.view == .doctor)
        run("errors only")
        #expect(
            state.screen == .predictions && state.predictions.settings.view == .photos
                && state.predictions.settings.kept == .wrong)
        run("compare the confusion")
        #expect(
            state.predictions.settings.view == .confusion && state.predictions.settings.reference != .none)
        run("learning rate chart")
        #expect(state.screen == .train && state.charts.isOpen && state.charts.chosen == .learningRate)
        run("feature maps")
        #expect(state.screen == .model && state.dialog == .featureMaps(layer: 100))
        run("operation")
        #expect(state.screen == .data && state.data.view == .augmentation)
    }

    /// A command that is not available says why, on its screen.
    @Test mutating func thePaletteSaysWhatIsMissing() {
        Sample.press(":write the marked\r", &state)
        #expect(state.screen == .data && state.data.view == .doctor && state.dialog == nil)
        #expect(state.toast?.text.isEmpty == false)
    }
}
