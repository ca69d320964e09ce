import Foundation
import TestSupport
import Testing

/// Test photos, given splits and cross-validation on the command line.
@Suite struct SplitTests {
    private func train(_ photos: TinyPhotos, _ more: [String], onLine: ((Process, String) -> Void)? = nil)
        throws
        -> Program.Result
    {
        try Program.run(
            ["train"] + Program.training(photos) + ["--epochs", "1", "--fine-tune-epochs", "0"] + more,
            in: photos,
            onLine: onLine)
    }

    @Test func testPhotosAreToldOfAtTheEnd() throws {
        let photos = try TinyPhotos()
        let result = try train(
            photos, ["--test-split", "0.25", "--stratify", "--tta", "flip", "--ema", "0.9"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("14 training, 4 validation and 6 test photos"), "\(result.output)")
        #expect(result.output.contains("test accuracy") && result.output.contains("on 6 photos"))
        let shown = try Program.run(["runs", "show", "1"], in: photos).output
        #expect(
            shown.contains("test accuracy") && shown.contains("test split 0.25") && shown.contains("EMA 0.9"))
        let list = try Program.run(["runs", "list"], in: photos).output
        #expect(list.contains("–") && list.contains(", epoch 1)"), "\(list)")
        let test = try Program.run(["evaluate", "1", "--subset", "test", "--json"], in: photos)
        #expect(test.objects.first?["images"] as? Int == 6, "\(test.errors)")
        let page = photos.folder.path + "/run.html"
        #expect(
            try Program.run(["runs", "export", "1", "--format", "html", "-o", page], in: photos).status == 0)
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains("test accuracy"))
    }

    /// An ended cross-validation goes on with what is missing, and the table has every photo once.
    @Test func foldsGoOnWhereTheyWereEnded() throws {
        let photos = try TinyPhotos()
        let options = ["--folds", "3", "--stratify", "--json"]
        let ended = try train(photos, options) { process, line in
            if line.contains("\"run\":\"0002\"") { process.interrupt() }
        }
        #expect(ended.status == 130, "\(ended.errors)")
        let rest = try train(photos, options)
        #expect(rest.status == 0, "\(rest.errors)")
        let started = rest.objects.filter { $0["event"] as? String == "run_started" }.compactMap {
            $0["run"] as? String
        }
        #expect(started == ["0002", "0003"])
        let table = try #require(rest.objects.last)
        #expect((table["folds"] as? [Any])?.count == 3 && table["images"] as? Int == 24)
        let again = try train(photos, ["--folds", "3", "--stratify"])
        #expect(again.status == 0 && again.output.contains("all 24 photos: accuracy"), "\(again.output)")
        #expect(again.output.contains("3/3") && again.output.contains("deviation"))
        #expect(try Program.run(["runs", "list", "--json"], in: photos).objects.count == 3)
    }

    @Test func wrongSplitsAreRefused() throws {
        let photos = try TinyPhotos()
        for (options, part) in [
            (["--test-split", "0"], "--test-split"), (["--test-split", "0.9"], "leave nothing to train on"),
            (["--folds", "1"], "--folds"), (["--ema", "1"], "--ema"),
            (["--rate-decay", "0"], "--rate-decay"),
            (["--augmentation", "crop:2"], "crop"), (["--augmentation", "warp"], "--augmentation"),
            (["--given-split", "--stratify"], "--given-split"),
        ] {
            let result = try train(photos, options)
            #expect(result.status == 2 && result.errors.contains(part), "\(options): \(result.errors)")
        }
        expectOneSentence(try train(photos, ["--given-split"]), 1, "--given-split")
    }
}
