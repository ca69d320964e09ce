import Canvas
import Testing

@testable import Terminal

/// What terminals and the multiplexers before them are asked.
@Suite struct TerminalQueryTests {
    private let kitty = "a=q"
    private let version = "\u{1b}[>q"

    @Test func multiplexersGetNothingThatTheyMisread() {
        for environment in [["TMUX": "/run/tmux/default,1,0"], ["STY": "1.pts-0.host"], ["ZELLIJ": "0"]] {
            // Whatever TERM says: some people set it themselves.
            let query = TerminalPictures.query(to: "xterm-256color", environment: environment)
            #expect(!query.contains(kitty) && !query.contains(version) && query.hasSuffix("\u{1b}[c"))
        }
        #expect(TerminalPictures.query(to: "xterm-256color", environment: ["TMUX": ""]).contains(kitty))
    }

    @Test func screenIsNotAskedForTheBackground() {
        func asks(_ name: String, _ environment: [String: String] = [:]) -> Bool {
            !TerminalBackground.query(to: name, environment: environment).isEmpty
        }
        #expect(asks("xterm-256color") && asks("tmux-256color") && asks("foot"))
        #expect(asks("screen-256color", ["TMUX": "x"]))
        #expect(
            !asks("screen") && !asks("xterm", ["STY": "1"]) && !asks("linux") && !asks("vt100") && !asks(""))
    }

    @Test(arguments: [("0;15", true), ("15;0", false), ("0;default;7", true), ("12;8", false)])
    func theEnvironmentTellsTheBackground(value: String, isLight: Bool) {
        guard case .rgb(let red, _, _)? = TerminalBackground.told(environment: ["COLORFGBG": value]) else {
            Issue.record("\(value) names a colour")
            return
        }
        #expect((red > 200) == isLight)
    }

    @Test(arguments: ["default;default", "0;99", "", ";"])
    func anUnknownBackgroundIsNone(value: String) {
        #expect(TerminalBackground.told(environment: ["COLORFGBG": value]) == nil)
        #expect(TerminalBackground.told(environment: [:]) == nil)
    }
}
