import Basics
import Canvas
import Dashboard
import Foundation
import Keys
import Network
import Photos
import Phrases
import Ranks
import Recipes
import ScreenSupport
import Sessions
import Testing
import Themes
import Training

@testable import Screens

/// Every screen and dialog as text, in every language, and every theme as styles: one file each.
@Suite struct SnapshotTests {
    private static let themes = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("themes").path

    enum Subject: String, CaseIterable, Sendable {
        case train, data, model, predictions, log, preparing, failed
        case ranks
        case four, six, one, open, crosshair, zoomed, robust, ghost
        case help, search, palette, quit, leave, finish, freeze, restore, keepBest, unfreeze, rate,
            rateProblem, augmentation
        case guards, epochs, sweep, sweepDone, runs, photo, filtering, filtered, toast
        case confusion, difference, calibration, features, pastEpoch, photoMap, featureMaps, filters
        case histograms
        case noted, note, changed, classify, outside
        case smallSamples, noSamples, sample, statistics, counting, bench, benchChanged, tensor
        case doctorIdle, doctorRunning, doctor, doctorMarked, finding, exclusions
        case allRuns, runsLoading, checkpoints, finished, moreEpochs, branch, newRun, runNote

        private static let (smallest, usual, large, largest) = (
            DashboardView.smallest, Size(columns: 80, rows: 24), Size(columns: 120, rows: 40),
            Size(columns: 200, rows: 60)
        )

        /// The sizes to record in English. Other languages are recorded at the usual one.
        private var sizes: [Size] {
            switch self {
            case .train, .ranks, .data, .model, .predictions, .log, .allRuns:
                [Self.smallest, Self.usual, Self.large, Self.largest]
            case _ where state(Self.usual).dialog != nil: [Self.smallest, Self.usual]
            default: [Self.usual, Self.large]
            }
        }

        func frames(_ view: DashboardView) -> [Snapshots.Frame] {
            Language.allCases.flatMap { language in
                (language == .english ? sizes : [Self.usual]).map { size in
                    .init(
                        title: "\(language.rawValue) \(size.columns)x\(size.rows)",
                        text: view.render(state(size, language)).plainText + "\n")
                }
            }
        }

        func state(_ size: Size, _ language: Language = .english) -> DashboardState {
            var state = Sample.state(columns: size.columns, rows: size.rows, language: language)
            func press(_ keys: String) { Sample.press(keys, &state) }
            switch self {
            case .train: break
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
                        .failed(
                            UserError("There is no folder nowhere; give --data a folder that is there.")),
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
                state.departure.abilities = .attached
                press("q")
            case .ranks:
                let shares = [101.4, 98.7].map {
                    RankReport.Share(host: "node1", imagesPerSecond: $0, waited: 2 / $0)
                }
                _ = state.reduce(
                    .session(.ranks(RankReport(shares: shares, bytes: 7_450_000)), clock: "12:01"))
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
            case .features:
                press("4vvv")
                _ = state.reduce(.inspectorAnswered(.projection(Sample.plane, epoch: 6)))
            case .pastEpoch: press("4v<")
            case .histograms:
                for epoch in 7...9 {
                    state.reduceAtOnce(.session(.epochEnded(Sample.outcome(epoch: epoch)), clock: "12:02"))
                }
                press("3H")
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
            case .allRuns, .runNote:
                press("6")
                _ = state.reduce(.runsListed(Sample.manyRuns, problem: nil))
                _ = state.reduce(.curvesLoaded(Sample.curves))
                _ = state.perform(.move(columns: 0, rows: 2))
                if self == .runNote { press("i") }
            case .runsLoading: press("6")
            case .checkpoints:
                press("b")
                _ = state.reduce(.checkpointsListed(Self.saved, run: "0042"))
            case .finished: Sample.finish(&state)
            case .moreEpochs:
                Sample.finish(&state)
                press("e")
            case .branch:
                state.departure.opensRuns = true
                press("C")
            case .newRun:
                Sample.finish(&state)
                press("P")
            case .filters:
                press("3mf")
                state.reduceAtOnce(.inspectorAnswered(.filters(Sample.filters, epoch: 6)))
            }
            if self != .toast { state.toast = nil }
            return state
        }

        private static let saved = [
            ("0004-0000", 4, 0), ("0005-0000", 5, 0), ("0006-0000", 6, 0), ("before-0003-0000", 3, 0),
            ("best", 6, 0), ("last", 6, 5),
        ].map { CheckpointEntry(name: $0.0, place: RunPlace(epoch: $0.1, step: $0.2)) }
    }

    private static let themeNames = try! ThemeLibrary(folders: [themes]).themes.map(\.name)

    @Test(arguments: Subject.allCases) func screenLooksAsRecorded(subject: Subject) throws {
        try Snapshots.recorded.compare(subject.frames(Sample.view()), subject.rawValue)
    }

    /// A dialog with an error over charts shows nearly all of a theme's colours.
    @Test(arguments: themeNames) func themeLooksAsRecorded(name: String) throws {
        let view = try Self.view(theme: name)
        let buffer = view.render(Subject.rateProblem.state(Size(columns: 80, rows: 24)))
        let text = view.theme.isASCII ? buffer.plainText + "\n" : buffer.styleText
        try Snapshots.recorded.compare([.init(title: "rateProblem 80x24", text: text)], "themes/\(name)")
    }

    @Test func everySnapshotHasItsSubject() {
        Snapshots.recorded.expectOnly(
            Subject.allCases.map(\.rawValue) + Self.themeNames.map { "themes/\($0)" })
    }

    @Test(arguments: Subject.allCases) func theASCIIThemeDrawsASCIIOnly(subject: Subject) throws {
        let view = try Self.view(theme: "ascii")
        try #require(view.theme.isASCII)
        for size in [DashboardView.smallest, Size(columns: 80, rows: 24), Size(columns: 200, rows: 60)] {
            let text = view.render(subject.state(size)).plainText
            #expect(text.utf8.allSatisfy { $0 < 128 }, "\(text)")
        }
    }

    private static func view(theme name: String) throws -> DashboardView {
        DashboardView(
            theme: try ThemeLibrary(folders: [themes]).theme(named: name), depth: .trueColor,
            thumbnails: ThumbnailCache())
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
            .restore, .exclusions, .checkpoints, .moreEpochs, .branch, .newRun, .runNote,
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
        _ = state.reduce(.session(.failed(UserError("There is no folder nowhere.")), clock: "12:00"))
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
