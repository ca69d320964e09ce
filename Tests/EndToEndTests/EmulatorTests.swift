import Foundation
import TestSupport
import Testing

/// The dashboard on third-party terminal emulators: pyte and tmux.
@Suite(.serialized) struct EmulatorTests {
    static let terminals = ["xterm-256color", "tmux-256color", "xterm-direct", "screen", "linux", "vt100"]

    private func training(_ photos: TinyPhotos) -> [String] {
        Program.training(photos) + ["--epochs", "9000"]
    }

    @Test(arguments: terminals) func pyteShowsWhatThePersonShouldSee(name: String) throws {
        let photos = try TinyPhotos()
        let terminal = try TerminalSession(
            training(photos), columns: 80, rows: 24, in: photos, environment: ["TERM": name])
        var expected: [String: TerminalScreen] = [:]
        func mark(_ name: String) { expected[name] = terminal.mark(name) }
        try terminal.wait(for: "● training")
        terminal.send("4")
        try terminal.wait(for: "photos  confusion")
        terminal.send("1 ")
        try terminal.wait(for: "‖ paused")
        try terminal.wait(for: "┌ accuracy")
        // Predictions may still be arriving, so only a settled screen is compared.
        for (key, text) in [
            ("4", "photos  confusion"), ("3", "┌ MobileNetV2"), ("2", "┌ photos"), ("1", "┌ accuracy"),
        ] {
            terminal.send(key)
            // Without synchronised output, only half of a frame may have arrived.
            try terminal.wait(for: text) {
                $0.text.contains(text) && $0.lines[23].contains("q quit") && !$0.modes.contains(2026)
                    && Frames.crooked($0.grid) == nil
            }
            mark(key)
        }
        terminal.send("?")
        try terminal.wait(for: "train one batch, then pause")
        mark("help")
        terminal.resize(columns: 120, rows: 40)
        try terminal.wait(for: "the help on the larger screen") {
            $0.lines[39].contains("q quit") && $0.text.contains("train one batch, then pause")
                && !$0.modes.contains(2026)
        }
        mark("resized")
        terminal.send("\u{1b}")
        try terminal.wait(for: "the help closed") {
            !$0.text.contains("train one batch, then pause") && !$0.modes.contains(2026)
                && Frames.crooked($0.grid) == nil
        }
        mark("closed")
        terminal.send("q")
        try terminal.wait(for: "enter quit")
        terminal.send("\r")
        #expect(try terminal.waitForExit() == 0)
        mark("end")
        #expect(terminal.isRestored)

        let screens = try Pyte.screens(terminal, in: photos.folder.path)
        #expect(Set(screens.keys) == Set(expected.keys))
        for (mark, screen) in screens where mark != "end" {
            #expect(
                screen.grid == expected[mark]?.grid, "\(mark)\n\(screen.text)\n\(expected[mark]?.text ?? "")")
            #expect(Frames.stray(screen.text) == nil, "\(mark): \(screen.text)")
            if !["help", "resized"].contains(mark) {
                #expect(Frames.crooked(screen.grid) == nil, "\(mark)\n\(screen.text)")
            }
            #expect(screen.text.contains("‖ paused"))
            // A VT100 cannot hide its cursor.
            #expect(screen.cursorIsVisible == (name == "vt100"))
            #expect(screen.palette.isEmpty == (name == "vt100"))
        }
        #expect(screens["1"]?.modes.contains(1002) == (name != "vt100"))
        let end = try #require(screens["end"])
        #expect(end.modes.isDisjoint(with: [1000, 1002, 1006, 1049, 2004, 2026]) && end.cursorIsVisible)
        #expect(end.text.contains("go on with"))
    }

    /// pyte would show strings for devices and applications; the script removes them, wherever the
    /// recorded pieces end.
    @Test func pyteShowsNoStringsForDevices() throws {
        let bytes = Array("a\u{1b}P0;1q#0~\u{1b}\\b\u{1b}_Gi=31;AAAA\u{1b}\\c\u{1b}[1;9Hd".utf8)
        var events: [TerminalSession.Recorded] = [.resize(columns: 10, rows: 1)]
        events += [.bytes(bytes), .mark("whole"), .bytes(Array("\r\u{1b}[K".utf8))]
        events += bytes.map { .bytes([$0]) } + [.mark("pieces")]
        let folder = try TemporaryFolder()
        let screens = try Pyte.screens(events, in: folder.path)
        #expect(screens.mapValues(\.text) == ["whole": "abc     d ", "pieces": "abc     d "])
    }

    /// With more colours than there are colour pairs, the last frame still looks like one drawn
    /// from scratch.
    @Test func fiveHundredPicturesLookLikeAFreshFrame() throws {
        let photos = try TinyPhotos()
        let terminal = try TerminalSession(
            training(photos), columns: 80, rows: 24, in: photos,
            environment: ["TERM": "xterm-direct", "COLORTERM": "truecolor"])
        try terminal.wait(for: "● training")
        terminal.send("2 ")
        try terminal.wait(for: "‖ paused")
        try terminal.wait(for: "┌ photos")
        for _ in 0..<500 {
            let before = terminal.screen.frames
            terminal.send("r")
            try terminal.wait(for: "the next pictures") { $0.frames > before }
        }
        let clears = terminal.screen.clears
        terminal.mark("pictures")
        terminal.send("\u{c}")
        try terminal.wait(for: "all anew") { $0.clears > clears && !$0.modes.contains(2026) }
        terminal.mark("fresh")
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
        let screens = try Pyte.screens(terminal, in: photos.folder.path)
        let (pictures, fresh) = (try #require(screens["pictures"]), try #require(screens["fresh"]))
        // Row 0 holds a running clock.
        #expect(pictures.grid.dropFirst() == fresh.grid.dropFirst())
        func pictureRuns(_ screen: Pyte.Screen) -> [[String]] { screen.colors.filter { $0[0] != "0" } }
        #expect(pictureRuns(pictures) == pictureRuns(fresh))
        #expect(fresh.palette.count > 100)
    }

    /// Lines of wide characters that scroll up by one leave no halves of old characters behind.
    @Test func aChineseLogThatScrollsLooksLikeAFreshFrame() throws {
        let photos = try TinyPhotos()
        let terminal = try TerminalSession(
            training(photos) + ["--lang", "zh-Hans"], columns: 120, rows: 40, in: photos)
        try terminal.wait(for: "● 训练中")
        terminal.send(" ")
        try terminal.wait(for: "‖ 已暂停")
        /// Changes the rate, which adds a line to the log in the frame that shows the new rate.
        func changeRate(_ step: Int) throws {
            terminal.send(step % 2 == 0 ? "[" : "]")
            let rate = step % 2 == 0 ? "LR 5e-04" : "LR 1e-03"
            try terminal.wait(for: rate) { $0.text.contains(rate) && !$0.modes.contains(2026) }
        }
        for step in 0..<6 { try changeRate(step) }
        /// The newest epoch whose line the log shows; a slow machine pauses after the first one.
        func lastEpoch(_ screen: TerminalScreen) -> Int {
            screen.text.matches(of: /轮次 (\d+)：验证/).compactMap { Int($0.output.1) }.max() ?? 0
        }
        let before = lastEpoch(terminal.screen)
        // The wide characters of the epoch's line are offset by an odd number of columns from those
        // of the line before it.
        terminal.send("N[")
        try terminal.wait(for: "the epoch's line") {
            lastEpoch($0) > before && $0.text.contains("‖ 已暂停") && $0.text.contains("LR 5e-04")
                && !$0.modes.contains(2026)
        }
        for step in 1..<4 { try changeRate(step) }
        let clears = terminal.screen.clears
        let scrolled = terminal.screen
        terminal.send("\u{c}")
        try terminal.wait(for: "all anew") { $0.clears > clears && !$0.modes.contains(2026) }
        let fresh = terminal.screen
        #expect(scrolled.grid.dropFirst() == fresh.grid.dropFirst(), "\(scrolled.text)\n\(fresh.text)")
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
    }

    /// Wide characters, emoji and control characters in names do not shift the frames.
    @Test func namesOfAllKindsKeepTheColumns() throws {
        let photos = try TinyPhotos(classes: ["玫瑰花", "🌼 daisy", "e\u{301}toile", "a\u{1b}[31mb"])
        let terminal = try TerminalSession(training(photos), columns: 80, rows: 24, in: photos)
        try terminal.wait(for: "● training")
        terminal.send("2 ")
        try terminal.wait(for: "‖ paused")
        try terminal.wait(for: "the names") {
            $0.text.contains("┌ photos") && $0.lines[23].contains("q quit") && !$0.modes.contains(2026)
        }
        let ours = terminal.mark("names")
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
        let screen = try #require(try Pyte.screens(terminal, in: photos.folder.path)["names"])
        #expect(screen.grid == ours.grid, "\(screen.text)\n\(ours.text)")
        #expect(Frames.crooked(screen.grid) == nil, "\(screen.text)")
        for name in ["玫瑰花", "🌼 daisy", "e\u{301}toile", "a^[[31mb"] {
            #expect(screen.text.contains(name), "\(screen.text)")
        }

        let inside = try Tmux(training(photos), columns: 80, rows: 24, terminal: "tmux-256color", in: photos)
        defer { inside.end() }
        try inside.session.wait(for: "● training")
        inside.session.send("2 ")
        try inside.session.wait(for: "‖ paused")
        try inside.session.wait(for: "┌ photos")
        let grid = try inside.capture()
        #expect(Frames.crooked(grid) == nil, "\(grid.map { String($0) }.joined(separator: "\n"))")
        #expect(grid.map { $0.lastIndex(of: "│") } == screen.grid.map { $0.lastIndex(of: "│") })
    }

    @Test(arguments: terminals) func tmuxShowsIt(name: String) throws {
        let photos = try TinyPhotos()
        let tmux = try Tmux(training(photos), columns: 80, rows: 24, terminal: name, in: photos)
        defer { tmux.end() }
        let terminal = tmux.session
        try terminal.wait(for: "● training")
        terminal.send("4")
        try terminal.wait(for: "photos  confusion")
        terminal.send(" ")
        try terminal.wait(for: "‖ paused")
        for (key, text) in [
            ("2", "┌ photos"), ("3", "┌ MobileNetV2"), ("4", "photos  confusion"), ("1", "┌ accuracy"),
        ] {
            terminal.send(key)
            try terminal.wait(for: text)
            try tmux.settle()
            let grid = try tmux.capture()
            let seen = grid.map { String($0) }.joined(separator: "\n")
            #expect(
                Frames.crooked(grid) == nil && Frames.stray(seen) == nil && seen.contains("‖ paused"),
                "\(key)\n\(seen)")
        }
        // Alternate screen, mouse and cursor, as far as the terminfo entry supports them.
        let modes = ["linux": "0 1 1 0", "vt100": "0 0 0 1"][name] ?? "1 1 1 0"
        #expect(
            try tmux.ask("#{alternate_on} #{mouse_button_flag} #{mouse_sgr_flag} #{cursor_flag}") == modes)
        terminal.send("?")
        try terminal.wait(for: "train one batch, then pause")
        terminal.resize(columns: 120, rows: 40)
        try terminal.wait(for: "the help on the larger screen") {
            $0.lines[39].contains("q quit") && $0.text.contains("train one batch, then pause")
        }
        terminal.send("\u{1b}")
        try terminal.wait(for: "the help closed") {
            !$0.text.contains("train one batch, then pause") && Frames.crooked($0.grid) == nil
        }
        try tmux.settle()
        #expect(Frames.crooked(try tmux.capture()) == nil)
        terminal.send("qq")
        try terminal.wait(for: "ended 0")
        #expect(try tmux.ask("#{alternate_on} #{mouse_any_flag} #{cursor_flag}") == "0 0 1")
    }
}
