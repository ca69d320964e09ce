import Phrases
import Recipes

enum KeyTable {
    static let standard: [KeyBinding] =
        steering + after + runs + photos + looking + moving + places

    private static let steering: [KeyBinding] = [
        KeyBinding(
            name: "pause", keys: [.character(" ")], action: .togglePause, hint: .hintPause,
            description: .describePause, needs: [.resumable]),
        command("step", [.character("n")], .step, .hintStep, .describeStep),
        command("step_epoch", [.character("N")], .stepEpoch, nil, .describeStepEpoch),
        command("unfreeze", [.character("u")], .unfreeze, .hintUnfreeze, .describeUnfreeze),
        command("freeze", [.character("z")], .freeze, nil, .describeFreeze, .unfrozenLayers),
        {
            var pair = command("halve_rate", [.character("[")], .halveRate, .hintRate, .describeHalve)
            pair.isPair = true
            return pair
        }(),
        command("double_rate", [.character("]")], .doubleRate, nil, .describeDouble),
        command("rate", [.character("l")], .editRate, .hintEditRate, .describeEditRate),
        command("find_rate", [.character("L")], .findRate, nil, .describeFindRate),
        command("finish", [.character("f")], .finishStage, .hintFinish, .describeFinish),
        KeyBinding(
            name: "undo", keys: [.character("U")], action: .undo, hint: nil, description: .describeUndo,
            needs: [
                .exceptOn(.runs, .running), .exceptOn(.runs, .undoableChange), .on(.runs, .deletedRun),
            ]),
        command("augmentation", [.character("a")], .editVariation, .hintVariation, .describeVariation),
        command("guards", [.character("w")], .editGuards, nil, .describeGuards),
        KeyBinding(
            name: "epochs", keys: [.character("e")], action: .addEpochs, hint: nil,
            description: .describeEpochs, needs: [.extendable]),
        command("restore_best", [.character("b")], .restoreBest, nil, .describeRestoreBest, .bestEpoch),
        command("keep_best", [.character("B")], .stopKeepingBest, nil, .describeKeepBest, .bestEpoch),
        command("save", [.character("s")], .save, .hintSave, .describeSave),
    ]

    private static let after: [KeyBinding] = [
        next("branch", "C", .branch, .describeBranch, needs: .branchable),
        next("new_run", "P", .newRun, .describeNewRun, needs: .branchable),
        next("export_weights", "E", .exportWeights, .describeExport, needs: .saved),
        next("report", "R", .writeReport, .describeReport, needs: .saved),
    ]

    private static let runs: [KeyBinding] = [
        run("resume_run", "r", .resume, .hintResumeRun, .describeResumeRun),
        run("overlay", "c", .overlay, .hintOverlay, .describeOverlay),
        run("order_runs", "o", .nextOrder, .hintOrder, .describeOrderRuns),
        run("reverse_runs", "O", .reverseOrder, nil, .describeReverseRuns),
        run("delete_run", "x", .delete, .hintDelete, .describeDelete),
        run("run_note", "i", .editNote, .hintNote, .describeRunNote),
    ]

