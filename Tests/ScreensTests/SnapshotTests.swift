import Basics
import Canvas
import Dashboard
import Foundation
import Keys
import Photos
import Phrases
import Recipes
import ScreenSupport
import Sessions
import Testing
import Themes
import Training

@testable import Screens

/// Every screen and dialog as text, in every language and at five sizes, and every theme as styles.
@Suite struct SnapshotTests {
    private static let themes = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("themes").path

    enum Subject: String, CaseIterable, Sendable {
        case train, data, model, predictions, log, preparing, failed
        case pair, four, six, one, open, crosshair, zoomed, robust, ghost
        case help, search, palette, quit, leave, finish, freeze, restore, keepBest, unfreeze, rate,
            rateProblem, augmentation
        case guards, epochs, sweep, sweepDone, runs, photo, filtering, filtered, toast
        case confusion, difference, calibration, photoMap, featureMaps, filters
        case noted, note, changed, classify, outside
        case smallSamples, noSamples, sample, statistics, counting, bench, benchChanged, tensor
        case doctorIdle, doctorRunning, doctor, doctorMarked, finding, exclusions

        func state(_ size: Size, _ language: Language = .english) -> DashboardState {
            var state = Sample.state(columns: size.columns, rows: size.rows, language: language)
            func press(_ keys: String) { Sample.press(keys, &state) }
            switch self {
            case .train, .pair: break
            case .data: press("2")
            case .model: press("3")
            case .predictions: press("4")
            case .log: press("5")
            case .preparing:
                state = DashboardState(size: size, language: language)
                for event in Sample.events.prefix(2) { _ = state.reduce(.session(event, clock: "12:00")) }
            case .failed:
                state = DashboardState(size: size, language: language)
                _ = state.reduce(
                    .session(
                        .failed(message: "There is no folder nowhere; give --data a folder that is there."),
                        clock: "12:00"))
                _ = state.reduce(.session(.statusChanged(.failed), clock: "12:00"))
            case .four: state.charts.layout = .four
            case .six: state.charts.layout = .six
            case .one: state.charts.layout = .one
            case .open: press("\r")
            case .crosshair: state.charts.cursor = 3.4
            case .zoomed: press("++mxy")
            case .robust: press("o")
            case .ghost:
                _ = state.reduce(
                    .ghostLoaded(GhostRun(name: "0007", events: Sample.ghostEvents), problem: nil))
                press("\r")
            case .help: press("?")
            case .search: press("?zoom")
            case .palette:
                press(":rate")
                _ = state.reduce(.key(.down))
            case .quit: press("q")
            case .leave:
                state.isAttached = true
                press("q")
            case .finish: press("f")
            case .freeze: press("z")
            case .restore: press("b")
            case .keepBest: press("B")
            case .unfreeze: state.dialog = .unfreeze(layer: 80)
            case .rate: press("l1e-")
            case .rateProblem: press("lfast\r")
            case .augmentation: press("a")
            case .guards: press("w")
            case .epochs: press("e")
            case .sweep:
                press("L")
                _ = state.reduce(.session(.sweep(Sample.sweep(points: 40)), clock: "12:00"))
            case .sweepDone:
                press("L")
                _ = state.reduce(.session(.sweep(Sample.sweep(points: 100)), clock: "12:00"))
            case .runs:
                press("c")
                _ = state.reduce(.runsListed(Sample.runs, problem: nil))
            case .photo: press("4\r")
            case .filtering: press("3/block_1")
            case .filtered: press("4/" + state.strings[.wrong] + "\r")
            case .toast: press("Z")
            case .confusion: press("4v")
            case .difference: press("4vcc")
            case .calibration: press("4vv")
            case .photoMap:
                press("4o\rmn")
                Sample.answer(&state)
            case .noted, .note:
                press("4*i模糊，像万寿菊\r")
                press(self == .noted ? "\r" : "i")
            case .changed: press("4xx")
            case .classify: press("4F~/照片/玫瑰.jpg")
            case .outside:
                press("4F/照片/玫瑰.jpg\r")
                _ = state.reduce(.photoLoaded("/照片/玫瑰.jpg", SamplePixels().image(at: 9), problem: nil))
                state.reduceAtOnce(
                    .inspectorAnswered(.explained(.file("/照片/玫瑰.jpg"), Sample.explanation, epoch: 6)))
            case .featureMaps:
                press("3m")
                state.reduceAtOnce(
                    .inspectorAnswered(.featureMaps(.photo(0), Sample.featureMaps(layer: 100), epoch: 6)))
            case .smallSamples:
                press("2/tulips\r---")
                for _ in 0..<5 { _ = state.reduce(.key(.right)) }
            case .noSamples: press("2/0x\r")
            case .sample:
                press("2\r")
                let image = RGBImage(width: 30, height: 10, pixels: (0..<900).map { UInt8($0 * 7 % 256) })
                _ = state.reduce(
                    .data(.opened(OpenedPhoto(photo: 0, facts: (3000, 1000, 123_456), image: image))))
            case .statistics: press("2v")
            case .counting:
                _ = state.reduce(.key(.character("2")))
                _ = state.reduce(.key(.character("v")))
                _ = state.reduce(.data(.counting(done: 20, total: 60)))
            case .bench: press("2vv")
            case .benchChanged: press("2vvj++jo")
            case .tensor: press("2vv\r")
            case .doctorIdle: press("2vvv")
            case .doctorRunning:
                press("2c")
                _ = state.reduce(
                    .data(
                        .doctorProgress(
                            Preparation(phase: .examiningPhotos, done: 20, total: 60, unit: .photos))))
            case .doctor:
                press("2")
                Sample.examine(&state)
            case .doctorMarked:
                press("2")
                Sample.examine(&state)
                press("x")
                _ = state.reduce(.key(.right))
                _ = state.reduce(.key(.right))
                press("X")
            case .finding:
                press("2")
                Sample.examine(&state)
                _ = state.reduce(.key(.down))
                press("\rx")
            case .exclusions:
                press("2")
                Sample.examine(&state)
                press("xW")
            case .filters:
                press("3mf")
                state.reduceAtOnce(.inspectorAnswered(.filters(Sample.filters, epoch: 6)))
            }
            if self != .toast { state.toast = nil }
            return state
        }
    }

