import Basics
import Foundation
import TestSupport
import Testing

/// `--precision` on the command line.
@Suite struct PrecisionTests {
    private static let narrow = ["DNNL_MAX_CPU_ISA": "AVX2"]

    private func train(_ photos: TinyPhotos, _ more: [String]) -> [String] {
        ["train"] + Program.training(photos) + ["--epochs", "1", "--fine-tune-epochs", "1", "--json"] + more
    }

    @Test func withoutTheUnitsBFloat16IsRefusedAndAutoIsFloat32() throws {
        let photos = try TinyPhotos()
        let refused = try Program.run(
            train(photos, ["--precision", "bfloat16"]), in: photos, environment: Self.narrow)
        expectOneSentence(refused, 1, "has neither AVX512-BF16 nor AMX-BF16")
        let plain = try Program.run(train(photos, []), in: photos, environment: Self.narrow)
        let auto = try Program.run(
            train(photos, ["--precision", "auto"]), in: photos, environment: Self.narrow)
        #expect(auto.status == 0, "\(auto.errors)")
        #expect(auto.values("batch_ended", "batch_loss") == plain.values("batch_ended", "batch_loss"))
        #expect(try Program.run(["runs", "show", "2"], in: photos).output.contains("precision: float32"))
        expectOneSentence(
            try Program.run(["train", "--precision", "half"], in: photos), 2, "--precision")
    }

    @Test(.enabled(if: Processor.current.bfloat16 != nil, "needs a processor with AVX512-BF16 or AMX-BF16"))
    func autoIsRecordedAsTheBFloat16ThatItBecame() throws {
        let photos = try TinyPhotos()
        let auto = try Program.run(train(photos, ["--precision", "auto"]), in: photos)
        let named = try Program.run(train(photos, ["--precision", "bfloat16"]), in: photos)
        #expect(auto.status == 0 && named.status == 0, "\(auto.errors)\(named.errors)")
        #expect(auto.values("batch_ended", "batch_loss") == named.values("batch_ended", "batch_loss"))
        _ = try Program.run(train(photos, []), in: photos)
        let show = try Program.run(["runs", "show", "1"], in: photos).output
        #expect(show.contains("precision: bfloat16") && show.contains("precision bfloat16"))
        #expect(try Program.run(["runs", "list"], in: photos).output.contains("bfloat16"))
        let comparison = try Program.run(["runs", "compare", "1", "3"], in: photos).output
        #expect(comparison.contains(/precision +bfloat16 +float32/))
        #expect(try Program.run(["model", "--run", "1"], in: photos).output.contains("parameters, bfloat16"))
        let frame = try Program.run(
            ["render", "model", "--run", "1", "--size", "100x24", "--colors", "none"], in: photos)
        #expect(frame.output.contains("bfloat16"))

        // Its checkpoint is evaluated with and without the units.
        let losses = try [[:], Self.narrow].map { environment in
            let result = try Program.run(
                ["evaluate", "1", "--data", photos.data, "--json"], in: photos, environment: environment)
            return try #require(result.objects.first?["loss"] as? Double)
        }
        let final = try #require(auto.values("run_ended", "validation_loss").first)
        #expect(losses.allSatisfy { abs($0 - final) < 0.05 }, "\(losses) and \(final)")

        let branch = try Program.run(
            ["runs", "branch", "1", "--fine-tune-epochs", "2", "--precision", "float32"], in: photos)
        #expect(branch.status == 0, "\(branch.errors)")
        let refused = try Program.run(
            ["runs", "resume", "1", "--add-epochs", "1"], in: photos, environment: Self.narrow)
        expectOneSentence(refused, 1, "runs branch 0001 --precision float32")
        let rest = try Program.run(["runs", "resume", "4", "--json"], in: photos, environment: Self.narrow)
        #expect(rest.status == 0, "\(rest.errors)")
    }
}
