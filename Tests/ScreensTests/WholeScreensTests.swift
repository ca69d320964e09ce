import Canvas
import Keys
import Phrases
import Ranks
import ScreenSupport
import Sessions
import Testing
import Training

@testable import Dashboard
@testable import Recipes
@testable import Screens

/// Nothing important is cut or hidden, at any size.
@Suite struct WholeScreensTests {
    private static let sizes = [(40, 12), (60, 20), (80, 24), (120, 40), (200, 60)]

    private func state(_ size: (Int, Int), _ language: Language = .english) -> DashboardState {
        var state = Sample.state(language: language)
        _ = state.reduce(.resize(Size(columns: size.0, rows: size.1)))
        Sample.answer(&state)
        return state
    }

    /// All words of a screen, wherever lines were broken.
    private func words(_ buffer: CellBuffer) -> String {
        buffer.plainText.filter { !$0.isWhitespace && !"│┌┐└┘─".contains($0) }
    }

    @Test(arguments: sizes, Language.allCases)
    func tabsAreNeverHidden(size: (Int, Int), language: Language) throws {
        let view = try Sample.view()
        var state = state(size, language)
        func shown(_ buffer: CellBuffer, _ targets: [MouseTarget], _ name: String) {
            let found = targets.map { target in view.targets.all.filter { $0.target == target } }
            #expect(found.allSatisfy { $0.count == 1 }, "\(size): \(buffer.plainText)")
            #expect(buffer.plainText.contains(name), "\(size): \(name)")
        }
        for kind in PredictionView.allCases {
            (state.screen, state.predictions.settings.view) = (.predictions, kind)
            state.shownFilter = kind == .photos ? TextField("a filter with a long name, longer still") : nil
            shown(view.render(state), PredictionView.allCases.map { .view($0) }, state.strings[kind.title])
        }
        state.shownFilter = nil
        for kind in DataView.allCases {
            (state.screen, state.data.view) = (.data, kind)
            shown(view.render(state), DataView.allCases.map { .dataView($0) }, state.strings[kind.title])
        }
    }

    /// Every rank's speed where there is room, else the slowest and the fastest.
    @Test func theRanksOfAJobAreShown() throws {
        var state = state((120, 40))
        state.screen = .train
        #expect(!(try Sample.view().render(state).plainText.contains("ranks")))
        func shown(_ speeds: [Double]) throws -> String {
            let shares = speeds.map { RankReport.Share(host: "h", imagesPerSecond: $0, waited: 1 / $0) }
            _ = state.reduce(.session(.ranks(RankReport(shares: shares, bytes: 7_450_000)), clock: "12:00"))
            return try Sample.view().render(state).plainText
        }
        var text = try shown([101, 50])
        #expect(text.contains("2 ranks wait 0.02 s · 7.5 MB/batch") && text.contains("each 101 + 50 img/s"))
        text = try shown((1...16).map { 100 + Double($0) })
        #expect(text.contains("16 ranks wait 0.01 s") && text.contains("each 101–116 img/s"))
    }

    /// On a usual terminal the ranks have a line, whole in every language; it drops the speeds before it is
    /// cut.
    @Test(arguments: Language.allCases) func theRanksHaveALineOn80Columns(language: Language) throws {
        for (speeds, bytes) in [
            ([101.0, 50], 7_450_000), ((1...128).map { 1000 + Double($0) }, 149_000_000),
        ] {
            var state = state((80, 24), language)
            state.screen = .train
            let shares = speeds.map { RankReport.Share(host: "h", imagesPerSecond: $0, waited: 1 / $0) }
            _ = state.reduce(.session(.ranks(RankReport(shares: shares, bytes: bytes)), clock: "12:00"))
            let text = try Sample.view().render(state).plainText
            let line = try #require(text.split(separator: "\n").first { $0.contains(bytes.byteText) })
            #expect(line.contains("\(speeds.count) ") && !line.prefix(40).contains("…"), "\(text)")
            #expect(speeds.count > 2 || line.contains("50–101"), "\(text)")
            #expect(text.contains("LR 5e-06"), "\(text)")
        }
    }

    @Test(arguments: sizes, Language.allCases)
    func theAdviceAfterADivergenceIsWhole(size: (Int, Int), language: Language) throws {
        var state = state(size, language)
        let warning = TrainerEvent.Warning(.lossJumped(to: 12.3, from: 0.456, epoch: 10, batch: 115))
        _ = state.reduce(.session(.training(.warning(warning)), clock: "12:00"))
        _ = state.reduce(.session(.statusChanged(.paused), clock: "12:00"))
        state.screen = .train
        let alarm = try #require(state.run.alarm).filter { !$0.isWhitespace }
        for isOpen in [false, true] {
            if isOpen { _ = state.reduce(.key(.enter)) }
            let text = words(try Sample.view().render(state))
            #expect(text.contains(alarm), "\(size): \(text)")
        }
    }

    @Test(arguments: Language.allCases) func calibrationIsWholeOn80Columns(language: Language) throws {
        var state = state((80, 24), language)
        (state.screen, state.predictions.settings.view) = (.predictions, .calibration)
        // The header has the network's name last, which may be cut.
        let lines = try Sample.view().render(state).plainText.split(separator: "\n").dropFirst()
        let text = lines.joined(separator: "\n")
        #expect(!text.contains("…"), "\(text)")
        for phrase in [Phrase.reliabilityLegend, .reliabilityOff, .reliabilityDiagonal, .accuracyOfKept] {
            #expect(text.contains(state.strings[phrase]), "\(phrase): \(text)")
        }
    }

    /// Photos of a page are alike in size, and those of a row start and end together.
    @Test(arguments: sizes) func thumbnailsOfAPageHaveOneSize(size: (Int, Int)) throws {
        let view = try Sample.view()
        view.thumbnails.keepsPictures = true
        var state = state(size)
        func pages(_ places: [Rect], _ columns: Int) {
            #expect(Set(places.map(\.columns)).count <= 1 && Set(places.map(\.rows)).count <= 1, "\(places)")
            for start in stride(from: 0, to: places.count, by: max(1, columns)) {
                #expect(Set(places.dropFirst(start).prefix(columns).map(\.row)).count == 1)
            }
        }
        (state.screen, state.predictions.settings.view) = (.predictions, .photos)
        pages(view.render(state).pictures.map(\.rect), DashboardState.gridColumns)
        (state.screen, state.data.view) = (.data, .samples)
        let layout = state.sampleLayout
        let samples = view.render(state).pictures.map(\.rect).filter {
            $0.column < layout.grid.column + layout.grid.columns
        }
        #expect(!samples.isEmpty || size.1 < 20)
        pages(samples, layout.columns)
    }

    /// Narrow strips of the screen beside a dialog would look like parts of it.
    @Test(arguments: [(80, 24), (64, 20), (40, 12)]) func dialogsCoverWhatIsBeneath(size: (Int, Int)) throws {
        var state = state(size)
        state.screen = .train
        for dialog in [Dialog.help(), .palette(), .sample] {
            state.dialog = dialog
            let buffer = try Sample.view().render(state)
            let frame = (0..<size.0).first { column in
                (1..<size.1 - 1).contains { buffer[column, $0].text == "┌" }
            }
            let left = try #require(frame)
            guard left <= 3 else { continue }
            for row in 1..<size.1 - 1 {
                for column in 0..<left { #expect(buffer[column, row].text == " ") }
            }
        }
    }
}
