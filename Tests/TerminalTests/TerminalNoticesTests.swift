import Keys
import Testing

@testable import Terminal

/// Titles and notifications reach only terminals that are known to take them.
@Suite struct TerminalNoticesTests {
    private func notices(
        _ name: String, _ environment: [String: String] = [:], choice: NoticeChoice = NoticeChoice()
    ) -> TerminalNotices {
        TerminalNotices(choice, name: name, environment: environment)
    }

    @Test func aTitleIsPushedOnceAndPopped() {
        var kitty = notices("xterm-kitty")
        #expect(kitty.restoreTitle() == "")
        #expect(kitty.title("a") == "\u{1b}[22;2t\u{1b}]2;a\u{1b}\\")
        #expect(kitty.title("a") == "" && kitty.hasTitle)
        #expect(kitty.title("b") == "\u{1b}]2;b\u{1b}\\")
        #expect(kitty.restoreTitle() == "\u{1b}[23;2t" && kitty.restoreTitle() == "" && !kitty.hasTitle)
        // After a stop it is pushed again.
        #expect(kitty.title("b").hasPrefix("\u{1b}[22;2t"))
    }

    @Test(arguments: [
        ("xterm-256color", [:], false), ("xterm", ["VTE_VERSION": "7600"], true),
        ("xterm-256color", ["XTERM_VERSION": "XTerm(390)"], true), ("foot", [:], true),
        ("alacritty", [:], true), ("linux", [:], false), ("vt100", [:], false), ("screen", [:], false),
        ("tmux-256color", [:], false), ("tmux-256color", ["TMUX": "x", "TERM_PROGRAM": "tmux"], true),
        ("screen-256color", ["TMUX": "x"], false), ("xterm", ["STY": "1", "VTE_VERSION": "1"], false),
        ("xterm-kitty", ["ZELLIJ": "0"], false),
        ("xterm-256color", ["TERM_PROGRAM": "Apple_Terminal"], false),
    ])
    func titlesAreSetWhereTheyCanBeRestored(name: String, environment: [String: String], isSet: Bool) {
        var notices = notices(name, environment)
        #expect(notices.title("a").isEmpty != isSet)
    }

    @Test func theTerminalsOwnAnswerCounts() {
        var notices = notices("xterm-256color", ["VTE_VERSION": "7600"])
        notices.note(.name("PuTTY 0.8"))
        #expect(notices.title("a") == "")
        notices.note(.name("XTerm(390)"))
        #expect(!notices.title("a").isEmpty)
        var inTmux = self.notices("tmux-256color", ["TMUX": "x"])
        inTmux.note(.name("kitty(0.35)"))
        #expect(inTmux.title("a") == "" && inTmux.notice("x") == "\u{7}")
    }

    @Test func notificationsHaveTheTerminalsForm() {
        #expect(notices("xterm-kitty").notice("a;b") == "\u{7}\u{1b}]9;flowers-tui: a;b\u{1b}\\")
        #expect(notices("foot").notice("a;b") == "\u{7}\u{1b}]777;notify;flowers-tui;a,b\u{1b}\\")
        #expect(notices("xterm-256color").notice("a") == "\u{7}" && notices("dumb").notice("a") == "")
        let silent = NoticeChoice(bell: false, notifications: false, title: false)
        var off = notices("xterm-kitty", choice: silent)
        #expect(off.notice("a") == "" && off.title("a") == "")
    }

    /// A name could otherwise end the sequence and control the terminal.
    @Test func controlCharactersAreLeftOut() {
        var kitty = notices("xterm-kitty")
        #expect(kitty.title("a\u{1b}\\b\u{7}c\u{9c}").hasSuffix("]2;a\\bc\u{1b}\\"))
        #expect(kitty.notice("x\u{7}\u{1b}[2J").dropFirst() == "\u{1b}]9;flowers-tui: x[2J\u{1b}\\")
    }
}
