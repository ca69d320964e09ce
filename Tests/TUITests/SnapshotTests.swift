import Core
import Foundation
import Plots
import Testing

@testable import TUI

/// Every screen and dialog as text, compared with the files in Snapshots. A snapshot that is missing
/// is recorded and fails the test that recorded it.
@Suite struct SnapshotTests {
    enum Subject: String, CaseIterable, Sendable {
        case train, data, model, predictions, preparing, help, quit, rate, unfreeze, photo
        case four, open, crosshair, zoomed, palette, search, ascii

        func state(_ size: Size) -> DashboardState {
            var state = Sample.state(columns: size.columns, rows: size.rows)
            switch self {
            case .train: break
            case .data: state.screen = .data
            case .model: state.screen = .model
            case .predictions: state.screen = .predictions
            case .preparing:
                state = DashboardState(size: size)
                for event in Sample.events.prefix(2) { _ = state.reduce(.session(event, clock: "12:00")) }
            case .help: state.dialog = .help(scroll: 0)
            case .quit: state.dialog = .quit
            case .rate: state.dialog = .learningRate(text: "1e-", problem: nil)
            case .unfreeze: state.dialog = .unfreeze(layer: 80)
            case .photo: (state.screen, state.dialog) = (.predictions, .prediction(0))
            case .four: state.charts.layout = .four
            case .open: Self.press("\r", &state)
            case .crosshair: state.charts.cursor = 3.4
            case .zoomed: Self.press("++mxy", &state)
            case .palette: state.dialog = .palette(query: "learn", chosen: 1)
            case .search: state.dialog = .help(scroll: 0, query: "zoom")
            case .ascii: break
            }
            return state
        }

        private static func press(_ keys: String, _ state: inout DashboardState) {
            for key in keys { _ = state.reduce(.key(key == "\r" ? .enter : .character(key))) }
            state.toast = nil
        }
    }

    private func view(_ subject: Subject) throws -> DashboardView {
        guard subject == .ascii else { return try Sample.view() }
        let theme = try ThemeLibrary(folders: [ThemeTests.folder]).theme(named: "ascii")
        return DashboardView(theme: theme, depth: .ansi16, thumbnails: ThumbnailCache())
    }

    @Test(
        arguments: Subject.allCases,
        [
            Size(columns: 40, rows: 12), Size(columns: 80, rows: 24), Size(columns: 120, rows: 40), Size(columns: 200, rows: 60),
            Size(columns: 400, rows: 120),
        ])
    func screenLooksAsRecorded(subject: Subject, size: Size) throws {
        let text = try view(subject).render(subject.state(size)).plainText + "\n"
        if subject == .ascii { #expect(text.utf8.allSatisfy { $0 < 128 }) }
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Snapshots")
        let file = folder.appendingPathComponent("\(subject.rawValue)-\(size.columns)x\(size.rows).txt")
        guard let recorded = try? String(contentsOf: file, encoding: .utf8) else {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded \(file.lastPathComponent); look at it and run again")
            return
        }
        #expect(text == recorded, "\(file.lastPathComponent)")
    }

    @Test(arguments: Subject.allCases) func smallSizesNeverTrap(subject: Subject) throws {
        for columns in [0, 1, 39, 40, 41, 59, 60, 61, 400] {
            for rows in [0, 1, 11, 12, 13, 16, 120] {
                let buffer = try Sample.view().render(subject.state(Size(columns: columns, rows: rows)))
                #expect(buffer.size == Size(columns: columns, rows: rows))
            }
        }
    }

    @Test func tooSmallSaysWhatItHasAndNeeds() throws {
        let text = try Sample.view().render(Sample.state(columns: 39, rows: 11)).plainText
        #expect(text.contains("have 39x11"))
        #expect(text.contains("need 40x12"))
    }

    @Test func rightIsGreenWithATickAndWrongIsRedWithACross() throws {
        let view = try Sample.view()
        let buffer = view.render(Subject.predictions.state(Size(columns: 120, rows: 40)))
        func colors(of text: String) -> Set<Color> {
            Set(buffer.cells.filter { $0.text == text }.map(\.style.foreground))
        }
        #expect(colors(of: "✓") == [view.theme.colors[.good]!])
        #expect(colors(of: "✗") == [view.theme.colors[.bad]!])
    }

    @Test(arguments: Screen.allCases) func syntheticPhotosAndRandomWeightsAreSaidOnEveryScreen(screen: Screen) throws {
        var state = DashboardState(size: Size(columns: 80, rows: 24))
        _ = state.reduce(.session(.ready(Sample.context(synthetic: true, random: true)), clock: ""))
        state.screen = screen
        let text = try Sample.view().render(state).plainText
        #expect(text.contains("synthetic photos"))
        #expect(text.contains("random weights"))
    }
}

@Suite struct KeyReferenceTests {
    /// `make generate` writes the page anew.
    @Test func thePageOfTheDocumentationIsTheTable() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("docs/keybindings.md")
        #expect(try String(contentsOf: page, encoding: .utf8) == KeyReference.markdown)
    }

    @Test func everyKeyMeansOneThingOnAScreen() {
        for screen in Screen.allCases {
            var seen: Set<Key> = []
            for binding in KeyTable.bindings where binding.works(on: screen) {
                for key in binding.keys { #expect(seen.insert(key).inserted, "\(key.label) on \(screen.name)") }
            }
        }
    }

    @Test func searchFindsByLettersInOrder() {
        #expect(KeyTable.search("halve").first?.action == .halveRate)
        #expect(KeyTable.search("unfrz").first?.action == .unfreeze)
        #expect(KeyTable.search("xqzw").isEmpty)
        #expect(KeyTable.search("").count == KeyTable.bindings.count)
        #expect(KeyTable.fuzzy("ab", "xaxb") == 5 && KeyTable.fuzzy("ba", "ab") == nil)
    }
}