    private static let looking: [KeyBinding] = [
        prediction("view", "v", action: .nextView, .hintView, .describeView),
        {
            var pair = prediction(
                "earlier_epoch", "<", ",", action: .earlierEpoch, .hintEpoch, .describeEarlierEpoch)
            pair.isPair = true
            return pair
        }(),
        prediction("later_epoch", ">", ".", action: .laterEpoch, nil, .describeLaterEpoch, .earlierEpoch),
        prediction(
            "newest_epoch", "0", action: .newestEpoch, .hintNewest, .describeNewestEpoch, .earlierEpoch),
        prediction(
            "order", "o", action: .nextOrder, .hintOrder, .describeOrder, .predictionViews([.photos])),
        prediction(
            "wrong", "x", action: .nextKept, .hintWrong, .describeWrong,
            .predictionViews([.photos, .features])),
        prediction(
            "mark_photo", "*", action: .toggleMark, .hintMark, .describeMarkPhoto,
            .predictionViews([.photos, .features]), .prediction),
        prediction(
            "note", "i", action: .editNote, nil, .describeNote, .predictionViews([.photos, .features]),
            .prediction),
        prediction("classify", "F", action: .classify, .hintClassify, .describeClassify),
        prediction(
            "difference", "c", action: .nextReference, .hintCompare, .describeDifference,
            .predictionViews([.confusion])),
        KeyBinding(
            name: "refresh", keys: [.character("r")], action: .refresh, hint: .hintRefresh,
            description: .describeRefresh,
            screens: [.data, .predictions],
            needs: [
                .on(.predictions, .running), .exceptOn(.predictions, .ready),
                .exceptOn(.predictions, .views([.samples, .augmentation])),
            ], views: [.samples, .augmentation]),
        {
            var open = KeyBinding(
                name: "open", keys: [.enter], action: .open, hint: .hintOpen, description: .describeOpen,
                needs: [.exceptOn(.runs, .ready), .on(.runs, .listedRun)])
            open.chartHint = .hintClose
            return open
        }(),
        KeyBinding(
            name: "filter", keys: [.character("/")], action: .filter, hint: .hintFilter,
            description: .describeFilter,
            screens: [.data, .model, .predictions, .log, .runs],
            needs: [
                .on(.data, .views([.samples, .augmentation, .doctor])),
                .on(.predictions, .predictionViews([.photos, .features])),
            ],
            views: [.samples, .augmentation, .doctor]),
        chart(
            "zoom_in", [.character("+"), .character("=")], .zoom(0.5), .hintZoom, .describeZoomIn,
            isPair: true),
        chart("zoom_out", [.character("-")], .zoom(2), nil, .describeZoomOut),
        chart("show_all", [.character("0")], .showAll, nil, .describeShowAll, open: .hintShowAll),
        chart(
            "earlier", [.character("<"), .character(",")], .pan(-0.25), nil, .describeEarlier, open: .hintPan,
            isPair: true),
        chart("later", [.character(">"), .character(".")], .pan(0.25), nil, .describeLater),
        chart("log_axis", [.character("y")], .toggleLogarithm, .hintLogarithm, .describeLogarithm),
        chart("full_range", [.character("Y")], .toggleFull, nil, .describeFullRange, open: .hintFullRange),
        chart("outliers", [.character("o")], .toggleRobust, nil, .describeRobust, open: .hintRobust),
        chart("smooth", [.character("m")], .nextSmoothing, .hintSmooth, .describeSmooth),
        chart("x_axis", [.character("x")], .nextAxis, .hintAxis, .describeAxis),
        {
            var layout = chart("layout", [.character("v")], .nextLayout, .hintLayout, .describeLayout)
            layout.chartHint = nil
            return layout
        }(),
        {
            var compare = KeyBinding(
                name: "compare", keys: [.character("c")], action: .compare, hint: .hintCompare,
                description: .describeCompare, screens: [.train], needs: [.ready])
            compare.chartHint = .hintCompare
            return compare
        }(),
        KeyBinding(
            name: "maps", keys: [.character("m")], action: .showMaps, hint: .hintMaps,
            description: .describeMaps, screens: [.model],
            needs: [.ready]),
        KeyBinding(
            name: "histograms", keys: [.character("H")], action: .showHistograms, hint: .hintHistograms,
            description: .describeHistograms, screens: [.model],
            needs: [.ready]),
        KeyBinding(
            name: "theme", keys: [.character("t")], action: .nextTheme, hint: .hintTheme,
            description: .describeTheme),
        KeyBinding(
            name: "save_screen", keys: [.character("S")], action: .saveScreen, hint: nil,
            description: .describeSaveScreen),
        KeyBinding(
            name: "help", keys: [.character("?")], action: .help, hint: .hintHelp, description: .describeHelp),
        KeyBinding(
            name: "palette", keys: [.character(":"), .palette], action: .palette, hint: .hintPalette,
            description: .describePalette),
        KeyBinding(
            name: "quit", keys: [.character("q")], action: .quit, hint: .hintQuit, description: .describeQuit),
        KeyBinding(
            name: "detach", keys: [.character("d")], action: .detach, hint: nil, description: .describeDetach,
            needs: [.detachable]),
    ]

    private static let photos: [KeyBinding] = [
        data("data_view", ["v"], .nextView, .hintView, .describeDataView),
        data("check", ["c"], .check, .hintCheck, .describeCheck, hintedIn: [.doctor]),
        data("mark", ["x"], .mark, .hintMark, .describeMark, in: [.doctor], .finding),
        data("mark_kind", ["X"], .markKind, .hintMarkKind, .describeMarkKind, in: [.doctor], .finding),
        data("write_list", ["W"], .write, .hintWrite, .describeWrite, in: [.doctor], .markedPhotos),
        {
            var pair = data(
                "smaller", ["-"], .smaller, .hintSize, .describeSmaller, in: [.samples, .augmentation])
            pair.isPair = true
            return pair
        }(),
        data("larger", ["+", "="], .larger, nil, .describeLarger, in: [.samples, .augmentation]),
        data("operation", ["o"], .switchOperation, .hintOperation, .describeOperation, in: [.augmentation]),
        data("apply_augmentation", ["A"], .apply, .hintApply, .describeApply, in: [.augmentation], .running),
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
            move(
                "up", [.up, .character("k")], .move(columns: 0, rows: -1), .describeUp,
                inChart: .hintOtherChart),
            move("down", [.down, .character("j")], .move(columns: 0, rows: 1), .describeDown),
            move(
                "left", [.left, .character("h")], .move(columns: -1, rows: 0), .describeLeft,
                inChart: .hintCrosshair),
            move("right", [.right], .move(columns: 1, rows: 0), .describeRight),
            move("page_up", [.pageUp, .control("b")], .page(-1), .describePageUp),
            move("page_down", [.pageDown, .control("f")], .page(1), .describePageDown),
            move("first", [.home, .character("g")], .first, .describeFirst),
            move("last", [.end, .character("G")], .last, .describeLast),
            move("redraw", [.redraw], .redraw, .describeRedraw),
            move("interrupt", [.interrupt], .interrupt, .describeInterrupt),
        ]

