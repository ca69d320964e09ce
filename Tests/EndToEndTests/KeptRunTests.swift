import COpenBLAS
import Foundation
import TestSupport
import Testing

@testable import Runs

/// A run that an older program left in the middle of an epoch (Tests/Fixtures/kept_run.py) stays usable:
/// every later program lists, shows, renders, replays and resumes it.
@Suite struct KeptRunTests {
    private struct Expected: Decodable {
        var kernels: String
        var cores: Int
        var dnnlVersion: String
        var openblas: String
        var keptBatches: Int
        var batchLosses: [Double]
        var validationLosses: [Double]

        static func load() throws -> Expected {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let path = Program.package + "/Tests/Fixtures/kept_run.json"
            return try decoder.decode(Expected.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        }

        /// Whether this machine sums in the order of the one that made the fixture.
        var isOfThisEngine: Bool {
            let system = SystemDescription(threads: 2)
            return kernels == system.kernels && cores == system.cores && dnnlVersion == system.dnnlVersion
                && openblas == String(cString: openblas_get_config())
        }
    }

    private let run: KeptRun
    private var photos: TinyPhotos { run.photos }

    init() throws { run = try KeptRun() }

    @Test func isListedAndShown() throws {
        let expected = try Expected.load()
        let row = try #require(try run("runs list --json").objects.first)
        #expect(row["run"] as? String == "0001" && row["status"] as? String == "interrupted")
        #expect(row["epochs_done"] as? Int == 1 && row["data"] as? String == "photos")
        let shown = try run("runs show 1 --json")
        let losses = shown.objects.compactMap { $0["validation_loss"] as? Double }
        #expect(shown.status == 0 && losses == [expected.validationLosses[0]], "\(shown.output)")
        let text = try run("runs show 1")
        #expect(
            text.status == 0 && text.output.contains("0001-0000, 0001-0004, best, last"), "\(text.output)")
        let frame = try run("render train --run 1 --size 120x40")
        #expect(frame.status == 0 && frame.output.contains("0001"))
    }

    @Test func isReplayed() throws {
        let line = "cd '\(photos.folder.path)' && exec '\(Program.path)' runs replay 1 --speed 1000"
        let terminal = try TerminalSession(
            ["-c", line], program: "/bin/sh", columns: 120, rows: 40, in: photos)
        try terminal.wait(for: "run 0001 · replay")
        try terminal.wait(for: "epoch 1: validation")
        terminal.send("q")
        #expect(try terminal.waitForExit() == 0)
    }

    /// To the bit where the same engine computes; elsewhere the sums' order leaves the losses near.
    @Test func isResumed() throws {
        let expected = try Expected.load()
        let resumed = try run("runs resume 1 --threads 2 --json")
        try #require(resumed.status == 0, "\(resumed.errors)")
        let batches = resumed.values("batch_ended", "loss")
        let validation = resumed.values("epoch_ended", "validation_loss")
        #expect(batches.count == expected.batchLosses.count - expected.keptBatches)
        #expect(validation.count == expected.validationLosses.count - 1)
        let whole =
            expected.batchLosses.dropFirst(expected.keptBatches) + expected.validationLosses.dropFirst()
        for (loss, whole) in zip(batches + validation, whole) {
            if expected.isOfThisEngine { #expect(loss == whole) } else { #expect(abs(loss - whole) < 1e-3) }
        }
        // The fixture names no version of oneDNN; programs of its time were built with 2 only.
        let system = SystemDescription(threads: 2)
        let changes = system.dnnlVersion?.hasPrefix("2.") != true || system.kernels != expected.kernels
        #expect(resumed.objects.contains { $0["kind"] as? String == "engine_changed" } == changes)
    }
}
