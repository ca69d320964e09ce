import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// Runs of other bases than the standard one, from the command line to exports.
@Suite struct ModelChoiceTests {
    private struct Case: CustomTestStringConvertible, Sendable {
        var architecture: Architecture
        var size: Int
        var fineTuneAt: String
        var testDescription: String { architecture.rawValue }
    }

    private static let cases = [
        Case(architecture: .efficientNetLite0, size: 65, fineTuneAt: "block7a_expand_conv"),
        Case(architecture: .mobileNetV2At035, size: 96, fineTuneAt: "130"),
        Case(architecture: .mobileNetV2At13, size: 96, fineTuneAt: "block_16_expand"),
    ]

    private func weights(_ photos: TinyPhotos, _ architecture: Architecture) throws -> String {
        let path = photos.folder.path + "/base.safetensors"
        let network = Backbone(architecture, imageSize: architecture.standardImageSize)
        try Safetensors.write(RandomWeights.make(network, seed: 3), to: path)
        return path
    }

    private func training(_ photos: TinyPhotos, _ test: Case) throws -> [String] {
        [
            "--data", photos.data, "--weights", try weights(photos, test.architecture), "--batch-size", "8",
            "--seed", "7", "--model", test.architecture.rawValue, "--image-size", "\(test.size)",
            "--fine-tune-at", test.fineTuneAt, "--epochs", "1", "--fine-tune-epochs", "1", "--json",
        ]
    }

