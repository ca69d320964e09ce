import Foundation
import Network
import Photos
import Recipes
import Runs
import TestSupport
import Testing

/// The subcommands of `runs`: notes, tags, branches, restoring, replay.
@Suite struct RunsTests {
    private static func trained() throws -> TinyPhotos {
        let photos = try TinyPhotos()
        let options = Program.training(photos) + ["--epochs", "2", "--fine-tune-epochs", "2", "--json"]
        #expect(try Program.run(["train"] + options, in: photos).status == 0)
        return photos
    }

    private func runs(_ arguments: [String], in photos: TinyPhotos) throws -> Program.Result {
        try Program.run(["runs"] + arguments, in: photos)
    }

    @Test func notesAndTagsAreListed() throws {
        let photos = try Self.trained()
        #expect(try runs(["note", "1", "first try \u{1b}[31m花"], in: photos).status == 0)
        #expect(try runs(["tag", "1", "baseline", "good"], in: photos).status == 0)
        let list = try runs(["list"], in: photos).output
        #expect(list.contains("#baseline  #good") && list.contains("first try") && list.contains("花"))
        #expect(!list.contains("\u{1b}"), "what a person noted must not steer the terminal")
        let object = try #require(try runs(["list", "--json", "--tag", "good"], in: photos).objects.first)
        #expect(object["tags"] as? [String] == ["baseline", "good"])
        #expect(object["note"] as? String == "first try \u{1b}[31m花")
        #expect(try runs(["tag", "1", "--remove", "good"], in: photos).output == "baseline\n")
        #expect(try runs(["list", "--json", "--tag", "good"], in: photos).output == "")
        expectOneSentence(try runs(["note", "9", "x"], in: photos), 1, "There is no run 9")
    }

    @Test func aBranchTrainsOnWithOtherSettings() throws {
        let photos = try Self.trained()
        expectOneSentence(
            try runs(["branch", "1"], in: photos), 1,
            "nothing is left to train: give more with --fine-tune-epochs")
        expectOneSentence(
            try runs(["branch", "1", "--from", "worst"], in: photos), 1,
            "0002-0000, 0003-0000, 0004-0000, best, last")
        let made = try runs(
            ["branch", "1", "--fine-tune-epochs", "3", "--fine-tune-learning-rate", "2e-5", "--json"],
            in: photos)
        #expect(
            made.objects.first?["run"] as? String == "0002"
                && made.objects.first?["status"] as? String == "interrupted")
        let rest = try runs(["resume", "2", "--json"], in: photos)
        #expect(rest.status == 0)
        let rates = rest.objects.filter { $0["event"] as? String == "batch_ended" }.compactMap {
            $0["learning_rate"] as? Double
        }
        #expect(rates == [2e-5, 2e-5, 2e-5])

