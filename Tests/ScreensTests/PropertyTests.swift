import Canvas
import Phrases
import ScreenSupport
import Screens
import Testing

@testable import Basics
@testable import Dashboard
@testable import Doctor
@testable import Keys
@testable import Photos
@testable import Recipes
@testable import Sessions
@testable import Training

/// After any input, the state can be drawn and the buffer has the size of the screen.
@Suite struct PropertyTests {
    /// A xorshift generator: the same sequence for a seed on every platform.
    private struct Random {
        var state: UInt64
        init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
        mutating func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        mutating func pick<T>(_ values: [T]) -> T { values[next(values.count)] }
    }

    private static let special: [Key] = [
        .enter, .escape, .tab, .backTab, .backspace, .delete, .up, .down, .left, .right, .pageUp, .pageDown,
        .home, .end,
        .redraw, .palette, .control("a"), .control("k"), .control("w"), .character("é"), .character("花"),
    ]

    private static let events: [SessionEvent] =
        Sample.events + [
            .sweep(Sample.sweep(points: 3)), .sweep(Sample.sweep(points: 100)),
            .sweep(.init(total: 0, isDone: true)),
            .settings(RecipeState(Recipe())),
            .statusChanged(.paused), .statusChanged(.validating), .statusChanged(.finished),
            .training(.warning(.init(message: "a\u{1b}[2J warning 警告 👩‍🔬", file: "x"))),
            .training(
                .commandApplied(
                    .init(
                        command: .freeze, epoch: 6, step: 2, learningRate: 1e-5, by: .key, before: "100",
                        after: "154"))),
            .training(
                .commandApplied(.init(command: .restoreBest, epoch: 6, step: 2, learningRate: .nan, by: .key))
            ),
            .training(
                .commandApplied(
                    .init(command: .setLearningRate(1e-6), epoch: 1, step: 2, learningRate: 1e-6, by: .guard))
            ),
            .training(
                .batchEnded(
                    .init(
                        epoch: 6, step: 6, steps: 10, loss: .nan, accuracy: .nan, batchLoss: .infinity,
                        learningRate: 0,
                        imagesPerSecond: 0, gradientNorm: .infinity))),
            .training(.runEnded(.init(reason: .stopped, validationLoss: nil, validationAccuracy: nil))),
            .failed(UserError("")), .layers(Sample.layers), .epochEnded(Sample.outcome(epoch: 9)),
            .predictions(Sample.predictions(epoch: 7) { _ in false }),
            .predictions(PredictionSet(epoch: 7, predictions: [])),
            .predictions(
                PredictionSet(
                    epoch: 8,
                    predictions: [
                        Prediction(photo: 48, label: 0, probabilities: [.nan, 0, 0, 0, 0]),
                        Prediction(photo: 900, label: 9, probabilities: [1]),
                    ])),
        ]

    private static let answers: [Inspector.Answer] = [
        .progress(done: 1, total: 2), .filters(Sample.filters, epoch: 6), .filters([], epoch: 0),
        .featureMaps(.photo(0), Sample.featureMaps(layer: 100), epoch: 6),
        .featureMaps(.photo(48), Sample.featureMaps(layer: 0), epoch: 6),
        .explained(.photo(48), Sample.explanation, epoch: 6),
        .neighbors(.photo(48), Sample.neighbors + Sample.neighbors(900), epoch: 6),
        .projecting(done: 1, total: 2), .projection(Sample.plane, epoch: 6),
        .projection(.init(points: [], explained: .nan), epoch: 0),
        .failed(.projection, UserError("no checkpoint")),
        .failed(.filters, UserError("no checkpoint")), .failed(.explain(.photo(48)), UserError("")),
    ]

    private static let dataAnswers: [DataAnswer] = [
        .counting(done: 1, total: 2), .counted(Sample.statistics), .countingFailed(UserError("no folder")),
        .augmented(
            AugmentedViews(
                .init(photo: 3, seed: 0, strength: AugmentationStrength()), Sample.context().dataset)),
        .augmented(
            AugmentedViews(
                .init(photo: 900, seed: 0, strength: AugmentationStrength()), Sample.context().dataset)),
        .opened(
            OpenedPhoto(photo: 0, facts: (1, 1, 0), image: RGBImage(width: 1, height: 1, pixels: [1, 2, 3]))),
        .opened(
            OpenedPhoto(
                photo: 1, facts: (9000, 1, 5),
                image: RGBImage(width: 960, height: 1, pixels: Array(repeating: 9, count: 2880)))),
        .opened(OpenedPhoto(photo: 2, problem: UserError("gone"))),
        .doctorProgress(.init(phase: .examiningPhotos, done: 1, total: 0, unit: .photos)),
        .doctorFound(
            DoctorReport(
                data: "", classes: [:], training: 0, validation: 0, excluded: 0, skipped: [], findings: [],
                warnings: ["w"], examined: 0), photos: [:]),
        .doctorFound(Sample.report, photos: ["daisy/0.jpg": 0, "daisy/50.jpg": 900]),
        .doctorFailed(UserError("no doctor")),
        .listWritten(path: "x", listed: 1, lost: 1), .listFailed(UserError("full")),
    ]

