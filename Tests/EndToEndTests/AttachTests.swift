import Foundation
import TestSupport
import Testing

/// Runs that lose or give up their screen, and dashboards that attach to them.
@Suite(.serialized) struct AttachTests {
    private func start(_ photos: TinyPhotos, _ more: [String] = []) throws -> TerminalSession {
        try TerminalSession(
            Program.training(photos) + ["--epochs", "500"] + more, columns: 120, rows: 40, in: photos)
    }

    private func attach(_ photos: TinyPhotos, _ more: [String] = []) throws -> TerminalSession {
        try TerminalSession(["attach"] + more, columns: 120, rows: 40, in: photos)
    }

    private func list(_ photos: TinyPhotos) throws -> [String: Any] {
        try Program.run(["runs", "list", "--json"], in: photos).objects.first ?? [:]
    }

    @Test func aDetachedRunIsSteeredFromTwoOtherTerminals() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        terminal.send("d")
        #expect(try terminal.waitForExit() == 0)
        #expect(terminal.isRestored)
        #expect(terminal.screen.text.contains("run 0001 trains on in process"))
        #expect(terminal.screen.text.contains("flowers-tui attach 0001"))
        let record = try list(photos)
        #expect(record["status"] as? String == "running" && record["attachable"] as? Bool == true)

