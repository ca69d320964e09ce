import Recipes
import Training

/// The action of a key, carried out by the reducer.
enum KeyAction: Equatable, Sendable {
    case togglePause, step, stepEpoch, unfreeze, freeze, halveRate, doubleRate, editRate, findRate,
        editVariation
    case editGuards, addEpochs, finishStage, restoreBest, stopKeepingBest, undo
    case save, nextTheme, refresh, compare, filter, help, palette, quit, detach, interrupt, redraw, open
    case screen(Screen)
    case nextScreen, previousScreen
    case move(columns: Int, rows: Int)
    case page(Int)
    case first, last
    case chart(ChartAction)
    case prediction(PredictionAction)
    case data(DataAction)
    case showMaps
}

/// A line of the key table, the source of key dispatch, the hint bar, help, the command palette,
/// the keys in the configuration file, and `docs/keybindings.md`.
struct KeyBinding: Sendable {
    /// The binding's name in the configuration file.
    let name: String
    var keys: [Key]
    let action: KeyAction
    /// One or two words for the hint bar; nil if it is not shown there.
    let hint: Phrase?
    /// Whether the hint bar shows the next binding's keys with this one's, for pairs such as `[ ]`.
    var isPair = false
    let description: Phrase
    /// Screens on which it works; nil for all.
    var screens: Set<Screen>?
    /// The reason why it is unavailable now; nil if it is available.
    var disabled: @Sendable (DashboardState) -> String? = { _ in nil }

    /// Views of the data screen to which it applies; nil for all, and for other screens' bindings.
    var views: Set<DataView>?

    func works(on screen: Screen) -> Bool { screens?.contains(screen) ?? true }

    /// Whether it applies to the current view.
    func matters(_ state: DashboardState) -> Bool {
        state.screen != .data || (views?.contains(state.data.view) ?? true)
    }
}

enum KeyTable {
    static let standard: [KeyBinding] = steering + photos + looking + moving

    private static let steering: [KeyBinding] = [
        command("pause", [.character(" ")], .togglePause, .hintPause, .describePause),
        command("step", [.character("n")], .step, .hintStep, .describeStep),
        command("step_epoch", [.character("N")], .stepEpoch, nil, .describeStepEpoch),
        command("unfreeze", [.character("u")], .unfreeze, .hintUnfreeze, .describeUnfreeze),
        command("freeze", [.character("z")], .freeze, nil, .describeFreeze) { state in
            guard let stage = state.stage, stage.stage == .fineTune else {
                return state.strings[.alreadyFrozen]
            }
            return stage.fineTuneAt == nil ? state.strings[.alreadyFrozen] : nil
        },
        {
            var pair = command("halve_rate", [.character("[")], .halveRate, .hintRate, .describeHalve)
            pair.isPair = true
            return pair
        }(),
        command("double_rate", [.character("]")], .doubleRate, nil, .describeDouble),
        command("rate", [.character("l")], .editRate, .hintEditRate, .describeEditRate),
        command("find_rate", [.character("L")], .findRate, nil, .describeFindRate),
        command("finish", [.character("f")], .finishStage, .hintFinish, .describeFinish),
        command("undo", [.character("U")], .undo, nil, .describeUndo) { state in
            state.undos.isEmpty ? state.strings[.nothingToUndo] : nil
        },
        command("augmentation", [.character("a")], .editVariation, .hintVariation, .describeVariation),
        command("guards", [.character("w")], .editGuards, nil, .describeGuards),
        command("epochs", [.character("e")], .addEpochs, nil, .describeEpochs),
        command("restore_best", [.character("b")], .restoreBest, nil, .describeRestoreBest, needsBest),
        command("keep_best", [.character("B")], .stopKeepingBest, nil, .describeKeepBest, needsBest),
        command("save", [.character("s")], .save, .hintSave, .describeSave),
    ]

