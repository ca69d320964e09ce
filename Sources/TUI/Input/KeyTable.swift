import Core

/// What a key does. The reducer carries it out.
enum KeyAction: Equatable, Sendable {
    case togglePause, step, unfreeze, halveRate, doubleRate, typeRate, finishStage, undo
    case save, nextTheme, refresh, help, palette, quit, interrupt, redraw, open
    case screen(Screen), nextScreen, previousScreen
    case move(columns: Int, rows: Int), page(Int), first, last
    case chart(ChartAction)
}

/// One line of the key table. Dispatch, hint bar and help are all made from these.
struct KeyBinding: Sendable {
    let keys: [Key]
    let action: KeyAction
    /// Two words for the hint bar; empty keeps it out of the bar.
    let hint: String
    /// The keys as the hint bar writes them, where that is not the first one.
    var hintKeys: String?
    let description: String
    /// Screens on which it works; nil for all.
    var screens: Set<Screen>?
    /// Why it cannot act now, as a sentence; nil when it can.
    var disabled: @Sendable (DashboardState) -> String? = { _ in nil }

    func works(on screen: Screen) -> Bool { screens?.contains(screen) ?? true }
}

enum KeyTable {
    static let bindings: [KeyBinding] = [
        KeyBinding(
            keys: [.character(" ")], action: .togglePause, hint: "pause", description: "pause, and resume",
            disabled: running),
        KeyBinding(
            keys: [.character("n")], action: .step, hint: "step", description: "train one batch, then pause",
            disabled: running),
        KeyBinding(
            keys: [.character("u")], action: .unfreeze, hint: "unfreeze",
            description: "fine-tune now, from the layer chosen on the model screen", disabled: running),
        KeyBinding(
            keys: [.character("[")], action: .halveRate, hint: "LR ÷2 ×2", hintKeys: "[ ]", description: "halve the learning rate",
            disabled: running),
        KeyBinding(
            keys: [.character("]")], action: .doubleRate, hint: "", description: "double the learning rate",
            disabled: running),
        KeyBinding(
            keys: [.character("l")], action: .typeRate, hint: "type LR", description: "type a learning rate",
            disabled: running),
        KeyBinding(
            keys: [.character("f")], action: .finishStage, hint: "finish",
            description: "finish this stage: validate and go on to the next", disabled: running),
        KeyBinding(
            keys: [.character("U")], action: .undo, hint: "",
            description: "undo the last change of the learning rate or of the frozen layers", disabled: running),
        KeyBinding(
            keys: [.character("s")], action: .save, hint: "save", description: "save a checkpoint now",
            disabled: running),
        KeyBinding(
            keys: [.character("r")], action: .refresh, hint: "refresh",
            description: "new augmented views (data), or predictions with the current weights (predictions)",
            screens: [.data, .predictions],
            disabled: { state in state.screen == .predictions ? running(state) : ready(state) }),
        KeyBinding(
            keys: [.enter], action: .open, hint: "open",
            description: "open a chart or the chosen photo, or choose the layer", disabled: ready),
        chart([.character("+"), .character("=")], .zoom(0.5), "zoom", hintKeys: "+ -", "zoom the charts in"),
        chart([.character("-")], .zoom(2), "", "zoom the charts out"),
        chart([.character("0")], .showAll, "", "show the whole run"),
        chart([.character("<"), .character(",")], .pan(-0.25), "", "earlier, when zoomed"),
        chart([.character(">"), .character(".")], .pan(0.25), "", "later, when zoomed; at the end it follows the run"),
        chart([.character("y")], .toggleLogarithm, "log", "logarithmic y axes, and back"),
        chart([.character("m")], .nextSmoothing, "smooth", "smooth the batches' curve, more each time"),
        chart([.character("x")], .nextAxis, "x axis", "x axis by epoch, batch or time"),
        chart([.character("v")], .nextLayout, "layout", "two charts, four, or one"),
        KeyBinding(keys: [.character("t")], action: .nextTheme, hint: "theme", description: "the next theme"),
        KeyBinding(keys: [.character("?")], action: .help, hint: "help", description: "this help; typing narrows it"),
        KeyBinding(
            keys: [.character(":"), .palette], action: .palette, hint: "commands",
            description: "do anything by its name"),
        KeyBinding(
            keys: [.character("q")], action: .quit, hint: "quit", description: "save and quit, after a question"),
        KeyBinding(keys: [.character("1")], action: .screen(.train), hint: "", description: "the train screen"),
        KeyBinding(keys: [.character("2")], action: .screen(.data), hint: "", description: "the data screen"),
        KeyBinding(keys: [.character("3")], action: .screen(.model), hint: "", description: "the model screen"),
        KeyBinding(
            keys: [.character("4")], action: .screen(.predictions), hint: "", description: "the predictions screen"),
        KeyBinding(keys: [.tab], action: .nextScreen, hint: "", description: "the next screen"),
        KeyBinding(keys: [.backTab], action: .previousScreen, hint: "", description: "the previous screen"),
        KeyBinding(
            keys: [.up, .character("k")], action: .move(columns: 0, rows: -1), hint: "",
            description: "up; in an open chart, the one before"),
        KeyBinding(
            keys: [.down, .character("j")], action: .move(columns: 0, rows: 1), hint: "",
            description: "down; in an open chart, the next one"),
        KeyBinding(
            keys: [.left, .character("h")], action: .move(columns: -1, rows: 0), hint: "",
            description: "left; on the charts, a crosshair that reads their values"),
        KeyBinding(keys: [.right], action: .move(columns: 1, rows: 0), hint: "",
            description: "right"),
        KeyBinding(keys: [.pageUp], action: .page(-1), hint: "", description: "a page back"),
        KeyBinding(keys: [.pageDown], action: .page(1), hint: "", description: "a page on"),
        KeyBinding(keys: [.home, .character("g")], action: .first, hint: "", description: "to the first"),
        KeyBinding(keys: [.end, .character("G")], action: .last, hint: "", description: "to the last"),
        KeyBinding(keys: [.redraw], action: .redraw, hint: "", description: "draw the screen anew"),
        KeyBinding(
            keys: [.interrupt], action: .interrupt, hint: "", description: "save and quit at once"),
    ]

