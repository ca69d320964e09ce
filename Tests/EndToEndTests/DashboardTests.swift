import Foundation
import TestSupport
import Testing

/// The dashboard in a pseudo-terminal, operated as a user would.
@Suite(.serialized) struct DashboardTests {
    private func start(
        _ photos: TinyPhotos, columns: Int = 120, rows: Int = 40, _ more: [String] = [],
        environment: [String: String] = [:]
    ) throws -> TerminalSession {
        try TerminalSession(
            Program.training(photos) + ["--epochs", "9000"] + more, columns: columns, rows: rows, in: photos,
            environment: environment)
    }

    /// The picture lands in the working folder, beside the one that is there.
    @Test func aKeySavesTheScreen() throws {
        let photos = try TinyPhotos()
        let folder = photos.folder.path
        let there = folder + "/run-0001-train.svg"
        try Data("mine".utf8).write(to: URL(fileURLWithPath: there))
        let arguments = Program.training(photos) + ["--epochs", "9000"]
        let terminal = try TerminalSession(
            ["-c", "cd \"$0\" && exec \"$@\"", folder, Program.path] + arguments, program: "/bin/sh",
            columns: 160, rows: 40, in: photos)
        try terminal.wait(for: "● training")
        terminal.send("S")
        try terminal.wait(for: "run-0001-train-2.svg")
        let picture = try String(contentsOfFile: folder + "/run-0001-train-2.svg", encoding: .utf8)
        #expect(picture.hasPrefix("<svg ") && picture.contains(">run 0001") && !picture.contains(">Saved"))
        #expect(try String(contentsOfFile: there, encoding: .utf8) == "mine")
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
    }