    private static let looking: [KeyBinding] = [
        prediction("view", "v", .nextView, .hintView, .describeView),
        prediction("order", "o", .nextOrder, .hintOrder, .describeOrder),
        prediction("wrong", "x", .nextKept, .hintWrong, .describeWrong),
        prediction("mark_photo", "*", .toggleMark, .hintMark, .describeMarkPhoto, onePhoto),
        prediction("note", "i", .editNote, nil, .describeNote, onePhoto),
        prediction("classify", "F", .classify, .hintClassify, .describeClassify),
        prediction("difference", "c", .nextReference, nil, .describeDifference) { state in
            state.predicting.view == .confusion ? nil : state.strings[.onlyInConfusion]
        },
        KeyBinding(
            name: "refresh", keys: [.character("r")], action: .refresh, hint: .hintRefresh,
            description: .describeRefresh,
            screens: [.data, .predictions],
            disabled: { state in
                if state.screen == .predictions { return running(state) }
                return ready(state) ?? inView(state, [.samples, .augmentation])
            }, views: [.samples, .augmentation]),
        KeyBinding(
            name: "open", keys: [.enter], action: .open, hint: .hintOpen, description: .describeOpen,
            disabled: ready),
        KeyBinding(
            name: "filter", keys: [.character("/")], action: .filter, hint: .hintFilter,
            description: .describeFilter,
            screens: [.data, .model, .predictions, .log],
            disabled: { state in
                state.screen == .data ? inView(state, [.samples, .augmentation, .doctor]) : nil
            },
            views: [.samples, .augmentation, .doctor]),
        {
            var pair = chart(
                "zoom_in", [.character("+"), .character("=")], .zoom(0.5), .hintZoom, .describeZoomIn)
            pair.isPair = true
            return pair
        }(),
        chart("zoom_out", [.character("-")], .zoom(2), nil, .describeZoomOut),
        chart("show_all", [.character("0")], .showAll, nil, .describeShowAll),
        chart("earlier", [.character("<"), .character(",")], .pan(-0.25), nil, .describeEarlier),
        chart("later", [.character(">"), .character(".")], .pan(0.25), nil, .describeLater),
        chart("log_axis", [.character("y")], .toggleLogarithm, .hintLogarithm, .describeLogarithm),
        chart("outliers", [.character("o")], .toggleRobust, nil, .describeRobust),
        chart("smooth", [.character("m")], .nextSmoothing, .hintSmooth, .describeSmooth),
        chart("x_axis", [.character("x")], .nextAxis, .hintAxis, .describeAxis),
        chart("layout", [.character("v")], .nextLayout, .hintLayout, .describeLayout),
        KeyBinding(
            name: "compare", keys: [.character("c")], action: .compare, hint: .hintCompare,
            description: .describeCompare,
            screens: [.train], disabled: ready),
        KeyBinding(
            name: "maps", keys: [.character("m")], action: .showMaps, hint: .hintMaps,
            description: .describeMaps, screens: [.model],
            disabled: ready),
        KeyBinding(
            name: "theme", keys: [.character("t")], action: .nextTheme, hint: .hintTheme,
            description: .describeTheme),
        KeyBinding(
            name: "help", keys: [.character("?")], action: .help, hint: .hintHelp, description: .describeHelp),
        KeyBinding(
            name: "palette", keys: [.character(":"), .palette], action: .palette, hint: .hintPalette,
            description: .describePalette),
        KeyBinding(
            name: "quit", keys: [.character("q")], action: .quit, hint: .hintQuit, description: .describeQuit),
        KeyBinding(
            name: "detach", keys: [.character("d")], action: .detach, hint: nil, description: .describeDetach,
            disabled: { $0.isAttached ? nil : running($0) }),
    ]

    private static let photos: [KeyBinding] = [
        data("data_view", ["v"], .nextView, .hintView, .describeDataView),
        data("check", ["c"], .check, .hintCheck, .describeCheck, hintedIn: [.doctor]),
        data("mark", ["x"], .mark, .hintMark, .describeMark, in: [.doctor], hasFinding),
        data("mark_kind", ["X"], .markKind, .hintMarkKind, .describeMarkKind, in: [.doctor], hasFinding),
        data("write_list", ["W"], .write, .hintWrite, .describeWrite, in: [.doctor]) { state in
            state.data.doctor.marked.isEmpty
                ? state.strings(.nothingMarked, state.keys.label(.data(.mark))) : nil
        },
        {
            var pair = data(
                "smaller", ["-"], .smaller, .hintSize, .describeSmaller, in: [.samples, .augmentation])
            pair.isPair = true
            return pair
        }(),
        data("larger", ["+", "="], .larger, nil, .describeLarger, in: [.samples, .augmentation]),
        data("operation", ["o"], .switchOperation, .hintOperation, .describeOperation, in: [.augmentation]),
        data("apply_augmentation", ["A"], .apply, .hintApply, .describeApply, in: [.augmentation], running),
        data("run_augmentation", ["0"], .reset, nil, .describeResetBench, in: [.augmentation]),
    ]

