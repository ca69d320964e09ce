import Canvas

/// The colours that the user asks for; `auto` chooses what the terminal can show.
package enum ColorChoice: String, CaseIterable, Sendable {
    case auto, truecolor
    case palette256 = "256"
    case ansi16 = "16"
    case none
}

/// The part of a terminfo entry that the choice of colours depends on.
struct TerminalEntry: Equatable, Sendable {
    var name: String
    /// Number of colours; 0 without colours.
    var colors: Int
    /// Whether the cursor can be positioned; without this no screen can be drawn.
    var placesCursor = true

    /// Whether a colour number encodes red, green and blue.
    var isDirect: Bool { colors > 1 << 16 }

    /// Colour numbers below this are palette entries, even in a direct-colour entry.
    var indexedColors: Int32 {
        if !isDirect { return Int32(colors) }
        return name.hasSuffix("-direct256") ? 256 : name.hasSuffix("-direct16") ? 16 : 8
    }
}

/// The terminfo entry to use, and the colours to show with it.
struct TerminalColors: Equatable, Sendable {
    var entry: TerminalEntry
    var depth: ColorDepth

    /// Chooses from the terminal's name, `COLORTERM`, `NO_COLOR` and the user's choice.
    ///
    /// An entry with direct colours or 256 colours replaces the terminal's own if the terminal is
    /// known to show them. If no entry can meet an explicit choice, the result has as many colours
    /// as possible.
    ///
    /// - Parameters:
    ///   - own: the entry that `TERM` names.
    ///   - lookup: returns an entry by name, or nil if it is not installed.
    static func choose(
        _ choice: ColorChoice, own: TerminalEntry, environment: [String: String],
        lookup: (String) -> TerminalEntry?
    ) -> TerminalColors {
        let colorTerm = environment["COLORTERM"] ?? ""
        let isFull = ["truecolor", "24bit"].contains(colorTerm.lowercased())
        let family = String(own.name.prefix { $0 != "-" && $0 != "." })

        func full(_ names: [String]) -> TerminalColors? {
            if own.isDirect { return TerminalColors(entry: own, depth: .trueColor) }
            for name in names {
                if let entry = lookup(name), entry.isDirect {
                    return TerminalColors(entry: entry, depth: .trueColor)
                }
            }
            return nil
        }
        func palette(_ names: [String]) -> TerminalColors? {
            if own.colors >= 256 { return TerminalColors(entry: own, depth: .palette256) }
            for name in names {
                if let entry = lookup(name), entry.colors >= 256 {
                    return TerminalColors(entry: entry, depth: .palette256)
                }
            }
            return nil
        }
        var directNames = ["\(family)-direct"]
        // tmux calls itself screen if its own entries are not installed.
        if family == "screen", environment["TMUX"] != nil { directNames.append("tmux-direct") }
        let basic = TerminalColors(entry: own, depth: own.colors >= 8 ? .ansi16 : .none)

        switch choice {
        case .none: return TerminalColors(entry: own, depth: .none)
        case .truecolor:
            return full(directNames + ["xterm-direct"]) ?? palette(["\(family)-256color", "xterm-256color"])
                ?? basic
        case .palette256: return palette(["\(family)-256color", "xterm-256color"]) ?? basic
        case .ansi16:
            if basic.depth == .ansi16 { return basic }
            guard let entry = lookup("xterm"), entry.colors >= 8 else { return basic }
            return TerminalColors(entry: entry, depth: .ansi16)
        case .auto:
            if !(environment["NO_COLOR"] ?? "").isEmpty || own.colors < 8 {
                return TerminalColors(entry: own, depth: .none)
            }
            if own.isDirect || isFull, let chosen = full(directNames) { return chosen }
            return palette(colorTerm.isEmpty ? [] : ["\(family)-256color"]) ?? basic
        }
    }
}