    private static let errandAnswers: [DashboardAction] = [
        .photosFound(folder: "walk", ["walk/1.jpg", "walk/2.jpg"], problem: nil),
        .photosFound(folder: "walk", [], problem: UserError("no photo")),
        .photoLoaded("walk/1.jpg", RGBImage(width: 1, height: 1, pixels: [1, 2, 3]), problem: nil),
        .photoLoaded("walk/9.jpg", nil, problem: UserError("damaged")),
        .fileIsThere("x", again: .writeReport(run: "1", path: "x", replacing: true)),
        .pathCompleted(typed: "/", PhotoPathCompletion("/")),
        .pathCompleted(typed: "", PhotoPathCompletion("/nothing/there")),
    ]

    @Test(arguments: [1, 2, 3, 4] as [UInt64], Language.allCases)
    func tenThousandKeysClicksResizesAndEvents(seed: UInt64, language: Language) throws {
        var random = Random(seed)
        let keys = KeyTable.standard.flatMap(\.keys).filter { $0 != .interrupt } + Self.special
        let view = try Sample.view(random.pick([ColorDepth.trueColor, .palette256, .none]))
        var state = Sample.state(language: language)
        state.departure.opensRuns = true
        for step in 0..<10_000 {
            switch random.next(25) {
            case 0: _ = state.reduce(.resize(Size(columns: random.next(210), rows: random.next(70))))
            case 1: state.reduceAtOnce(.session(random.pick(Self.events), clock: "12:00"))
            case 24:
                switch random.next(5) {
                case 0: Sample.answer(&state)
                case 4: _ = state.reduce(random.pick(Self.errandAnswers))
                case 1: _ = state.reduce(.inspectorAnswered(random.pick(Self.answers)))
                case 2: _ = state.reduce(.data(random.pick(Self.dataAnswers)))
                default: Sample.examine(&state)
                }
            case 2: _ = state.reduce(.tick(Double(step) / 10))
            case 3:
                _ = state.reduce(
                    .paste(random.pick(["1e-4", "花\u{1b}[A", "", String(repeating: "x", count: 5000)])))
            case 4: _ = state.reduce(.resources(.init(memoryBytes: step, cpuFraction: 0.5)))
            case 5:
                _ = state.reduce(
                    random.pick([
                        .runsListed(random.pick([[], Sample.runs, Sample.manyRuns]), problem: nil),
                        .curvesLoaded(Sample.curves), .wrote("x"), .told(""), .branched("0007", problem: nil),
                        .branched(nil, problem: UserError("full")), .sessionRefused(UserError("gone")),
                        .checkpointsListed([], run: "0042"),
                        .checkpointsListed(
                            [.init(name: "last", place: RunPlace(epoch: 3, step: 1))], run: "0042"),
                    ]))
            case 6:
                let ghost = random.pick([
                    nil, GhostRun(name: "0007", events: Sample.ghostEvents), GhostRun(name: "", events: []),
                ])
                _ = state.reduce(.ghostLoaded(ghost, problem: nil))
            case 7...11:
                // As in the dashboard's loop, targets come from the newest frame.
                let (column, row) = (
                    random.next(max(1, state.size.columns + 2)), random.next(max(1, state.size.rows + 2))
                )
                let kind = random.pick([MouseEvent.Kind.press, .release, .drag, .wheelUp, .wheelDown])
                let target = view.targets.target(column: column, row: row)
                _ = state.reduce(.mouse(MouseEvent(kind, column: column, row: row), on: target))
            case 12...15: _ = state.reduce(.key(random.pick(keys)))
            default: _ = state.reduce(.key(.character(Character(UnicodeScalar(UInt8(32 + random.next(95)))))))
            }
            if step % 11 == 0 {
                let buffer = view.render(state)
                #expect(
                    buffer.size == state.size && buffer.cells.count == state.size.columns * state.size.rows)
                #expect(view.targets.all.allSatisfy { !$0.rect.isEmpty })
            }
            state.checkInvariants()
        }
    }

    /// Every screen can be drawn, and takes keys, without photos or epochs.
    @Test func aRunWithoutPhotosOrEpochsIsDrawn() throws {
        let view = try Sample.view()
        for screen in Screen.allCases {
            var state = DashboardState(size: Size(columns: 100, rows: 30))
            state.screen = screen
            #expect(view.render(state).size == state.size)
            for key in Self.special { _ = state.reduce(.key(key)) }
            #expect(view.render(state).size == state.size)
        }
    }
}
