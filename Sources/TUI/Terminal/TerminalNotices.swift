import Foundation
import Keys

/// Ways in which the dashboard reaches a person who looks elsewhere.
package struct NoticeChoice: Sendable, Equatable {
    /// Whether the bell rings when the run ends, diverges or reaches a plateau.
    package var bell = true
    /// Whether the desktop is told then.
    package var notifications = true
    /// Whether the window's title shows the run's progress.
    package var title = true

    package init(bell: Bool = true, notifications: Bool = true, title: Bool = true) {
        (self.bell, self.notifications, self.title) = (bell, notifications, title)
    }
}

/// The control sequences for titles and notifications, for terminals that are known to take them.
///
/// A title is set only where the one before can be restored: on terminals with a stack of titles
/// (XTWINOPS 22 and 23), and in tmux, which has one since 3.2. Notifications are those of iTerm2
/// (OSC 9) or rxvt (OSC 777); a multiplexer gets none.
struct TerminalNotices: Sendable {
    private let choice: NoticeChoice
    private let ringsBell: Bool
    /// Whether the sequences reach the terminal itself.
    private let isDirect: Bool
    /// The terminal's name in lower case: by its own answer, else by the environment.
    private var program: String
    /// The title that is set; nil before the first.
    private var shownTitle: String?

    init(_ choice: NoticeChoice, name: String, environment: [String: String]) {
        self.choice = choice
        ringsBell = choice.bell && TerminalModes.areKnown(to: name)
        isDirect = !Multiplexer.isPresent(name, environment)
        program = isDirect ? Self.program(name, environment) : Self.multiplexer(environment)
    }

    /// Takes the terminal's own answer, which the environment may contradict: variables of the
    /// terminal that started this one stay set.
    mutating func note(_ report: TerminalReport) {
        if case .name(let text) = report, isDirect { program = text.lowercased() }
    }

    private static func program(_ name: String, _ environment: [String: String]) -> String {
        let family = name.hasPrefix("xterm-") ? String(name.dropFirst("xterm-".count)) : name
        if (titled + notified).contains(where: family.hasPrefix) { return family }
        let told = (environment["TERM_PROGRAM"] ?? "").lowercased()
        if !told.isEmpty { return told }
        for (variable, program) in [("VTE_VERSION", "vte"), ("XTERM_VERSION", "xterm(")]
        where !(environment[variable] ?? "").isEmpty {
            return program
        }
        return ""
    }

    /// tmux names itself since version 3.2.
    private static func multiplexer(_ environment: [String: String]) -> String {
        let isTmux = !(environment["TMUX"] ?? "").isEmpty && environment["TERM_PROGRAM"] == "tmux"
        return isTmux && (environment["STY"] ?? "").isEmpty && (environment["ZELLIJ"] ?? "").isEmpty
            ? "tmux" : ""
    }

    // The names as XTVERSION has them: XTerm calls itself `XTerm(390)`, and others only `xterm`.
    private static let titled = [
        "xterm(", "kitty", "foot", "alacritty", "contour", "mintty", "vte", "iterm", "tmux",
    ]
    private static let notified = ["kitty", "wezterm", "ghostty", "iterm", "foot", "contour"]

    // MARK: The title

    /// The sequence that gives the window a title, and first puts the one before on the stack; empty
    /// if it has this title or takes none.
    mutating func title(_ text: String) -> String {
        let text = Self.printable(text, mostCharacters: 120)
        guard choice.title, text != shownTitle, Self.titled.contains(where: program.hasPrefix) else {
            return ""
        }
        let push = shownTitle == nil ? "\u{1b}[22;2t" : ""
        shownTitle = text
        return push + "\u{1b}]2;\(text)\u{1b}\\"
    }

    /// The sequence that restores the title; empty if none was set.
    mutating func restoreTitle() -> String {
        defer { shownTitle = nil }
        return shownTitle == nil ? "" : Self.popTitle
    }

    var hasTitle: Bool { shownTitle != nil }

    static let popTitle = "\u{1b}[23;2t"

    // MARK: Notifications

    /// The sequences that tell a person: the bell, and a notification.
    func notice(_ text: String) -> String {
        let text = Self.printable(text, mostCharacters: 200)
        let bell = ringsBell ? "\u{7}" : ""
        guard choice.notifications, isDirect, Self.notified.contains(where: program.hasPrefix) else {
            return bell
        }
        // A semicolon would end the text of OSC 777, and `4;` begin a progress bar in OSC 9.
        return ["foot", "contour"].contains(where: program.hasPrefix)
            ? bell + "\u{1b}]777;notify;flowers-tui;\(text.replacing(";", with: ","))\u{1b}\\"
            : bell + "\u{1b}]9;flowers-tui: \(text)\u{1b}\\"
    }

    /// Text without control characters, which would end the sequence.
    private static func printable(_ text: String, mostCharacters: Int) -> String {
        String(
            text.filter { character in
                character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            }.prefix(mostCharacters))
    }
}