    private static func chart(
        _ keys: [Key], _ action: ChartAction, _ hint: String, hintKeys: String? = nil, _ description: String
    ) -> KeyBinding {
        KeyBinding(
            keys: keys, action: .chart(action), hint: hint, hintKeys: hintKeys, description: description,
            screens: [.train])
    }

    /// Bindings whose keys or description hold the letters of `query` in order; the closest together first.
    static func search(_ query: String) -> [KeyBinding] {
        if query.isEmpty { return bindings }
        let found = bindings.enumerated().compactMap { index, binding in
            let text = "\(binding.keys.map(\.label).joined(separator: " ")) \(binding.hint) \(binding.description)"
            return fuzzy(query, text).map { (score: $0, index: index, binding: binding) }
        }
        return found.sorted { ($0.score, $0.index) < ($1.score, $1.index) }.map(\.binding)
    }

    /// How far apart the letters of `query` stand in `text`, at best; nil when they do not all stand there in order.
    static func fuzzy(_ query: String, _ text: String) -> Int? {
        let (wanted, letters) = (Array(query.lowercased().filter { $0 != " " }), Array(text.lowercased()))
        guard let first = wanted.first else { return 0 }
        var best: Int?
        for start in letters.indices where letters[start] == first {
            var (next, end) = (1, start)
            for index in (start + 1)..<max(start + 1, letters.count) where next < wanted.count && letters[index] == wanted[next] {
                (next, end) = (next + 1, index)
            }
            guard next == wanted.count else { break }
            let startsWord = start == 0 || letters[start - 1] == " "
            let score = (end - start) * 2 + (startsWord ? 0 : 1)
            best = min(best ?? score, score)
        }
        return best
    }

    static func binding(for key: Key, on screen: Screen) -> KeyBinding? {
        bindings.first { $0.keys.contains(key) && $0.works(on: screen) } ?? bindings.first { $0.keys.contains(key) }
    }

    /// Why commands to the trainer are refused.
    @Sendable private static func running(_ state: DashboardState) -> String? {
        switch state.status {
        case .preparing: "The photos are still being prepared."
        case .finished: "The run is finished; start another to train on."
        case .stopped: "The run is stopped; resume it with flowers-tui --run \(state.context?.run ?? "ID")."
        case .failed: "The run has failed; the log says why."
        case .training, .paused, .validating: nil
        }
    }

    @Sendable private static func ready(_ state: DashboardState) -> String? {
        state.context == nil ? "The photos are still being prepared." : nil
    }
}
