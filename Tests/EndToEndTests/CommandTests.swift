import Foundation
import TestSupport
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The commands without a dashboard, as scripts use them.
@Suite struct CommandTests {
    private func train(_ photos: TinyPhotos, _ more: [String] = []) -> [String] {
        ["train"] + Program.training(photos) + ["--epochs", "2", "--fine-tune-epochs", "2", "--json"] + more
    }

    /// Trains until epoch 1 and interrupts the program there.
    private func interrupted(_ photos: TinyPhotos, _ more: [String] = []) throws -> Program.Result {
        var sent = false
        let part = try Program.run(train(photos, more), in: photos) { process, line in
            if !sent, line.contains("batch_ended"), line.contains("\"epoch\":1") {
                sent = true
                process.interrupt()
            }
        }
        #expect(part.status == 130, "\(part.errors)")
        return part
    }

    @Test func trainingEmitsTheDocumentedEvents() throws {
        let photos = try TinyPhotos()
        let result = try Program.run(train(photos), in: photos)
        #expect(result.status == 0)
        let names = result.objects.compactMap { $0["event"] as? String }
        #expect(names.first == "run_started" && names.last == "run_ended")
        #expect(
            names.filter { $0 == "batch_ended" }.count == 12
                && names.filter { $0 == "epoch_ended" }.count == 4)
        #expect(result.objects.count == result.output.split(separator: "\n").count, "each line is one object")
        #expect(result.values("stage_started", "trainable_parameters") == [2562, 1_864_002])
        let stages = result.objects.filter { $0["event"] as? String == "stage_started" }.compactMap {
            $0["stage"] as? String
        }
        #expect(stages == ["head", "fine_tune"])

        let evaluation = try Program.run(["evaluate", "1", "--data", photos.data, "--json"], in: photos)
        let final = try #require(result.values("run_ended", "validation_loss").first)
        #expect(abs((evaluation.objects.first?["loss"] as? Double ?? 0) - final) < 1e-6)
        #expect(evaluation.objects.first?["images"] as? Int == 4)

        let file = "\(photos.data)/roses/1.jpg"
        let prediction = try Program.run(["predict", "0001", file, "--json"], in: photos)
        let object = try #require(prediction.objects.first)
        #expect(object["file"] as? String == file)
        #expect(Set(object.keys) == ["file", "label", "confidence", "probabilities"])

        let exported = photos.folder.path + "/out.safetensors"
        #expect(try Program.run(["runs", "export", "1", "--output", exported], in: photos).status == 0)
        let again = try Program.run(["evaluate", exported, "--data", photos.data, "--json"], in: photos)
        #expect(again.objects.first?["loss"] as? Double == evaluation.objects.first?["loss"] as? Double)