    /// Views and charts by name, for the command palette; they have no key unless the user gives one.
    private static let places: [KeyBinding] =
        DataView.allCases.map {
            place("\($0)", .showData($0), .describeShownDataView, $0.title)
        }
        + PredictionView.allCases.map {
            place("\($0)", .show($0), .describePredictionView, $0.title)
        }
        + ChartKind.allCases.map {
            place("chart_\($0)", .chart(.open($0)), .describeOpenChart, $0.title)
        }

    private static func place(
        _ name: String, _ action: KeyAction, _ description: Phrase, _ subject: Phrase
    ) -> KeyBinding {
        // Names in the configuration file are in lower case, with underscores.
        let spelled = name.reduce(into: "show_") { $0 += $1.isUppercase ? "_\($1.lowercased())" : "\($1)" }
        return KeyBinding(
            name: spelled, keys: [], action: action, hint: nil, description: description,
            subject: subject, needs: [.ready])
    }

    /// A command to the trainer, available only while a run is in progress.
    private static func command(
        _ name: String, _ keys: [Key], _ action: KeyAction, _ hint: Phrase?, _ description: Phrase,
        _ needs: Requirement...
    ) -> KeyBinding {
        KeyBinding(
            name: name, keys: keys, action: action, hint: hint, description: description,
            needs: [.running] + needs)
    }

    private static func run(
        _ name: String, _ key: Character, _ action: RunsAction, _ hint: Phrase?, _ description: Phrase
    ) -> KeyBinding {
        KeyBinding(
            name: name, keys: [.character(key)], action: .runs(action), hint: hint, description: description,
            screens: [.runs], needs: [.listedRun])
    }

    /// A step after a run, or a look at what it has saved so far.
    private static func next(
        _ name: String, _ key: Character, _ action: KeyAction, _ description: Phrase,
        needs requirement: Requirement
    ) -> KeyBinding {
        KeyBinding(
            name: name, keys: [.character(key)], action: action, hint: nil, description: description,
            needs: [requirement])
    }

    /// - Parameter open: the hint while a chart fills the screen; nil for `hint`.
    private static func chart(
        _ name: String, _ keys: [Key], _ action: ChartAction, _ hint: Phrase?, _ description: Phrase,
        open: Phrase? = nil, isPair: Bool = false
    ) -> KeyBinding {
        var binding = KeyBinding(
            name: name, keys: keys, action: .chart(action), hint: hint, description: description,
            screens: [.train])
        (binding.chartHint, binding.isPair) = (open ?? hint, isPair)
        return binding
    }

    private static func prediction(
        _ name: String, _ keys: Character..., action: PredictionAction, _ hint: Phrase?,
        _ description: Phrase,
        _ needs: Requirement...
    ) -> KeyBinding {
        KeyBinding(
            name: name, keys: keys.map(Key.character), action: .prediction(action), hint: hint,
            description: description,
            screens: [.predictions], needs: [.ready] + needs)
    }

    /// - Parameters:
    ///   - views: the views in which it works; nil for all.
    ///   - hinted: the views whose hint bar shows it, if they differ from `views`.
    private static func data(
        _ name: String, _ keys: [Character], _ action: DataAction, _ hint: Phrase?, _ description: Phrase,
        in views: Set<DataView>? = nil, hintedIn hinted: Set<DataView>? = nil,
        _ needs: Requirement...
    ) -> KeyBinding {
        KeyBinding(
            name: name, keys: keys.map(Key.character), action: .data(action), hint: hint,
            description: description, screens: [.data],
            needs: [.ready] + (views.map { [.views($0)] } ?? []) + needs,
            views: views ?? hinted)
    }

    /// - Parameter inChart: the hint for this and the next binding while a chart fills the screen.
    private static func move(
        _ name: String, _ keys: [Key], _ action: KeyAction, _ description: Phrase, inChart: Phrase? = nil
    ) -> KeyBinding {
        var binding = KeyBinding(name: name, keys: keys, action: action, hint: nil, description: description)
        (binding.chartHint, binding.isPair) = (inChart, inChart != nil)
        return binding
    }
}
