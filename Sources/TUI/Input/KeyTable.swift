import Core

/// What a key does. The reducer carries it out.
enum KeyAction: Equatable, Sendable {
    case togglePause, step, unfreeze, halveRate, doubleRate, typeRate, finishStage
    case save, nextTheme, refresh, help, quit, interrupt, redraw, open
    case screen(Screen), nextScreen, previousScreen
    case move(columns: Int, rows: Int), page(Int), first, last
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
            keys: [.character("s")], action: .save, hint: "save", description: "save a checkpoint now",
            disabled: running),
        KeyBinding(
            keys: [.character("r")], action: .refresh, hint: "refresh",
            description: "new augmented views (data), or predictions with the current weights (predictions)",
            screens: [.data, .predictions],
            disabled: { state in state.screen == .predictions ? running(state) : ready(state) }),
        KeyBinding(
            keys: [.enter], action: .open, hint: "open", description: "look at the chosen photo, or choose the layer",
            screens: [.data, .model, .predictions], disabled: ready),
        KeyBinding(keys: [.character("t")], action: .nextTheme, hint: "theme", description: "the next theme"),
        KeyBinding(keys: [.character("?")], action: .help, hint: "help", description: "this help"),
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
            keys: [.up, .character("k")], action: .move(columns: 0, rows: -1), hint: "", description: "up"),
        KeyBinding(
            keys: [.down, .character("j")], action: .move(columns: 0, rows: 1), hint: "", description: "down"),
        KeyBinding(
            keys: [.left, .character("h")], action: .move(columns: -1, rows: 0), hint: "", description: "left"),
        KeyBinding(keys: [.right], action: .move(columns: 1, rows: 0), hint: "", description: "right"),
        KeyBinding(keys: [.pageUp], action: .page(-1), hint: "", description: "a page back"),
        KeyBinding(keys: [.pageDown], action: .page(1), hint: "", description: "a page on"),
        KeyBinding(keys: [.home, .character("g")], action: .first, hint: "", description: "to the first"),
        KeyBinding(keys: [.end, .character("G")], action: .last, hint: "", description: "to the last"),
        KeyBinding(keys: [.redraw], action: .redraw, hint: "", description: "draw the screen anew"),
        KeyBinding(
            keys: [.interrupt], action: .interrupt, hint: "", description: "save and quit at once"),
    ]

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
