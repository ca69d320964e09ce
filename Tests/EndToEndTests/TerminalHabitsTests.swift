import Foundation
import TestSupport
import Testing

/// The dashboard among the programs that share its terminal.
@Suite struct TerminalHabitsTests {
    /// Ctrl-Z stops the script as well, so that the shell gets the terminal.
    @Test func controlZStopsTheScriptThatStartedIt() throws {
        let photos = try TinyPhotos(perClass: 5)
        let script = photos.folder.path + "/script.sh"
        try Data("'\(Program.path)' --data /nonexistent\necho SCRIPT OVER\n".utf8).write(
            to: URL(fileURLWithPath: script))
        let terminal = try TerminalSession(
            ["--norc", "-i"], program: "/bin/bash", columns: 100, rows: 30, in: photos)
        terminal.send("sh '\(script)'\n")
        try terminal.wait(for: "the dashboard") { $0.isAlternate && $0.text.contains("quit") }
        terminal.send("\u{1a}")
        try terminal.wait(for: "the shell") { !$0.isAlternate && $0.text.contains("Stopped") }
        terminal.send("echo AL''IVE\n")
        try terminal.wait(for: "ALIVE")
        terminal.send("fg\n")
        try terminal.wait(for: "the dashboard again") { $0.isAlternate && $0.text.contains("quit") }
        terminal.send("qq")
        try terminal.wait(for: "SCRIPT OVER")
        terminal.send("exit\n")
        _ = try terminal.waitForExit()
    }

    /// An answer that comes after the dashboard was left is not typed into the shell.
    @Test func aLateAnswerIsAwaited() throws {
        let photos = try TinyPhotos(perClass: 5)
        let line = "'\(Program.path)' --data /nonexistent; echo OVER; exec cat -v"
        let terminal = try TerminalSession(
            ["-c", line], program: "/bin/sh", columns: 100, rows: 30, in: photos)
        try terminal.wait(for: "the question") { screen in
            screen.strings.contains { $0.body.contains("a=q") } && screen.modes.contains(2004)
        }
        terminal.send("qq")
        // The modes are off, so it is leaving.
        try terminal.wait(for: "the end") { !$0.modes.contains(2004) }
        terminal.send("\u{1b}[?64;4;22c")
        try terminal.wait(for: "OVER")
        terminal.send("typed\n")
        try terminal.wait(for: "typed")
        #expect(!terminal.screen.text.contains("64;4"), "\(terminal.screen.text)")
        terminal.send("\u{4}")
        #expect(try terminal.waitForExit() == 0)
    }
}