    /// A model from Keras of another width and size, with its own head (`Tests/Fixtures/continued.py`).
    @Test func aNarrowKerasModelIsUsedAndGoesOn() throws {
        let photos = try TinyPhotos(classes: ["a", "b", "c", "d", "e"], perClass: 4)
        let model = Fixture.path("continued/head.keras")
        let evaluated = try Program.run(["evaluate", model, "--data", photos.data, "--json"], in: photos)
        #expect(evaluated.status == 0 && evaluated.objects.first?["loss"] is Double, "\(evaluated.errors)")
        let options = [
            "train", "--data", photos.data, "--epochs", "1", "--fine-tune-epochs", "0", "--batch-size", "8",
        ]
        let own = options + ["--model", "mobilenet-v2-0.35", "--image-size", "96", "--json"]
        let trained = try Program.run(own + ["--continue-from", model], in: photos)
        #expect(trained.status == 0, "\(trained.errors)")
        let loss = try #require(trained.values("batch_ended", "batch_loss").first)
        #expect(loss.isFinite && trained.output.contains("head.keras"))
        expectOneSentence(
            try Program.run(options + ["--continue-from", model], in: photos), 1, "MobileNetV2")
        let both = try Program.run(
            own + ["--continue-from", model, "--weights", photos.weights], in: photos)
        #expect(both.status != 0 && both.errors.contains("leave out --weights"), "\(both.errors)")
        let alone = try Program.run(options + ["--fresh-optimizer"], in: photos)
        #expect(alone.status != 0 && alone.errors.contains("--continue-from"), "\(alone.errors)")
        let sgd = Fixture.path("continued/sgd.keras")
        expectOneSentence(try Program.run(own + ["--continue-from", sgd], in: photos), 1, "SGD")
        #expect(
            try Program.run(own + ["--continue-from", sgd, "--fresh-optimizer"], in: photos).status == 0)
    }

    @Test(arguments: cases.indices) func aRunKeepsItsModel(index: Int) throws {
        let (test, photos) = (Self.cases[index], try TinyPhotos())
        let network = Backbone(test.architecture, imageSize: test.size)
        let whole = try Program.run(["train"] + training(photos, test), in: photos)
        #expect(whole.status == 0, "\(whole.errors)")
        let layer = Int(test.fineTuneAt) ?? network.layers.firstIndex { $0.name == test.fineTuneAt }!
        #expect(whole.output.contains("\"fine_tune_at\":\(layer)"))
        let file = URL(fileURLWithPath: photos.home + "/runs/0001/config.json")
        let configuration = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        #expect(configuration?["model"] as? String == test.architecture.rawValue)

        // Interrupted and resumed, it ends with the same bits.
        var sent = false
        let part = try Program.run(["train"] + training(photos, test), in: photos) { process, line in
            if !sent, line.contains("batch_ended"), line.contains("\"epoch\":1") {
                sent = true
                process.interrupt()
            }
        }
        #expect(part.status == 130, "\(part.errors)")
        let rest = try Program.run(["runs", "resume", "2", "--json"], in: photos)
        #expect(rest.status == 0, "\(rest.errors)")
        #expect(
            part.values("batch_ended", "batch_loss") + rest.values("batch_ended", "batch_loss")
                == whole.values("batch_ended", "batch_loss"))
        #expect(rest.values("run_ended", "validation_loss") == whole.values("run_ended", "validation_loss"))

        let other = try Program.run(["--run", "1", "--model", "mobilenet-v2"], in: photos)
        #expect(other.status != 0 && other.errors.contains("--model"), "\(other.errors)")
        // A layer is one of the run's own base, whatever the standard is.
        let same = try Program.run(["--run", "1", "--fine-tune-at", test.fineTuneAt], in: photos)
        #expect(same.status == 0, "\(same.errors)")
        let none = try Program.run(["--run", "1", "--fine-tune-at", "block_99"], in: photos)
        #expect(
            none.status != 0 && none.errors.contains("names no layer of \(test.architecture.rawValue)"),
            "\(none.errors)")

        // Everything that takes a run knows its model.
        let evaluated = try Program.run(["evaluate", "1", "--json"], in: photos)
        let loss = try #require(evaluated.objects.first?["loss"] as? Double)
        let ended = try #require(whole.values("run_ended", "validation_loss").first)
        #expect(abs(loss - ended) < 1e-4, "\(evaluated.output) \(evaluated.errors)")
        let model = try Program.run(["model", "--run", "1", "--json"], in: photos).objects.first
        #expect(model?["model"] as? String == test.architecture.rawValue)
        #expect(model?["base_layers"] as? Int == network.layers.count)
        #expect(model?["base_input"] as? [Int] == [test.size, test.size, 3])
        let page = photos.folder.path + "/page.html"
        #expect(
            try Program.run(["runs", "export", "1", "--format", "html", "-o", page], in: photos).status == 0)
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains(test.architecture.title))
        let screen = try Program.run(
            ["render", "model", "--run", "1", "--size", "100x30", "--colors", "none"], in: photos)
        #expect(screen.output.contains("\(test.architecture.title) · \(network.layers.count) layers"))
        for format in ["keras", "onnx", "tflite", "tflite-int8"] {
            let path = photos.folder.path + "/model.\(format)"
            let export = try Program.run(
                ["runs", "export", "1", "--format", format, "-o", path], in: photos)
            #expect(export.status == 0, "\(export.errors)")
        }
        // The exported Keras model is understood again, whatever its base.
        let photo = photos.data + "/daisy/0.jpg"
        let own = try Program.run(["predict", "1", photo, "--json"], in: photos).objects.first
        let keras = try Program.run(
            ["predict", photos.folder.path + "/model.keras", photo, "--json", "--classes", "daisy,roses"],
            in: photos)
        let confidence = try #require(own?["confidence"] as? Double)
        #expect(keras.objects.first?["label"] as? String == own?["label"] as? String, "\(keras.errors)")
        let found = try #require(keras.objects.first?["confidence"] as? Double)
        #expect(abs(found - confidence) < 1e-4)
        // An exported checkpoint is weights for the same model, and for no other.
        let weights = photos.folder.path + "/last.safetensors"
        #expect(try Program.run(["runs", "export", "1", "-o", weights], in: photos).status == 0)
        #expect(try Program.run(["predict", weights, photo], in: photos).output.contains("daisy"))
        let refused = try Program.run(
            [
                "train", "--data", photos.data, "--weights", weights, "--model", "efficientnet-lite1",
                "--image-size", "64", "--epochs", "1",
            ], in: photos)
        expectOneSentence(refused, 1, "EfficientNet-Lite1")
        let check = try Program.run(
            [
                "data", "check", "--data", photos.data, "--weights", weights, "--json",
                "--model", test.architecture.rawValue, "--image-size", "\(test.size)",
            ], in: photos)
        #expect(check.status == 0 && check.output.contains("findings"), "\(check.errors)")
        let branch = try Program.run(
            ["runs", "branch", "1", "--fine-tune-epochs", "2", "--fine-tune-at", test.fineTuneAt], in: photos)
        #expect(branch.status == 0, "\(branch.errors)")
    }

    @Test func theStandardModelIsRecordedAsItAlwaysWas() throws {
        let photos = try TinyPhotos()
        let result = try Program.run(
            ["train"] + Program.training(photos) + ["--model", "mobilenet-v2", "--epochs", "1"]
                + ["--fine-tune-epochs", "0"], in: photos)
        #expect(result.status == 0, "\(result.errors)")
        let text = try String(contentsOfFile: photos.home + "/runs/0001/config.json", encoding: .utf8)
        #expect(!text.contains("\"model\""))
    }

    @Test func eachModelHasItsOwnSizesAndLayers() throws {
        let photos = try TinyPhotos()
        let lite = try #require(
            try Program.run(["model", "--model", "efficientnet-lite2", "--json"], in: photos).objects.first)
        #expect(lite["base_input"] as? [Int] == [260, 260, 3] && lite["fine_tune_at"] as? Int == 131)
        for (arguments, part) in [
            (["--model", "mobilenet-v2-0.5", "--image-size", "100"], "96, 128, 160, 192, 224"),
            (["--model", "efficientnet-lite0", "--image-size", "8"], "from 32 to 1024"),
            (["--model", "efficientnet-lite0", "--fine-tune-at", "141"], "from 0 to 140"),
            (["--model", "efficientnet-lite0", "--fine-tune-at", "block_1_expand"], "names no layer"),
            (["--model", "efficientnet-b0"], "efficientnet-lite0"),
        ] {
            let result = try Program.run(["train"] + arguments, in: photos)
            #expect(result.status == 2 || result.status == 64, "\(result.status)")
            #expect(result.errors.contains(part), "\(result.errors)")
        }
        // Nobody publishes weights of Lite3 that could be fetched.
        let missing = try Program.run(
            ["train", "--data", photos.data, "--model", "efficientnet-lite3", "--image-size", "64"],
            in: photos)
        expectOneSentence(missing, 1, "EfficientNet-Lite3")
    }
}
