import Foundation

/// Private modes that ncurses does not switch: mouse reports and bracketed paste.
enum TerminalModes {
    /// Buttons and, while one is held, motion, as decimal numbers (1006). Not 1003, which reports all motion; and
    /// none that would take Shift from the terminal.
    static let mouseOn = "\u{1b}[?1000h\u{1b}[?1002h\u{1b}[?1006h"
    static let pasteOn = "\u{1b}[?2004h"
    static let allOff = "\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?1000l\u{1b}[?2004l"

    /// Whether a terminal of this name takes private modes that it does not know for nothing; others might show
    /// their letters.
    static func areKnown(to name: String) -> Bool {
        [
            "xterm", "tmux", "screen", "kitty", "foot", "alacritty", "wezterm", "ghostty", "contour", "rxvt",
            "konsole",
            "vte", "gnome", "st-", "mintty", "iterm", "putty", "linux",
        ].contains(where: name.hasPrefix)
    }

    /// Writes past ncurses, which has written its own by the time that it returns.
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes {
                Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno != EINTR, errno != EAGAIN { return }
            start += max(0, count)
        }
    }
}