        let comparison = try runs(["compare", "1", "2", "--chart", "loss"], in: photos).output
        #expect(comparison.contains("fine-tune-learning-rate") && comparison.contains("fine-tune-epochs"))
        #expect(!comparison.contains("batch-size"), "only settings that differ are shown")
        #expect(comparison.contains("─── 0001") && comparison.contains("─ ─ 0002"))
        expectOneSentence(try runs(["compare", "1", "2", "0001"], in: photos), 1, "0001 is named twice")
    }

    /// Every setting that a branch may have otherwise is an option, and can be taken back.
    @Test func aBranchTakesEveryOptionThatItHonours() throws {
        let photos = try Self.trained()
        let help = try runs(["branch", "--help"], in: photos).output
        for setting in BranchSetting.allCases {
            #expect(help.contains("--\(setting.rawValue)"), "\(setting)")
        }
        func recipe(_ run: String) throws -> Recipe {
            try RunFolder.find(home: photos.home, id: run).loadRecipe()
        }
        let made = try runs(
            [
                "branch", "1", "--epochs", "3", "--fine-tune-epochs", "3", "--fine-tune-at", "120",
                "--learning-rate", "2e-3", "--fine-tune-learning-rate", "2e-5", "--schedule", "cosine",
                "--batch-size", "6", "--dropout", "0.3", "--augmentation", "flips,crop:0.5,mixup:0.2",
                "--class-weights", "balanced", "--balanced-sampling", "--label-smoothing", "0.1",
                "--weight-decay", "0.01", "--rate-decay", "0.9", "--ema", "0.99", "--tta", "flip",
                "--no-divergence-guard", "--early-stop", "3", "--reduce-on-plateau", "2", "--save-every",
                "60s", "--best-by", "accuracy", "--keep", "5", "--seed", "7", "--precision", "float32",
            ], in: photos)
        #expect(made.status == 0, "\(made.errors)")
        var expected = try recipe("1")
        (expected.epochs, expected.fineTuneEpochs, expected.fineTuneAt) = (3, 3, 120)
        (expected.learningRate, expected.fineTuneLearningRate) = (2e-3, 2e-5)
        (expected.schedule, expected.batchSize, expected.dropout) = (.cosine, 6, 0.3)
        expected.augmentation = AugmentationStrength("flips,crop:0.5,mixup:0.2")
        (expected.classWeights, expected.balancedSampling) = (.balanced, true)
        (expected.labelSmoothing, expected.weightDecay, expected.rateDecay) = (0.1, 0.01, 0.9)
        (expected.ema, expected.tta, expected.divergenceGuard) = (0.99, .flip, false)
        (expected.earlyStop, expected.reduceOnPlateau, expected.saveEvery) = (3, 2, .seconds(60))
        (expected.bestBy, expected.keepCheckpoints, expected.seed) = (.accuracy, 5, 7)
        #expect(try recipe("2") == expected)
        #expect(try runs(["resume", "2", "--json"], in: photos).status == 0)

        let back = try runs(
            [
                "branch", "2", "--fine-tune-epochs", "4", "--class-weights", "none", "--no-balanced-sampling",
                "--label-smoothing", "0", "--weight-decay", "0", "--rate-decay", "1", "--ema", "0", "--tta",
                "none", "--divergence-guard", "--early-stop", "0", "--reduce-on-plateau", "0",
                "--save-every", "none",
            ], in: photos)
        #expect(back.status == 0, "\(back.errors)")
        (expected.fineTuneEpochs, expected.classWeights, expected.balancedSampling) = (4, nil, nil)
        (expected.labelSmoothing, expected.weightDecay, expected.rateDecay) = (nil, nil, nil)
        (expected.ema, expected.tta, expected.divergenceGuard) = (nil, nil, true)
        (expected.earlyStop, expected.reduceOnPlateau, expected.saveEvery) = (nil, nil, nil)
        #expect(try recipe("3") == expected)
        #expect(try runs(["resume", "3", "--json"], in: photos).status == 0)
        for (option, value, part) in [
            ("--ema", "1", "--ema"), ("--label-smoothing", "1", "--label-smoothing"),
            ("--weight-decay", "2", "--weight-decay"), ("--rate-decay", "0", "--rate-decay"),
            ("--keep", "-1", "--keep"), ("--save-every", "often", "--save-every"),
            ("--class-weights", "/nowhere.json", "/nowhere.json"), ("--augmentation", "crop:7", "crop"),
        ] {
            expectOneSentence(try runs(["branch", "1", "\(option)=\(value)"], in: photos), 2, part)
        }
    }

    @Test func aRunGoesBackToACheckpoint() throws {
        let photos = try Self.trained()
        let back = try runs(["restore", "1", "--from", "best"], in: photos)
        #expect(back.status == 0 && back.output.contains("run 0001 stands at best"))
        #expect(try runs(["show", "1"], in: photos).output.contains("before-0004-0000, best, last"))
        expectOneSentence(
            try runs(["restore", "1", "--from", "nothing"], in: photos), 1, "has no checkpoint nothing")
    }

    /// Both best epochs are told apart, by which either's weights are found.
    @Test func bestMeansWhatItSays() throws {
        let photos = try Self.trained()
        let object = try #require(try runs(["list", "--json"], in: photos).objects.first)
        let epochs = try runs(["show", "1", "--json"], in: photos).objects.dropFirst()
        let accuracies = epochs.compactMap { $0["validation_accuracy"] as? Double }
        let losses = epochs.compactMap { $0["validation_loss"] as? Double }
        #expect(object["highest_validation_accuracy"] as? Double == accuracies.max())
        #expect(object["best_validation_loss"] as? Double == losses.min())
        let list = try runs(["list"], in: photos).output
        #expect(list.contains(String(format: "best accuracy %.4f", accuracies.max()!)))
        #expect(list.contains(String(format: "lowest loss %.4f", losses.min()!)))
        for measure in ["loss", "accuracy"] {
            let file = photos.home + "/\(measure).safetensors"
            let export = try runs(["export", "1", "--best-by", measure, "-o", file], in: photos)
            #expect(export.status == 0 && FileManager.default.fileExists(atPath: file))
            let found = try Program.run(["evaluate", "1", "--best-by", measure, "--json"], in: photos)
            let epoch = object[measure == "loss" ? "best_epoch" : "most_accurate_epoch"] as? Int
            #expect(found.objects.first?["epoch"] as? Int == epoch.map { $0 + 1 })
        }
    }

    @Test func aFinishedRunTrainsOnWhenAsked() throws {
        let photos = try Self.trained()
        let log = photos.home + "/runs/0001/events.jsonl"
        let before = try Data(contentsOf: URL(fileURLWithPath: log))
        let shown = try runs(["resume", "1"], in: photos)
        #expect(shown.status == 0 && shown.output.contains("nothing is left to train"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: log)) == before)
        let more = try runs(["resume", "1", "--add-epochs", "2", "--json"], in: photos)
        #expect(more.objects.count { $0["event"] as? String == "epoch_ended" } == 2)
        let object = try #require(try runs(["list", "--json"], in: photos).objects.first)
        #expect(object["epochs_done"] as? Int == 6 && object["status"] as? String == "finished")
        #expect(try runs(["resume", "1", "--add-epochs", "0"], in: photos).status == 2)
    }

    @Test func aDamagedStoreIsMadeAnew() throws {
        let photos = try Self.trained()
        let store = photos.home + "/runs.sqlite"
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: store + suffix) }
        try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: store))
        expectOneSentence(try runs(["list"], in: photos), 1, "is damaged: move it away")
        try FileManager.default.removeItem(atPath: store)
        let object = try #require(try runs(["list", "--json"], in: photos).objects.first)
        #expect(object["epochs_done"] as? Int == 4 && object["status"] as? String == "finished")
    }

    @Test func aRecordedRunPlaysAnew() throws {
        let photos = try Self.trained()
        let folder = photos.home + "/runs/0001"
        let before = try Data(contentsOf: URL(fileURLWithPath: folder + "/events.jsonl"))
        let terminal = try TerminalSession(
            ["runs", "replay", "1", "--speed", "0.01"], columns: 120, rows: 40, in: photos)
        try terminal.wait(for: "run 0001 · replay")
        terminal.send(" ")
        try terminal.wait(for: "‖ paused")
        // Commands that would change the run only give a warning; N plays to the end of the epoch.
        terminal.send("N")
        try terminal.wait(for: "epoch 1: validation")
        terminal.send("f\r")
        try terminal.wait(for: "only played anew")
        terminal.send("NNNN")
        try terminal.wait(for: "✓ finished")
        terminal.send("q")
        #expect(try terminal.waitForExit() == 0)
        #expect(terminal.isRestored)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/events.jsonl")) == before)
    }
}