    @Test func everyKeyWhileItTrains() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "stage 1/2 head")
        try terminal.wait(for: "● training")
        terminal.send(" ")
        try terminal.wait(for: "‖ paused")
        terminal.send("n")
        try terminal.wait(for: "one batch · by hand")
        terminal.send(" ")
        try terminal.wait(for: "● training")
        terminal.send("[")
        try terminal.wait(for: "LR 5e-04")
        terminal.send("]")
        try terminal.wait(for: "LR 1e-03")
        terminal.send("l")
        try terminal.wait(for: "enter apply")
        terminal.send("nonsense\r")
        try terminal.wait(for: "A rate is a number above 0")
        terminal.send("\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}2e-4\r")
        try terminal.wait(for: "LR 2e-04")
        terminal.send("2")
        try terminal.wait(for: "┌ photos")
        terminal.send("r\u{1b}[C\u{1b}[B")
        try terminal.wait(for: "▸")
        terminal.send("3")
        try terminal.wait(for: "block_11_expand")
        // Cursor down twice, in both encodings that terminals send.
        terminal.send("\u{1b}OB\u{1b}[B\r")
        try terminal.wait(for: "u now unfreezes from layer 102")
        terminal.send("4")
        try terminal.wait(for: " correct")
        terminal.send("\r")
        try terminal.wait(for: "other photos")
        terminal.send("\u{1b}")
        try terminal.wait(for: "the photo closed") { !$0.text.contains("other photos") }
        terminal.send("1?")
        try terminal.wait(for: "train one batch, then pause")
        terminal.send("\u{1b}")
        try terminal.wait(for: "the help closed") { !$0.text.contains("train one batch, then pause") }
        terminal.send("s")
        try terminal.wait(for: "saved ")
        terminal.send("t")
        try terminal.wait(for: "Theme ")
        terminal.send("u")
        try terminal.wait(for: "enter unfreeze")
        terminal.send("\r")
        try terminal.wait(for: "stage 2/2 fine-tune")
        try terminal.wait(for: "┊fine-tune")
        terminal.send("q")
        try terminal.wait(for: "enter quit")
        terminal.send("\u{1b}")
        try terminal.wait(for: "the question closed") { !$0.text.contains("enter quit") }
        terminal.send("f")
        try terminal.wait(for: "enter finish")
        terminal.send("\r")
        try terminal.wait(for: "✓ finished")
        terminal.send("[")
        try terminal.wait(for: "The run is finished")
        terminal.send("q")
        try terminal.wait(for: "enter quit")
        terminal.send("\r")
        #expect(try terminal.waitForExit() == 0)
        #expect(terminal.isRestored && terminal.screen.wasAlternate)
        #expect(terminal.screen.unknown == [])
        #expect(terminal.screen.text.contains("run 0001 finished"))
        let list = try Program.run(["runs", "list", "--json"], in: photos)
        #expect(list.objects.count == 1 && list.objects[0]["status"] as? String == "finished")
    }

    @Test(arguments: [SIGTERM, SIGINT]) func signalSavesAndRestores(number: Int32) throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        terminal.signal(number)
        #expect(try terminal.waitForExit() == 130)
        #expect(terminal.isRestored)
        #expect(terminal.screen.text.contains("go on with: flowers-tui --run 0001"))
    }

    @Test func quittingIsResumedInTheDashboard() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
        let again = try TerminalSession(["--run", "1"], columns: 80, rows: 24, in: photos)
        try again.wait(for: "● training")
        try again.wait(for: "run 0001")
        again.send("\u{3}")
        #expect(try again.waitForExit() == 130)
        #expect(again.isRestored)
    }

    /// After a trap or a fatal signal the terminal is restored and a message names the saved
    /// checkpoint.
    @Test(arguments: [SIGABRT, SIGSEGV, SIGTRAP]) func fatalSignalRestoresTheTerminal(number: Int32) throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        terminal.send("s")
        try terminal.wait(for: "saved ")
        terminal.signal(number)
        #expect(try terminal.waitForExit() == 128 + number)
        #expect(terminal.isRestored)
        let words = terminal.screen.text.split(separator: "\n").joined()
        #expect(words.contains("a fault of the program (SIG") && words.contains("runs/0001/last.safetensors"))
        #expect(words.contains("go on with: flowers-tui --run 0001"))
    }

    @Test func tooSmallSaysWhatItNeedsAndGrows() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos, columns: 40, rows: 10)
        try terminal.wait(for: "have 40x10")
        try terminal.wait(for: "need 40x12")
        terminal.resize(columns: 80, rows: 24)
        try terminal.wait(for: "┌ accuracy")
        terminal.resize(columns: 200, rows: 60)
        try terminal.wait(for: "the whole width") {
            $0.lines[0].hasSuffix(" ") && $0.text.contains("q quit") && $0.lines[59].contains("q quit")
        }
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
        #expect(terminal.isRestored)
    }

    @Test(arguments: ["xterm", "vt100", "linux", "screen", "tmux-256color", "xterm-direct"])
    func otherTerminalsWork(name: String) throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos, environment: ["TERM": name])
        try terminal.wait(for: "accuracy")
        terminal.send("4")
        try terminal.wait(for: "photos  confusion")
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
        #expect(terminal.screen.cursorIsVisible)
    }

    /// A saved theme takes effect at once; a broken one gives an error and changes nothing.
    @Test func themesAreReadAnewWhenSaved() throws {
        let photos = try TinyPhotos()
        let folder = photos.folder.path + "/mine"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let light = try String(contentsOfFile: Program.package + "/themes/light.toml", encoding: .utf8)
        func save(_ text: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/mine.toml"))
        }
        try save(light.replacing("name = \"light\"", with: "name = \"mine\""))
        let terminal = try start(photos, ["--theme", "mine"], environment: ["FLOWERS_TUI_THEMES": folder])
        try terminal.wait(for: "● training")
        try save(light.replacing("name = \"light\"", with: "name = \"mine\"\nsymbols = \"ascii\""))
        try terminal.wait(for: "+ accuracy")
        try save("name = ")
        try terminal.wait(for: "is not valid TOML")
        #expect(terminal.screen.text.contains("+ accuracy"))
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
        #expect(terminal.screen.unknown == [])
    }

    /// Nothing in a paste, a click or a split sequence acts as a key, and Escape acts at once.
    @Test func pastesAndClicksAreNoKeys() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        #expect(terminal.screen.modes.isSuperset(of: [1000, 1002, 1006, 2004]))
        terminal.send("\u{1b}[200~qq\r\u{3} 3f\u{1b}[201~\u{1b}[<0;4;40M\u{1b}[<0;4;40m\u{1b}[<65;9;9M?")
        try terminal.wait(for: "train one batch, then pause")
        // It may be validating by now.
        let goesOn = ["● training", "◐ validating"].contains { terminal.screen.text.contains($0) }
        #expect(goesOn && !terminal.screen.text.contains("enter quit"))
        terminal.send("\u{1b}")
        try terminal.wait(for: "the help closed") { !$0.text.contains("train one batch, then pause") }
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
        #expect(terminal.isRestored && terminal.screen.unknown == [])
    }

    @Test func theMouseCanStayTheTerminals() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos, ["--no-mouse"])
        try terminal.wait(for: "● training")
        #expect(
            terminal.screen.modes.isDisjoint(with: [1000, 1002, 1003, 1006])
                && terminal.screen.modes.contains(2004))
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
    }

    /// Stopped by Ctrl-Z or a signal, the dashboard hands the terminal back to the shell;
    /// continued, it takes it again.
    @Test(arguments: [true, false]) func stoppingLeavesTheTerminalToTheShell(byKey: Bool) throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        if byKey { terminal.send("\u{1a}") } else { terminal.signal(SIGTSTP) }
        try terminal.wait(for: "the shell's screen") {
            !$0.isAlternate && $0.cursorIsVisible && $0.modes.isEmpty
        }
        try terminal.waitUntilStopped()
        terminal.signal(SIGCONT)
        try terminal.wait(for: "the dashboard again") {
            $0.isAlternate && !$0.cursorIsVisible && $0.modes.isSuperset(of: [1002, 2004])
                && $0.text.contains("● training")
                && $0.lines[39].contains("q quit")
        }
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
        #expect(terminal.isRestored)
    }

    @Test(arguments: [("none", "[]"), ("16", "short"), ("256", "256"), ("truecolor", "direct")])
    func coloursAreAsAskedFor(choice: String, kind: String) throws {
        let photos = try TinyPhotos()
        let terminal = try start(
            photos, ["--colors", choice], environment: ["NO_COLOR": choice == "none" ? "" : "1"])
        try terminal.wait(for: "● training")
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
        var bytes: [UInt8] = []
        for case .bytes(let more) in terminal.recorded { bytes += more }
        let text = String(decoding: bytes, as: UTF8.self)
        let (full, palette) = (text.contains("\u{1b}[38:2:"), text.contains("\u{1b}[38;5;"))
        let short = text.firstMatch(of: /\u{1b}\[[0-9;]*3[1-7]m/) != nil
        switch kind {
        case "direct": #expect(full && !palette)
        case "256": #expect(palette && !full)
        case "short": #expect(short && !full && !palette)
        default: #expect(!full && !palette && !short)
        }
    }

    @Test func aTerminalWithoutCursorIsOneSentence() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos, environment: ["TERM": "dumb"])
        #expect(try terminal.waitForExit() == 1)
        #expect(terminal.screen.text.contains("The terminal type dumb cannot place its cursor"))
        #expect(terminal.isRestored)
    }

    /// A broken theme file is reported and skipped; choosing it by name fails with the line of the
    /// error.
    @Test func aBrokenThemeDoesNotKeepTheDashboardAway() throws {
        let photos = try TinyPhotos()
        let folder = photos.folder.path + "/mine"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("name = \"broken\"\n[colors]\ntext = \"red\"\n".utf8).write(
            to: URL(fileURLWithPath: folder + "/x.toml"))
        let terminal = try start(photos, environment: ["FLOWERS_TUI_THEMES": folder])
        try terminal.wait(for: "mine/x.toml:3: the colour text is neither")
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
        let asked = try start(photos, ["--theme", "broken"], environment: ["FLOWERS_TUI_THEMES": folder])
        #expect(try asked.waitForExit() == 1)
        #expect(asked.screen.text.contains("mine/x.toml:3: the colour text is neither") && asked.isRestored)
    }

    @Test func unknownTerminalIsOneSentence() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos, environment: ["TERM": "nonesuch"])
        #expect(try terminal.waitForExit() == 1)
        #expect(terminal.screen.text.contains("The terminal type nonesuch is unknown here"))
        #expect(terminal.isRestored)
    }

    @Test func unknownThemeIsOneSentence() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos, ["--theme", "pink"])
        #expect(try terminal.waitForExit() == 1)
        #expect(terminal.screen.text.contains("There is no theme pink"))
        #expect(terminal.isRestored)
    }

    @Test func aMissingFolderIsToldOnTheScreenAndAfterwards() throws {
        let photos = try TinyPhotos()
        let terminal = try TerminalSession(
            ["--data", photos.data + "/none", "--weights", photos.weights], columns: 80, rows: 24, in: photos)
        try terminal.wait(for: "✗ failed")
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 1)
        #expect(terminal.screen.text.contains("There is no folder"))
    }

    /// The screen model interprets sequences as a terminal does and records those it does not know.
    @Test func theScreenModelReadsWhatATerminalWould() {
        var screen = TerminalScreen(columns: 10, rows: 3)
        screen.feed(Array("\u{1b}[2;3Hab\u{1b}[1;1Hé⣿\u{1b}[3;1Hx\u{1b}[4b".utf8))
        #expect(screen.lines == ["é⣿        ", "  ab      ", "xxxxx     "])
        screen.feed(Array("\u{1b}[3;10H\n\u{1b}[1;3H\u{1b}[K\u{1b}[9z".utf8))
        #expect(screen.lines == ["          ", "xxxxx     ", "          "])
        #expect(screen.unknown == ["CSI 9z"])
        screen.feed(Array("\u{1b}[2J\u{1b}[1;1H花x\u{1b}[1;2Hy\u{1b}[?1006h\u{1b}[?2026h\u{1b}[?2026l".utf8))
        #expect(
            String(screen.grid[0].prefix(3)) == " yx" && screen.modes == [1006] && screen.frames == 1
                && screen.clears == 1)
    }
}
