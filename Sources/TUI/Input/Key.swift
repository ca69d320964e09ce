/// A key press, apart from how a terminal encodes it.
public enum Key: Hashable, Sendable {
    case character(Character)
    case enter, escape, tab, backTab, backspace, delete
    case up, down, left, right, pageUp, pageDown, home, end
    /// Ctrl-C or a signal that asks the program to end.
    case interrupt
    /// Ctrl-L.
    case redraw
    /// Ctrl-P.
    case palette
    /// Another letter with Ctrl.
    case control(Character)

    /// As the hint bar and the help write it.
    var label: String {
        switch self {
        case .character(" "): "space"
        case .character(let character): String(character)
        case .enter: "enter"
        case .escape: "esc"
        case .tab: "tab"
        case .backTab: "shift-tab"
        case .backspace: "backspace"
        case .delete: "delete"
        case .up: "↑"
        case .down: "↓"
        case .left: "←"
        case .right: "→"
        case .pageUp: "pgup"
        case .pageDown: "pgdn"
        case .home: "home"
        case .end: "end"
        case .interrupt: "ctrl-c"
        case .redraw: "ctrl-l"
        case .palette: "ctrl-p"
        case .control(let letter): "ctrl-\(letter)"
        }
    }
}
