import Foundation

/// Private modes that ncurses does not manage: mouse reports and bracketed paste.
enum TerminalModes {
    /// Reports buttons (1000) and motion with a button held (1002), as decimal numbers (1006).
    /// Excludes 1003, which reports all motion, and modes that would take Shift from the terminal.
    static let mouseOn = "\u{1b}[?1000h\u{1b}[?1002h\u{1b}[?1006h"
    static let pasteOn = "\u{1b}[?2004h"
    static let allOff = "\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?1000l\u{1b}[?2004l"

    /// Whether a terminal of this name ignores unknown private modes; others might print them.
    static func areKnown(to name: String) -> Bool {
        [
            "xterm", "tmux", "screen", "kitty", "foot", "alacritty", "wezterm", "ghostty", "contour", "rxvt",
            "konsole",
            "vte", "gnome", "st-", "mintty", "iterm", "putty", "linux",
        ].contains(where: name.hasPrefix)
    }

    /// Writes to the terminal directly. Output stays in order, because ncurses has written its own
    /// before its calls return.
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