    @Test(arguments: Subject.allCases, Language.allCases)
    func screenLooksAsRecorded(subject: Subject, language: Language) throws {
        for size in Snapshot.sizes {
            let text = try Sample.view().render(subject.state(size, language)).plainText + "\n"
            try Snapshot.compare(
                text, "\(language.rawValue)/\(subject.rawValue)-\(size.columns)x\(size.rows)")
        }
    }

    @Test(arguments: try! ThemeLibrary(folders: [themes]).themes.map(\.name))
    func themeLooksAsRecorded(name: String) throws {
        let theme = try ThemeLibrary(folders: [Self.themes]).theme(named: name)
        let view = DashboardView(theme: theme, depth: .trueColor, thumbnails: ThumbnailCache())
        for size in Snapshot.sizes {
            for subject in [Subject.train, .rateProblem] {
                let buffer = view.render(subject.state(size))
                if theme.isASCII { #expect(buffer.plainText.utf8.allSatisfy { $0 < 128 }) }
                let text = theme.isASCII ? buffer.plainText + "\n" : buffer.styleText
                try Snapshot.compare(text, "themes/\(name)-\(subject.rawValue)-\(size.columns)x\(size.rows)")
            }
        }
    }

    @Test(arguments: Subject.allCases) func smallSizesNeverTrap(subject: Subject) throws {
        let view = try Sample.view()
        for columns in [0, 1, 39, 40, 41, 59, 60, 61, 400] {
            for rows in [0, 1, 11, 12, 13, 16, 120] {
                let buffer = view.render(subject.state(Size(columns: columns, rows: rows)))
                #expect(buffer.size == Size(columns: columns, rows: rows))
            }
        }
    }

    @Test func tooSmallSaysWhatItHasAndNeeds() throws {
        let text = try Sample.view().render(Sample.state(columns: 39, rows: 11)).plainText
        #expect(text.contains("have 39x11"))
        #expect(text.contains("need 40x12"))
    }

    /// However small the screen, a dialog's keys are shown.
    @Test(
        arguments: [
            Subject.quit, .leave, .unfreeze, .rateProblem, .augmentation, .guards, .epochs, .sweepDone, .runs,
            .restore, .exclusions,
        ], Language.allCases)
    func theSmallestScreenHasEveryDialogsKeys(subject: Subject, language: Language) throws {
        let text = try Sample.view().render(subject.state(DashboardView.smallest, language)).plainText
        #expect(text.contains("enter") && text.contains("esc"), "\(text)")
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

    @Test func aFailureIsShown() throws {
        var state = DashboardState(size: Size(columns: 80, rows: 24))
        _ = state.reduce(.session(.failed(message: "There is no folder nowhere."), clock: "12:00"))
        _ = state.reduce(.session(.statusChanged(.failed), clock: "12:00"))
        let text = try Sample.view().render(state).plainText
        #expect(text.contains("There is no folder nowhere."))
        #expect(text.contains("✗ failed"))
    }

    @Test(arguments: Screen.allCases) func syntheticPhotosAndRandomWeightsAreSaidOnEveryScreen(screen: Screen)
        throws
    {
        var state = DashboardState(size: Size(columns: 80, rows: 24))
        _ = state.reduce(.session(.ready(Sample.context(synthetic: true, random: true)), clock: ""))
        state.screen = screen
        let text = try Sample.view().render(state).plainText
        #expect(text.contains("synthetic photos"))
        #expect(text.contains("random weights"))
    }

    @Test func aFilesNameDoesNotMakeItsWeightsRandom() throws {
        var context = Sample.context()
        context.weights = .file(name: "random-init.h5", format: .kerasHDF5Weights)
        var state = DashboardState(size: Size(columns: 200, rows: 60))
        _ = state.reduce(.session(.ready(context), clock: ""))
        let text = try Sample.view().render(state).plainText
        #expect(text.contains("random-init.h5 (Keras .h5 weights)"))
        #expect(!text.contains("random weights"))
    }
}