        let (one, two) = (try attach(photos), try attach(photos, ["1"]))
        for screen in [one, two] { try screen.wait(for: "● training") }
        one.send(" ")
        for screen in [one, two] { try screen.wait(for: "‖ paused") }
        two.send("]")
        for screen in [one, two] { try screen.wait(for: "2e-03") }
        two.send(" ")
        for screen in [one, two] { try screen.wait(for: "● training") }
        two.send("4")
        try two.wait(for: " correct")
        // A photo opened on an attached dashboard is read from its file.
        two.send("\r")
        try two.wait(for: "other photos")
        two.send("\u{1b}")
        try two.wait(for: "the photo closed") { !$0.text.contains("other photos") }
        two.send("d")
        #expect(try two.waitForExit() == 0)
        #expect(two.isRestored && two.screen.text.contains("run 0001 trains on in process"))
        one.send("q")
        try one.wait(for: "save and stop it")
        one.send("s")
        #expect(try one.waitForExit() == 0)
        #expect(one.screen.text.contains("run 0001 stopped"))
        #expect(try list(photos)["status"] as? String == "stopped")
    }

    /// A paused run moves to the background still paused, and an attached dashboard follows it.
    @Test func aPausedRunStaysPausedAndItsOtherScreensFollow() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        let other = try attach(photos)
        try other.wait(for: "● training")
        terminal.send(" ")
        try other.wait(for: "‖ paused")
        terminal.send("qd")
        #expect(try terminal.waitForExit() == 0)
        try other.wait(for: "‖ paused")
        other.send(" ")
        try other.wait(for: "● training")
        #expect(try Program.run(["runs", "stop", "1"], in: photos).output.contains("run 0001 stopped"))
        try other.wait(for: "■ stopped")
        other.send("qq")
        #expect(try other.waitForExit() == 0)
    }

    @Test func aRunThatCannotGoOnSaysWhy() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        terminal.send(" ")
        try terminal.wait(for: "‖ paused")
        try FileManager.default.removeItem(atPath: photos.data)
        terminal.send("d")
        #expect(try terminal.waitForExit() == 1)
        #expect(terminal.isRestored)
        let words = terminal.screen.text.split(separator: "\n").joined()
        #expect(words.contains("could not go on in the background: There is no folder"))
        #expect(words.contains("go on with: flowers-tui --run 0001"))
    }

    /// On SIGHUP alone, the terminal is restored and a message says that training continues.
    @Test func aHangUpLeavesTheTerminalAndTrainsOn() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        terminal.signal(SIGHUP)
        try terminal.wait(for: "run 0001 is trained on without a screen")
        let other = try attach(photos)
        try other.wait(for: "● training")
        #expect(try Program.run(["attach", "--stop"], in: photos).status == 0)
        #expect(try terminal.waitForExit() == 0)
        try other.wait(for: "■ stopped")
        other.send("qq")
        #expect(try other.waitForExit() == 0)
    }

    @Test func aClosedTerminalDoesNotEndTheRun() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        let other = try attach(photos)
        try other.wait(for: "● training")
        terminal.hangUp()
        // Only a process that still trains carries out the command.
        other.send("]")
        try other.wait(for: "2e-03")
        #expect(try Program.run(["runs", "stop"], in: photos).output.contains("run 0001 stopped"))
        try other.wait(for: "■ stopped")
        // Closing its terminal ends an attached dashboard.
        other.hangUp()
    }

    /// Training without a dashboard also outlives a SIGHUP and keeps writing its output.
    @Test func trainingOutlivesAHangUp() throws {
        let photos = try TinyPhotos()
        var isSent = false
        let result = try Program.run(
            ["train"] + Program.training(photos) + ["--epochs", "3", "--fine-tune-epochs", "0", "--json"],
            in: photos
        ) { process, line in
            if !isSent, line.contains("batch_ended") {
                isSent = true
                kill(process.processIdentifier, SIGHUP)
            }
        }
        #expect(isSent && result.status == 0)
        #expect(result.objects.filter { $0["event"] as? String == "epoch_ended" }.count == 3)
    }

    @Test func aFaultNamesTheCheckpointWithoutAScreenToo() throws {
        let photos = try TinyPhotos()
        let result = try Program.run(
            ["train"] + Program.training(photos) + ["--epochs", "500", "--json"], in: photos
        ) { process, line in
            if line.contains("checkpoint_saved") { kill(process.processIdentifier, SIGSEGV) }
        }
        #expect(result.status == SIGSEGV)
        let words = result.errors.split(separator: "\n").first {
            $0.contains("a fault of the program (SIGSEGV)")
        }
        #expect(
            words?.contains("runs/0001/last.safetensors") == true
                && words?.hasSuffix("go on with: flowers-tui --run 0001") == true)
    }

    @Test func aKilledTrainerIsToldToItsScreens() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        let other = try attach(photos)
        try other.wait(for: "● training")
        other.send("s")
        try other.wait(for: "saved ")
        terminal.signal(SIGKILL)
        _ = try terminal.waitForExit()
        try other.wait(for: "✗ not connected")
        try other.wait(for: "gone without a word")
        other.send("qq")
        #expect(try other.waitForExit() == 1)
        #expect(
            other.isRestored
                && other.screen.text.contains("flowers-tui: The process that trained run 0001 is gone"))
        #expect(try list(photos)["status"] as? String == "interrupted")
        // The lock and socket that it leaves behind do not stop the run from being resumed.
        let again = try TerminalSession(["--run", "1"], columns: 80, rows: 24, in: photos)
        try again.wait(for: "● training")
        #expect(try list(photos)["attachable"] as? Bool == true)
        again.send("qq")
        #expect(try again.waitForExit() == 0)
    }

    @Test func whatCannotBeAttachedToIsOneSentence() throws {
        let photos = try TinyPhotos()
        func errors(_ arguments: [String]) throws -> String {
            let result = try Program.run(arguments, in: photos)
            #expect(result.status == 1)
            return result.errors
        }
        #expect(try errors(["attach"]).contains("is being trained: `flowers-tui` begins one"))
        #expect(try errors(["attach", "7"]).contains("There is no run 7"))
        _ = try Program.run(
            ["train"] + Program.training(photos) + ["--epochs", "1", "--fine-tune-epochs", "0"], in: photos)
        #expect(
            try errors(["attach", "1"]).contains(
                "No process trains run 0001: `flowers-tui --run 0001` goes on with it"))
        #expect(try errors(["runs", "stop", "1"]).contains("No process trains run 0001"))
    }

    @Test func aRunThatIsTrainedIsOfferedForAttaching() throws {
        let photos = try TinyPhotos()
        let terminal = try start(photos)
        try terminal.wait(for: "● training")
        let result = try Program.run(["runs", "resume", "1"], in: photos)
        #expect(result.status == 1)
        #expect(
            result.errors.contains("is trained by process \(terminal.id) on ")
                && result.errors.contains("`flowers-tui attach 0001` shows it"))
        #expect(
            try Program.run(["runs", "list"], in: photos).output.contains("0001  running (attachable)  epoch")
        )
        terminal.send("qq")
        #expect(try terminal.waitForExit() == 0)
    }
}
