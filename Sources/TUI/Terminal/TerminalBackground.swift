import Canvas
import Foundation

/// The colour of the terminal's background, asked for and told by the environment.
enum TerminalBackground {
    /// Returns the colour that `COLORFGBG` names, as rxvt, Konsole and others set it: `0;15` is black
    /// on white. Nil if it names none.
    static func told(environment: [String: String]) -> Color? {
        guard let last = environment["COLORFGBG"]?.split(separator: ";").last, let index = UInt8(last),
            index < 16
        else { return nil }
        let (r, g, b) = Palette.color(index)
        return .rgb(r, g, b)
    }

    /// Returns the question for the background (OSC 11) to a terminal of this name; empty if it might
    /// print it. screen would take it for something else.
    static func query(to name: String, environment: [String: String]) -> String {
        TerminalPictures.mayBeAsked(name) && !Multiplexer.isScreen(name, environment)
            ? "\u{1b}]11;?\u{1b}\\" : ""
    }
}

/// Programs between us and the terminal, which have windows of their own.
enum Multiplexer {
    static func isScreen(_ name: String, _ environment: [String: String]) -> Bool {
        isSet("STY", environment) || name.hasPrefix("screen") && !isSet("TMUX", environment)
    }

    /// Whether one is there, whatever `TERM` says: some people set that themselves.
    static func isPresent(_ name: String, _ environment: [String: String]) -> Bool {
        name.hasPrefix("tmux") || name.hasPrefix("screen") || isSet("TMUX", environment)
            || isSet("STY", environment) || isSet("ZELLIJ", environment)
    }

    private static func isSet(_ variable: String, _ environment: [String: String]) -> Bool {
        !(environment[variable] ?? "").isEmpty
    }
}
