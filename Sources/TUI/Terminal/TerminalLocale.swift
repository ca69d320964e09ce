import CNcurses
import Foundation

/// The characters that the terminal shows, as far as the environment tells.
enum TerminalLocale {
    /// Takes over the environment's locale.
    ///
    /// Without one, or with one that is not installed here (as `ssh` brings along), nothing is known
    /// of the terminal; UTF-8 is then by far the likeliest, and `C.UTF-8` says so.
    ///
    /// - Returns: whether characters beyond ASCII can be shown.
    static func adopt() -> Bool {
        let isInstalled = setlocale(LC_ALL, "") != nil
        if flowers_is_utf8() { return true }
        // Another encoding that was chosen is that of the terminal.
        guard !isInstalled || flowers_is_ascii() else { return false }
        return ["C.UTF-8", "C.utf8", "en_US.UTF-8"].contains { (name: String) in
            setlocale(LC_CTYPE, name) != nil && flowers_is_utf8()
        }
    }
}
