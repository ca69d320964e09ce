import Plots

/// Colours that the person asks for; `auto` is what the terminal can show.
public enum ColorChoice: String, CaseIterable, Sendable {
    case auto, truecolor
    case palette256 = "256"
    case ansi16 = "16"
    case none
}

/// An entry of terminfo, as far as the choice of colours depends on it.
struct TerminalEntry: Equatable, Sendable {
    var name: String
    /// 0 without colours.
    var colors: Int
    /// Whether the cursor can be placed, without which no screen can be drawn.
    var placesCursor = true

    /// Whether a colour's number is its red, green and blue.
    var isDirect: Bool { colors > 1 << 16 }

    /// Numbers below this are palette entries also in a direct entry.
    var indexedColors: Int32 {
        if !isDirect { return Int32(colors) }
        return name.hasSuffix("-direct256") ? 256 : name.hasSuffix("-direct16") ? 16 : 8
    }
}

/// The terminfo entry to use and the colours to show through it.
struct TerminalColors: Equatable, Sendable {
    var entry: TerminalEntry
    var depth: ColorDepth

    /// Chooses from what the terminal is called, `COLORTERM`, `NO_COLOR` and the person's wish.
    ///
    /// An entry with direct colours or with 256 is taken instead of the terminal's own where the terminal is known to
    /// show them. A wish that no entry can fulfil ends with the most colours that there are.
    ///
    /// - Parameters:
    ///   - own: the entry that `TERM` names.
    ///   - lookup: an entry by name; nil where it is not installed.
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
        // tmux calls itself screen where its own entries are not installed.
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