    private static let moving: [KeyBinding] =
        Screen.allCases.map { screen in
            KeyBinding(
                name: "screen_\(screen.rawValue + 1)",
                keys: [.character(Character("\(screen.rawValue + 1)"))],
                action: .screen(screen), hint: nil, description: screen.description)
        } + [
            move("next_screen", [.tab], .nextScreen, .describeNextScreen),
            move("previous_screen", [.backTab], .previousScreen, .describePreviousScreen),
            move("up", [.up, .character("k")], .move(columns: 0, rows: -1), .describeUp),
            move("down", [.down, .character("j")], .move(columns: 0, rows: 1), .describeDown),
            move("left", [.left, .character("h")], .move(columns: -1, rows: 0), .describeLeft),
            move("right", [.right], .move(columns: 1, rows: 0), .describeRight),
            move("page_up", [.pageUp, .control("b")], .page(-1), .describePageUp),
            move("page_down", [.pageDown, .control("f")], .page(1), .describePageDown),
            move("first", [.home, .character("g")], .first, .describeFirst),
            move("last", [.end, .character("G")], .last, .describeLast),
            move("redraw", [.redraw], .redraw, .describeRedraw),
            move("interrupt", [.interrupt], .interrupt, .describeInterrupt),
        ]

    /// A command to the trainer, available only while a run is in progress.
    private static func command(
        _ name: String, _ keys: [Key], _ action: KeyAction, _ hint: Phrase?, _ description: Phrase,
        _ also: @escaping @Sendable (DashboardState) -> String? = { _ in nil }
    ) -> KeyBinding {
        KeyBinding(
            name: name, keys: keys, action: action, hint: hint, description: description,
            disabled: { running($0) ?? also($0) })
    }

    private static func chart(
        _ name: String, _ keys: [Key], _ action: ChartAction, _ hint: Phrase?, _ description: Phrase
    ) -> KeyBinding {
        KeyBinding(
            name: name, keys: keys, action: .chart(action), hint: hint, description: description,
            screens: [.train])
    }

    private static func prediction(
        _ name: String, _ key: Character, _ action: PredictionAction, _ hint: Phrase?, _ description: Phrase,
        _ disabled: @escaping @Sendable (DashboardState) -> String? = { _ in nil }
    ) -> KeyBinding {
        KeyBinding(
            name: name, keys: [.character(key)], action: .prediction(action), hint: hint,
            description: description,
            screens: [.predictions], disabled: { ready($0) ?? disabled($0) })
    }

    /// - Parameters:
    ///   - views: the views in which it works; nil for all.
    ///   - hinted: the views whose hint bar shows it, if they differ from `views`.
    private static func data(
        _ name: String, _ keys: [Character], _ action: DataAction, _ hint: Phrase?, _ description: Phrase,
        in views: Set<DataView>? = nil, hintedIn hinted: Set<DataView>? = nil,
        _ disabled: @escaping @Sendable (DashboardState) -> String? = { _ in nil }
    ) -> KeyBinding {
        KeyBinding(
            name: name, keys: keys.map(Key.character), action: .data(action), hint: hint,
            description: description, screens: [.data],
            disabled: { state in ready(state) ?? views.flatMap { inView(state, $0) } ?? disabled(state) },
            views: views ?? hinted)
    }

    /// The reason why a binding of certain views is unavailable in the current one.
    @Sendable private static func inView(_ state: DashboardState, _ views: Set<DataView>) -> String? {
        if views.contains(state.data.view) { return nil }
        let names = DataView.allCases.filter(views.contains).map { state.strings[$0.title] }
        return state.strings(.worksInViews, names.joined(separator: ", "), state.keys.label(.data(.nextView)))
    }

    @Sendable private static func hasFinding(_ state: DashboardState) -> String? {
        if state.data.doctor.report == nil {
            return state.strings(.doctorIdle, state.keys.label(.data(.check)))
        }
        return state.data.doctor.shown.isEmpty ? state.strings[.nothingMatches] : nil
    }

    private static func move(_ name: String, _ keys: [Key], _ action: KeyAction, _ description: Phrase)
        -> KeyBinding
    {
        KeyBinding(name: name, keys: keys, action: action, hint: nil, description: description)
    }

    /// The reason why commands to the trainer are unavailable.
    @Sendable private static func running(_ state: DashboardState) -> String? {
        switch state.status {
        case .preparing: state.strings[.stillPreparing]
        case .finished: state.strings[.isFinished]
        case .stopped: state.strings(.isStopped, state.context?.run ?? "ID")
        case .failed: state.strings[.hasFailed]
        case .disconnected: state.strings[.isDisconnected]
        case .training, .paused, .validating: nil
        }
    }

    @Sendable private static func ready(_ state: DashboardState) -> String? {
        state.context == nil ? state.strings[.stillPreparing] : nil
    }

    @Sendable private static func onePhoto(_ state: DashboardState) -> String? {
        state.shownPredictions.isEmpty ? state.strings(.noPredictionsYet, state.keys.label(.refresh)) : nil
    }

    @Sendable private static func needsBest(_ state: DashboardState) -> String? {
        state.epochs.isEmpty ? state.strings[.noBestYet] : nil
    }
}
