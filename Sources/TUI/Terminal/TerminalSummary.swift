import CNcurses
package import Canvas
import Foundation

/// The terminal as the environment and its size describe it. Nothing is drawn on it.
package struct TerminalSummary: Sendable {
    /// Whether input and output are a terminal.
    package var isTerminal: Bool
    /// `TERM`.
    package var name: String
    /// Whether there is a terminfo entry of that name with which a screen can be drawn.
    package var isUsable: Bool
    /// The colours that the dashboard would show.
    package var colors: ColorDepth
    /// Whether `COLORTERM` promises all colours, and no terminfo entry is there to show them.
    package var lacksDirectColors: Bool
    /// Whether characters beyond ASCII can be shown.
    package var isUnicode: Bool
    /// Nil if unknown.
    package var size: Size?
    /// Version of ncurses at run time, such as `ncurses 6.4.20221231`.
    package var library: String

    /// Adopts the environment's locale for the whole process.
    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
        name = environment["TERM"] ?? ""
        let own = TerminalDriver.entry(name)
        isUsable = own?.placesCursor ?? false
        let chosen = own.map {
            TerminalColors.choose(.auto, own: $0, environment: environment, lookup: TerminalDriver.entry)
        }
        colors = chosen?.depth ?? .none
        let promise = (environment["COLORTERM"] ?? "").lowercased()
        let isColorful = colors != .trueColor && colors != .none
        lacksDirectColors = isColorful && ["truecolor", "24bit"].contains(promise)
        isUnicode = TerminalLocale.adopt()
        size = TerminalWindow(descriptor: STDOUT_FILENO)?.size
        library = curses_version().map { String(cString: $0) } ?? "unknown"
    }
}