        for screen in ["train", "data", "model", "predictions"] {
            let frame = try Program.run(
                ["render", screen, "--run", "1", "--size", "80x24", "--colors", "none"], in: photos)
            #expect(frame.status == 0 && frame.output.contains("run 0001"), "\(frame.errors)")
            #expect(frame.output.split(separator: "\n").count == 24)
        }
        let svg = try Program.run(["render", "predictions", "--run", "1", "--format", "svg"], in: photos)
        let parser = XMLParser(data: Data(svg.output.utf8))
        #expect(parser.parse() && svg.output.hasPrefix("<svg "))
        let pressed = try Program.run(
            ["render", "train", "--run", "1", "--keys", "4v\\e3", "--colors", "none"], in: photos)
        #expect(pressed.output.contains("block_9_depthwise_BN"), "\(pressed.errors)")
        let film = try Program.run(
            [
                "render", "train", "--run", "1", "--format", "svg", "--animate", "8", "--keys", "4v",
                "--keys", "3",
            ], in: photos
        )
        #expect(
            XMLParser(data: Data(film.output.utf8)).parse(), "\(film.errors)")
        #expect(film.output.contains("8.0s step-end infinite") && !film.output.contains("<script"))
        for screen in ["stage 1/2 head", "rows: true class", "block_9_depthwise_BN"] {
            #expect(film.output.contains(screen))
        }
        for wrong in [["--animate", "8"], ["--format", "svg", "--animate", "0"]] {
            #expect(try Program.run(["render", "train", "--run", "1"] + wrong, in: photos).status == 2)
        }

        #expect(try Program.run(["runs", "show", "1"], in: photos).output.contains("epoch  4"))
        #expect(try Program.run(["runs", "delete", "1"], in: photos).status == 0)
        #expect(try Program.run(["runs", "list", "--json"], in: photos).output == "")
    }

    @Test func anInterruptedRunResumesToTheSameBits() throws {
        let photos = try TinyPhotos()
        let whole = try Program.run(train(photos), in: photos)
        let part = try interrupted(photos, ["--threads", "1"])
        let rest = try Program.run(["runs", "resume", "2", "--json"], in: photos)
        #expect(rest.status == 0)
        let losses = whole.values("batch_ended", "batch_loss")
        #expect(losses.count == 12)
        #expect(part.values("batch_ended", "batch_loss") + rest.values("batch_ended", "batch_loss") == losses)
        #expect(rest.values("run_ended", "validation_loss") == whole.values("run_ended", "validation_loss"))
        let comparison = try Program.run(["runs", "compare", "1", "2"], in: photos)
        #expect(comparison.status == 0 && comparison.output.contains("0002"))
    }

    @Test func withoutATerminalTheDashboardTrainsInPlainLines() throws {
        let photos = try TinyPhotos()
        let result = try Program.run(
            Program.training(photos) + ["--epochs", "1", "--fine-tune-epochs", "0"], in: photos)
        #expect(result.status == 0)
        #expect(result.output.contains("epoch 1: loss"))
        #expect(!result.output.contains("\u{1b}") && !result.errors.contains("\u{1b}"))
    }

    @Test func modelPrintsTheSummary() throws {
        let photos = try TinyPhotos()
        let object = try #require(try Program.run(["model", "--json"], in: photos).objects.first)
        #expect(object["base_layers"] as? Int == 154 && object["base_parameters"] as? Int == 2_257_984)
        #expect(
            object["base_input"] as? [Int] == [160, 160, 3]
                && object["base_output"] as? [Int] == [5, 5, 1280])
        #expect(object["trainable_parameters"] as? Int == 1_867_845)
    }

    @Test func splitIsListedInOrder() throws {
        let photos = try TinyPhotos()
        let result = try Program.run(["data", "split", "--data", photos.data, "--json"], in: photos)
        #expect(result.objects.count == 24)
        #expect(Set(result.objects[0].keys) == ["file", "label", "subset"])
        #expect(
            result.objects.map { $0["subset"] as? String } == Array(repeating: "training", count: 20)
                + Array(repeating: "validation", count: 4))
    }

    // MARK: Bad input

    private func write(_ bytes: Data, _ path: String) throws {
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    @Test func foldersThatCannotBeUsed() throws {
        let photos = try TinyPhotos()
        let root = photos.folder.path
        func data(_ path: String) throws -> Program.Result {
            try Program.run(["train", "--data", path, "--weights", photos.weights], in: photos)
        }
        expectOneSentence(try data(root + "/none"), 1, "There is no folder")
        try FileManager.default.createDirectory(atPath: root + "/empty", withIntermediateDirectories: true)
        expectOneSentence(try data(root + "/empty"), 1, "holds no folders")
        try FileManager.default.createDirectory(
            atPath: root + "/empty/daisy", withIntermediateDirectories: true)
        expectOneSentence(try data(root + "/empty"), 1, "No photos")
        try FileManager.default.copyItem(
            atPath: photos.data + "/daisy/1.jpg", toPath: root + "/empty/daisy/1.jpg")
        expectOneSentence(try data(root + "/empty"), 1, "only one class")
        // None of these attempts left a run behind.
        #expect(try Program.run(["runs", "list", "--json"], in: photos).output == "")
    }

    @Test func aClassWithOnePhotoIsAWarning() throws {
        let photos = try TinyPhotos()
        try FileManager.default.createDirectory(
            atPath: photos.data + "/tulips", withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            atPath: photos.data + "/daisy/1.jpg", toPath: photos.data + "/tulips/1.jpg")
        let result = try Program.run(train(photos), in: photos)
        #expect(result.status == 0)
        #expect(result.errors.contains("tulips has only 1 photo"))
    }

    @Test func photosThatCannotBeReadAreSkipped() throws {
        let photos = try TinyPhotos()
        let jpeg = try Data(contentsOf: URL(fileURLWithPath: photos.data + "/daisy/1.jpg"))
        try write(jpeg.prefix(jpeg.count / 2), photos.data + "/daisy/cut.jpg")
        try write(Data(), photos.data + "/daisy/empty.jpg")
        try write(Data("text".utf8), photos.data + "/daisy/text.jpg")
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/photos").path
        for name in ["cmyk.jpg", "grey.jpg"] {
            try FileManager.default.copyItem(
                atPath: "\(fixtures)/\(name)", toPath: "\(photos.data)/roses/\(name)")
        }
        let check = try Program.run(
            ["data", "check", "--data", photos.data, "--weights", photos.weights, "--json"], in: photos)
        let object = try #require(check.objects.first)
        #expect((object["skipped"] as? [[String: Any]])?.count == 3)
        #expect((object["classes"] as? [String: Int]) == ["daisy": 12, "roses": 14])
        let result = try Program.run(train(photos), in: photos)
        #expect(result.status == 0)
        for name in ["cut.jpg", "empty.jpg", "text.jpg"] {
            #expect(result.errors.contains("Skipped daisy/\(name)"))
        }
        #expect(!result.errors.contains("cmyk") && !result.errors.contains("grey"))
    }

    @Test func weightsThatCannotBeUsed() throws {
        let photos = try TinyPhotos()
        let root = photos.folder.path
        func weights(_ path: String) throws -> Program.Result {
            try Program.run(["train", "--data", photos.data, "--weights", path], in: photos)
        }
        expectOneSentence(try weights(root + "/none.h5"), 1, "There is no weight file")
        let whole = try Data(contentsOf: URL(fileURLWithPath: photos.weights))
        try write(whole.prefix(whole.count / 2), root + "/cut.safetensors")
        expectOneSentence(try weights(root + "/cut.safetensors"), 1, "cut short")
        try write(Data("no weights".utf8), root + "/text.h5")
        expectOneSentence(try weights(root + "/text.h5"), 1, "is no weight file")
        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/readers").path
        expectOneSentence(try weights(fixtures + "/not-keras.h5"), 1, "holds no MobileNetV2")
        expectOneSentence(try weights(fixtures + "/alpha-half.weights.h5"), 1, "architecture")
        for name in ["keras3.weights.h5", "keras3-model.keras"] {
            let file = try Data(contentsOf: URL(fileURLWithPath: "\(fixtures)/\(name)"))
            try write(file.prefix(file.count / 2), "\(root)/\(name)")
            let result = try weights("\(root)/\(name)")
            #expect(result.status == 1 && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }
    }

    @Test func homesThatCannotBeWritten() throws {
        let photos = try TinyPhotos()
        // A path below a file cannot be created by anyone, not even root.
        let result = try Program.run(train(photos, ["--home", photos.weights + "/home"]), in: photos)
        expectOneSentence(result, 1, "cannot be made")
        // A file size limit stands in for a full disk: the checkpoint exceeds it.
        let line = "trap '' XFSZ; ulimit -f 6000; \"$PROGRAM\" " + train(photos).joined(separator: " ")
        let full = try Program.shell(line, in: photos)
        #expect(full.status == 1, "\(full.errors)")
        #expect(full.errors.contains("cannot be written"), "\(full.errors)")
        let leftovers =
            FileManager.default.enumerator(atPath: photos.home)?.compactMap { $0 as? String } ?? []
        #expect(!leftovers.contains { $0.hasSuffix(".tmp") }, "\(leftovers)")
    }

    @Test(arguments: [
        ["--nonsense"], ["--epochs", "many"], ["--epochs", "-1"], ["--fine-tune-at", "154"],
        ["--learning-rate", "0"],
        ["--learning-rate", "nan"], ["--batch-size", "0"], ["--validation-split", "1"], ["--dropout", "1"],
        ["--threads", "0"], ["--image-size", "100"], ["--early-stop", "0"],
        ["--reduce-on-plateau", "0"], ["--schedule", "linear"], ["--schedule", "step:0:0.1"],
        ["--save-every", "0"], ["--save-every", "2h"], ["--keep", "-1"],
        ["--epochs", "0", "--fine-tune-epochs", "0"],
    ])
    func wrongOptionsAreUsageErrors(options: [String]) throws {
        let photos = try TinyPhotos()
        let result = try Program.run(["train", "--data", photos.data] + options, in: photos)
        #expect(result.status == 2 && result.output == "")
        #expect(result.errors.contains(options[0]))
    }

    @Test(arguments: [96, 224]) func otherImageSizesTrainEvaluateAndResume(size: Int) throws {
        let photos = try TinyPhotos()
        let whole = try Program.run(train(photos, ["--image-size", "\(size)"]), in: photos)
        #expect(whole.status == 0, "\(whole.errors)")
        let final = try #require(whole.values("run_ended", "validation_loss").first)
        let evaluated = try Program.run(["evaluate", "1", "--data", photos.data, "--json"], in: photos)
        let loss = try #require(evaluated.objects.first?["loss"] as? Double)
        #expect(abs(loss - final) < 1e-4)

        let part = try interrupted(photos, ["--image-size", "\(size)"])
        let rest = try Program.run(["runs", "resume", "2", "--json"], in: photos)
        #expect(rest.status == 0, "\(rest.errors)")
        #expect(
            part.values("batch_ended", "batch_loss") + rest.values("batch_ended", "batch_loss")
                == whole.values("batch_ended", "batch_loss"))
        #expect(rest.values("run_ended", "validation_loss") == [final])
    }

    /// Training gives the same losses, up to rounding, on the machine's widest instruction set and
    /// on narrower ones.
    @Test(arguments: ["SSE41", "AVX2"]) func everyInstructionSetTrainsTheSame(name: String) throws {
        let photos = try TinyPhotos()
        let widest = try Program.run(train(photos), in: photos)
        let narrow = try Program.run(train(photos), in: photos, environment: ["DNNL_MAX_CPU_ISA": name])
        #expect(narrow.status == 0, "\(narrow.errors)")
        let (a, b) = (widest.values("batch_ended", "loss"), narrow.values("batch_ended", "loss"))
        #expect(!a.isEmpty && a.count == b.count)
        for (x, y) in zip(a, b) { #expect(abs(x - y) < 2e-3 * max(1, abs(x))) }
    }

    /// oneDNN's OpenMP would start a team of threads in every worker; only the workers may compute.
    @Test func noWorkerStartsATeamOfThreads() throws {
        let photos = try TinyPhotos()
        let line =
            "export OMP_NUM_THREADS=16 OPENBLAS_NUM_THREADS=16; \"$PROGRAM\" "
            + train(photos).joined(separator: " ") + """
                 > /dev/null & most=0
                while kill -0 $! 2> /dev/null; do
                    now=$(sed -n 's/^Threads:[^0-9]*//p' /proc/$!/status 2> /dev/null)
                    [ "${now:-0}" -gt $most ] && most=$now
                    sleep 0.01
                done
                echo $most
                """
        let result = try Program.shell(line, in: photos)
        let most = try #require(Int(result.output.split(separator: "\n").last ?? ""))
        // Two workers, the session, the main thread, and a few idle threads of the libraries.
        #expect((4...14).contains(most), "\(most) threads")
    }

    /// The configuration file has a key for every option of the dashboard and of training.
    @Test func configurationFileCoversEveryOption() throws {
        let photos = try TinyPhotos()
        let help = try Program.run(["dashboard", "--help"], in: photos).output
        let options = Set(help.matches(of: /--([a-z-]+)/).map { String($0.1) })
            .subtracting(["help", "run", "print-config", "version", "key", "ghost"])
            // They belong to one run, as --run does.
            .subtracting(["continue-from", "fresh-optimizer"])
            .subtracting(["no-mouse", "no-bell", "no-notify", "no-title"])
        let file = try Program.run(["--print-config"], in: photos).output
        let template = file.prefix(upTo: try #require(file.range(of: "# [keys]")).lowerBound)
        let keys = Set(
            template.matches(of: /(?m)^# ([a-z_]+) =/).map { String($0.1).replacing("_", with: "-") })
        #expect(keys == options)
    }

    @Test func configurationFileGivesDefaultsAndTheCommandLineWins() throws {
        let photos = try TinyPhotos()
        let path = photos.folder.path + "/config.toml"
        func run(_ toml: String, _ more: [String] = []) throws -> Program.Result {
            try Data(toml.utf8).write(to: URL(fileURLWithPath: path))
            return try Program.run(
                ["train", "--json", "--weights", photos.weights, "--fine-tune-epochs", "0"] + more,
                in: photos,
                environment: ["FLOWERS_TUI_CONFIG": path])
        }
        let toml =
            "data = \"\(photos.data)\"\nepochs = 2\nbatch_size = 10\nlearning_rate = 1e-4\ndemo = true\ntheme = \"light\"\n"
        let fromFile = try run(toml)
        #expect(fromFile.status == 0, "\(fromFile.errors)")
        #expect(fromFile.values("epoch_ended", "epoch") == [0, 1])
        #expect(fromFile.values("batch_ended", "steps").first == 2)
        #expect(fromFile.values("batch_ended", "learning_rate").first == 1e-4)
        #expect(try run(toml, ["--epochs", "1"]).values("epoch_ended", "epoch") == [0])
        expectOneSentence(try run("epoch = 3"), 1, "unknown key epoch")
        expectOneSentence(try run("epochs = ["), 1, "is not valid TOML")
        expectOneSentence(try run("epochs = [1]"), 1, "neither text, a number")
        expectOneSentence(
            try run("epochs = 2 #" + String(repeating: "x", count: 1 << 20)), 1, "has more than 1 MiB")
        let wrong = try run("epochs = -1")
        #expect(wrong.status == 2 && wrong.errors.contains("--epochs") && wrong.errors.contains(path))
    }

    /// Control characters in names from elsewhere never reach the terminal.
    @Test func controlCharactersInNamesAreShown() throws {
        let photos = try TinyPhotos()
        let name = "\u{1b}]0;owned\u{7}\u{9b}2J.jpg"
        try Data("no photo".utf8).write(to: URL(fileURLWithPath: "\(photos.data)/daisy/\(name)"))
        let named = "\(photos.folder.path)/\u{1b}[31mowned\u{7}"
        try FileManager.default.copyItem(atPath: photos.data, toPath: named)
        for arguments in [
            ["train", "--epochs", "1", "--fine-tune-epochs", "0"] + Program.training(photos),
            ["data", "check", "--data", photos.data],
            [
                "train", "--data", named, "--weights", photos.weights, "--epochs", "1", "--fine-tune-epochs",
                "0",
            ], ["runs", "list"],
            ["runs", "show", "2"], ["runs", "compare", "1", "2"], ["data", "split", "--data", named],
            ["image", "\(photos.data)/daisy/\(name)"], ["predict", "1", "\(photos.data)/daisy/\(name)"],
        ] {
            let result = try Program.run(arguments, in: photos)
            let said = result.output + result.errors
            #expect(said.contains("owned"), "\(arguments[0]): \(said)")
            #expect(
                !said.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{7}" || $0 == "\u{9b}" },
                "\(arguments[0])")
        }
    }

    @Test func unknownNamesAreNamed() throws {
        let photos = try TinyPhotos()
        expectOneSentence(try Program.run(["runs", "show", "77"], in: photos), 1, "There is no run 77")
        expectOneSentence(try Program.run(["runs", "resume", "77"], in: photos), 1, "There is no run 77")
        expectOneSentence(
            try Program.run(["evaluate", "77", "--data", photos.data], in: photos), 1, "There is no run 77")
        expectOneSentence(
            try Program.run(["image", photos.data + "/none.jpg", "--cells", "4x2"], in: photos), 1,
            "There is no file")
        #expect(try Program.run(["predict", "--json"], in: photos).status == 2)
        #expect(
            try Program.run(["image", photos.data + "/daisy/1.jpg", "--cells", "0x0"], in: photos).status == 2
        )
        #expect(try Program.run(["--help"], in: photos).status == 0)
        #expect(try Program.run(["--version"], in: photos).output.hasPrefix("flowers-tui 1."))
    }
}
