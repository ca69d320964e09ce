import Foundation
import TestSupport
import Testing

/// Photos in the dashboard on terminals that report graphics support.
@Suite(.serialized) struct PictureTests {
    private static let placeholder: UnicodeScalar = "\u{10eeee}"

    private func start(_ photos: TinyPhotos, answering answer: String, _ more: [String] = []) throws
        -> TerminalSession
    {
        let terminal = try TerminalSession(
            Program.training(photos) + ["--epochs", "9000"] + more, columns: 120, rows: 40, in: photos)
        try terminal.wait(for: "the question") { $0.strings.contains { $0.body.contains("a=q") } }
        terminal.send(answer)
        try terminal.wait(for: "● training")
        terminal.send(" ")
        try terminal.wait(for: "‖ paused")
        return terminal
    }

    /// The cells that a text occupies on the screen.
    private func cells(of text: String, on screen: TerminalScreen) -> [TerminalScreen.Position] {
        for (row, line) in screen.grid.enumerated() {
            let text = Array(text)
            for start in 0..<max(0, line.count - text.count + 1)
            where Array(line[start..<start + text.count]) == text {
                return text.indices.map { TerminalScreen.Position(row: row, column: start + $0) }
            }
        }
        return []
    }

    private func placeholders(_ screen: TerminalScreen) -> Int {
        screen.grid.reduce(0) { $0 + $1.count { $0.unicodeScalars.first == Self.placeholder } }
    }

    @Test func sixelsComeAndGoWithTheirScreens() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos, answering: "\u{1b}[6;20;10t\u{1b}[?62;4;22c")
        #expect(terminal.screen.sixelCells.isEmpty)
        terminal.send("2")
        try terminal.wait(for: "photos as sixel") {
            $0.text.contains("┌ photos") && $0.sixelCells.count > 200 && !$0.modes.contains(2026)
        }
        // A dialog over the photos.
        terminal.send("?")
        let help = "train one batch, then pause"
        try terminal.wait(for: "the help over them") { $0.text.contains(help) && !$0.modes.contains(2026) }
        let screen = terminal.screen
        #expect(
            !cells(of: help, on: screen).isEmpty
                && screen.sixelCells.isDisjoint(with: cells(of: help, on: screen)))
        terminal.send("\u{1b}")
        try terminal.wait(for: "the photos again") {
            !$0.text.contains(help) && $0.sixelCells.count > 200 && !$0.modes.contains(2026)
        }
        // New views replace some of the photos.
        let before = terminal.screen.strings.count
        terminal.send("r")
        try terminal.wait(for: "new views") {
            $0.strings.count > before && $0.sixelCells.count > 200 && !$0.modes.contains(2026)
        }
        for (key, text) in [("1", "┌ accuracy"), ("3", "┌ MobileNetV2"), ("5", "┌ log")] {
            terminal.send(key)
            try terminal.wait(for: text) { $0.text.contains(text) && !$0.modes.contains(2026) }
            #expect(terminal.screen.sixelCells.isEmpty, "\(text)")
            terminal.send("2")
            try terminal.wait(for: "the photos") {
                $0.text.contains("┌ photos") && $0.sixelCells.count > 200 && !$0.modes.contains(2026)
            }
        }
        terminal.send("q\r")
        #expect(try terminal.waitForExit() == 0)
        #expect(terminal.isRestored && terminal.screen.unknown.isEmpty)
    }

    @Test(arguments: ["xterm-256color", "xterm-direct"]) func kittysPlaceholdersAreCells(name: String) throws
    {
        let photos = try TinyPhotos()
        let terminal = try start(
            photos, answering: "\u{1b}P>|kitty(0.42.1)\u{1b}\\\u{1b}_Gi=31;OK\u{1b}\\\u{1b}[?62c",
            ["--colors", name == "xterm-direct" ? "truecolor" : "256"])
        terminal.send("2")
        try terminal.wait(for: "photos by placeholders") {
            $0.text.contains("┌ photos") && placeholders($0) > 200 && !$0.modes.contains(2026)
        }
        // A page arrives over several frames: sixteen photos, the chosen one, and six of its views.
        let sent = 16 + 1 + 6
        try terminal.wait(for: "all photos of the page") {
            $0.strings.count { $0.body.hasPrefix("Ga=T") } == sent && !$0.modes.contains(2026)
        }
        terminal.send("?")
        try terminal.wait(for: "the help over them") {
            $0.text.contains("train one batch, then pause") && !$0.modes.contains(2026)
        }
        terminal.send("\u{1b}")
        try terminal.wait(for: "the photos again") {
            !$0.text.contains("train one batch, then pause") && placeholders($0) > 200
                && !$0.modes.contains(2026)
        }
        // Nothing is sent again, because the terminal still has the pictures.
        #expect(terminal.screen.strings.filter { $0.body.hasPrefix("Ga=T") }.count == sent)
        terminal.send("1")
        try terminal.wait(for: "no photos") { $0.text.contains("┌ accuracy") && !$0.modes.contains(2026) }
        #expect(placeholders(terminal.screen) == 0)
        terminal.send("q\r")
        #expect(try terminal.waitForExit() == 0)
        #expect(terminal.screen.strings.filter { $0.body.hasPrefix("Ga=d") }.count == sent)
        #expect(terminal.isRestored && terminal.screen.unknown.isEmpty)
    }

    @Test func withoutAnAnswerOrOnRequestPhotosAreCells() throws {
        let photos = try TinyPhotos()
        let silent = try start(photos, answering: "\u{1b}[?1;2c")
        silent.send("2")
        try silent.wait(for: "┌ photos")
        silent.send("q\r")
        #expect(try silent.waitForExit() == 0)
        #expect(silent.screen.strings.allSatisfy { $0.body.contains("a=q") })

        let plain = try TerminalSession(
            Program.training(photos) + ["--epochs", "9000", "--pictures", "cells"], columns: 120, rows: 40,
            in: photos)
        try plain.wait(for: "● training")
        plain.send("q\r")
        #expect(try plain.waitForExit() == 0)
        #expect(plain.screen.strings.isEmpty && plain.isRestored)
    }
}
