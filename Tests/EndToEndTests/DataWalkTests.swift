import Foundation
import Photos
import TestSupport
import Testing

/// The data screen's views in a pseudo-terminal, while the run trains.
@Suite(.serialized) struct DataWalkTests {
    @Test func photosAreLookedAtFromAllSides() throws {
        let photos = try TinyPhotos(perClass: 16)
        // One picture under two labels, with non-ASCII characters and an escape sequence in its
        // name.
        try FileManager.default.copyItem(
            atPath: photos.data + "/daisy/3.jpg", toPath: photos.data + "/roses/花 \u{1b}[2J.jpg")
        let terminal = try TerminalSession(
            Program.training(photos) + ["--epochs", "9000"], columns: 80, rows: 24, in: photos)
        func closed(_ text: String) throws {
            try terminal.wait(for: "\(text) gone") { !$0.text.contains(text) }
        }
        try terminal.wait(for: "● training")
        terminal.send("2")
        try terminal.wait(for: "/ 33")
        terminal.send("-")
        try terminal.wait(for: "photos 1–20")
        terminal.send("\u{1b}[6~")
        try terminal.wait(for: "photos 21–33")
        terminal.send("/roses\r")
        try terminal.wait(for: "with “roses”")
        terminal.send("\u{1b}[F\r")
        try terminal.wait(for: "pixels")
        terminal.send("\u{1b}")
        try closed("pixels")
        terminal.send("\u{1b}")
        try closed("with “roses”")
        terminal.send("v")
        try terminal.wait(for: "formats: 33 jpeg")
        terminal.send("v")
        try terminal.wait(for: "horizontal flips")
        try terminal.wait(for: "These are the run's settings.")
        terminal.send("j+++")
        try terminal.wait(for: "Not applied to the run")
        terminal.send("A")
        try terminal.wait(for: "From the next batch on")
        try terminal.wait(for: "These are the run's settings.")
        terminal.send("\r")
        try terminal.wait(for: "A tensor of 160×160×3")
        terminal.send("\u{1b}")
        try closed("A tensor of")
        terminal.send("v")
        try terminal.wait(for: "have not been checked yet: press c")
        terminal.send("c")
        try terminal.wait(for: "c: stop")
        // While training uses all cores, the check would take too long for a test.
        terminal.send(" ")
        try terminal.wait(for: "‖ paused")
        try terminal.wait(for: "one picture under two labels: 1")
        try terminal.wait(for: "roses/花 ^[[2J")
        terminal.send("x")
        try terminal.wait(for: "marked for exclusion: 2")
        terminal.send("\r")
        try terminal.wait(for: "✗ excluded")
        terminal.send("\u{1b}W")
        try terminal.wait(for: "enter apply")
        terminal.send("\r")
        try terminal.wait(for: "photos listed: 2")
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
        #expect(terminal.isRestored && terminal.screen.unknown == [])
        let list = try ExclusionList(path: photos.home + "/exclude.txt")
        #expect(list.files == ["daisy/3.jpg", "roses/花 \u{1b}[2J.jpg"])
        // No photo was deleted.
        #expect(FileManager.default.fileExists(atPath: photos.data + "/daisy/3.jpg"))
        let split = try Program.run(
            ["data", "split", "--data", photos.data, "--exclude", photos.home + "/exclude.txt", "--json"],
            in: photos)
        #expect(split.objects.count == 31)
    }
}
