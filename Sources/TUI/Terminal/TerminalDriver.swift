import CNcurses
import Core
import Foundation
import Plots

/// The terminal through ncurses: the one place that imports it. All calls come from one thread.
final class TerminalDriver {
    let depth: ColorDepth
    private let screen: OpaquePointer
    private let window: UnsafeMutablePointer<WINDOW>
    private var shown: CellBuffer?
    private var pairs: [ColorPair: Int32] = [:]
    private let direct: Bool
    private var isOpen = true
    /// Whether frames are wrapped in mode 2026, so that the terminal shows each at once.
    private let synchronizes: Bool

    private struct ColorPair: Hashable {
        var foreground: Int32
        var background: Int32
    }

    /// - Throws: `UserError` without a terminal or with one that ncurses does not know.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            throw UserError("The dashboard needs a terminal on its input and output; without one use flowers-tui train.")
        }
        setlocale(LC_ALL, "")
        let name = environment["TERM"] ?? ""
        let wantsDirect = ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "")
        let noColor = !(environment["NO_COLOR"] ?? "").isEmpty
        CrashGuard.rememberTerminal()
        var opened: OpaquePointer?
        var direct = false
        if wantsDirect, !noColor, let family = name.split(separator: "-").first {
            opened = flowers_newterm("\(family)-direct")
            direct = opened != nil
        }
        if opened == nil { opened = flowers_newterm(name) }
        guard let opened, let window = flowers_stdscr() else {
            throw UserError(
                "The terminal type \(name.isEmpty ? "(TERM is empty)" : name) is unknown here; set TERM to one that "
                    + "is installed, such as xterm-256color.")
        }
        screen = opened
        synchronizes = Self.mayKnowModes(name)
        self.window = window
        raw()
        noecho()
        nonl()
        keypad(window, true)
        set_escdelay(25)
        curs_set(0)
        // Some terminals send the arrows' other form whatever terminfo says.
        for (sequence, key) in [("A", KEY_UP), ("B", KEY_DOWN), ("C", KEY_RIGHT), ("D", KEY_LEFT)] {
            define_key("\u{1b}[" + sequence, key)
        }
        wtimeout(window, 0)
        if !noColor, has_colors() {
            start_color()
            use_default_colors()
            depth = direct && flowers_colors() > 256 ? .trueColor : flowers_colors() >= 256 ? .palette256 : .ansi16
        } else {
            depth = .none
        }
        self.direct = direct
        CrashGuard.install()
    }

    deinit { close() }

    /// Restores the terminal.
    func close() {
        guard isOpen else { return }
        isOpen = false
        endwin()
        delscreen(screen)
        CrashGuard.uninstall()
    }

    var size: Size { Size(columns: Int(getmaxx(window)), rows: Int(getmaxy(window))) }

    /// Leaves the terminal to the shell until the process is continued (Ctrl-Z).
    func suspend() {
        endwin()
        raise(SIGSTOP)
        invalidate()
        wrefresh(window)
    }

    /// Draws everything anew with the next `show`.
    func invalidate() {
        shown = nil
        clearok(flowers_curscr(), true)
    }

    // MARK: Output

    /// Writes what differs from the frame before.
    func show(_ buffer: CellBuffer) {
        let previous = shown?.size == buffer.size ? shown : nil
        if previous == buffer { return }
        if previous == nil { werase(window) }
        for row in 0..<buffer.size.rows {
            for column in 0..<buffer.size.columns {
                let cell = buffer[column, row]
                // The right half of a wide character comes with the left one.
                if cell.text.isEmpty || previous?[column, row] == cell { continue }
                put(cell, column: column, row: row)
            }
        }
        shown = buffer
        setSynchronized(true)
        wrefresh(window)
        setSynchronized(false)
    }

    /// Terminals that lack the mode but know private modes ignore it; others might show its letters.
    private static func mayKnowModes(_ name: String) -> Bool {
        ["xterm", "tmux", "screen", "kitty", "foot", "alacritty", "wezterm", "ghostty", "contour", "rxvt"].contains(where: name.hasPrefix)
    }

    private func setSynchronized(_ isOn: Bool) {
        guard synchronizes else { return }
        let bytes = Array("\u{1b}[?2026\(isOn ? "h" : "l")".utf8)
        // ncurses writes its own at once, so the order is kept.
        _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }

    private func put(_ cell: Cell, column: Int, row: Int) {
        var attributes: attr_t = 0
        for (attribute, bit) in [
            (Attributes.bold, flowers_bold()), (.dim, flowers_dim()), (.underline, flowers_underline()),
            (.reverse, flowers_reverse()), (.italic, flowers_italic()),
        ] where cell.style.attributes.contains(attribute) {
            attributes |= bit
        }
        // A cell holds at most four scalars besides the terminator.
        var text = cell.text.unicodeScalars.prefix(4).map { wchar_t($0.value) }
        text.append(0)
        var character = cchar_t()
        guard flowers_setcchar(&character, text, attributes, pair(cell.style)) != ERR else { return }
        mvwadd_wch(window, Int32(row), Int32(column), &character)
    }

    /// Pairs are made once and kept: making one anew costs ncurses a look at the whole screen.
    private func pair(_ style: Style) -> Int32 {
        if depth == .none { return 0 }
        let key = ColorPair(foreground: number(style.foreground), background: number(style.background))
        if key.foreground < 0 && key.background < 0 { return 0 }
        if let known = pairs[key] { return known }
        if pairs.count + 1 >= Int(flowers_color_pairs()) {
            // All are taken: start over, and draw everything anew with the next frame.
            pairs.removeAll(keepingCapacity: true)
            reset_color_pairs()
            invalidate()
        }
        let pair = Int32(pairs.count + 1)
        guard init_extended_pair(pair, key.foreground, key.background) != ERR else { return 0 }
        pairs[key] = pair
        return pair
    }

    private func number(_ color: Color) -> Int32 {
        switch color.reduced(to: depth) {
        case .standard: return -1
        case .palette(let index):
            if !direct || index < 8 { return Int32(index) }
            let (r, g, b) = Palette.color(index)
            return rgb(r, g, b)
        case .rgb(let r, let g, let b): return rgb(r, g, b)
        }
    }

    /// Five bits a channel, so that pictures do not use the pairs up. Direct colours 0–7 mean the palette.
    private func rgb(_ r: UInt8, _ g: UInt8, _ b: UInt8) -> Int32 {
        func snap(_ value: UInt8) -> Int32 { Int32(value & 0xf8 | value >> 5) }
        let number = snap(r) << 16 | snap(g) << 8 | snap(b)
        return number > 0 && number < 8 ? 8 : number
    }

    // MARK: Input

    enum Input { case key(Key), resize, none }

    /// The next key, waiting at most `milliseconds`.
    func read(milliseconds: Int32) -> Input {
        wtimeout(window, milliseconds)
        var code: wint_t = 0
        let kind = wget_wch(window, &code)
        if kind == ERR { return .none }
        if kind == KEY_CODE_YES { return Self.function(Int32(code)) }
        switch code {
        case 3: return .key(.interrupt)
        case 9: return .key(.tab)
        case 10, 13: return .key(.enter)
        case 12: return .key(.redraw)
        case 16: return .key(.palette)
        case 26:
            suspend()
            return .resize
        case 27: return .key(.escape)
        case 8, 127: return .key(.backspace)
        default:
            guard code >= 32, let scalar = UnicodeScalar(UInt32(code)) else { return .none }
            return .key(.character(Character(scalar)))
        }
    }

    private static func function(_ code: Int32) -> Input {
        switch code {
        case KEY_RESIZE: .resize
        case KEY_UP: .key(.up)
        case KEY_DOWN: .key(.down)
        case KEY_LEFT: .key(.left)
        case KEY_RIGHT: .key(.right)
        case KEY_PPAGE: .key(.pageUp)
        case KEY_NPAGE: .key(.pageDown)
        case KEY_HOME: .key(.home)
        case KEY_END: .key(.end)
        case KEY_BTAB: .key(.backTab)
        case KEY_BACKSPACE: .key(.backspace)
        case KEY_DC: .key(.delete)
        case KEY_ENTER: .key(.enter)
        default: .none
        }
    }
}
