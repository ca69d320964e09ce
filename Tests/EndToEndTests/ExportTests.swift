import Foundation
import TestSupport
import Testing

/// Networks exported by the real binary, from the run that Tests/Fixtures keeps.
@Suite struct ExportTests {
    private let run: KeptRun
    private var photos: TinyPhotos { run.photos }

    init() throws { run = try KeptRun() }

    private func size(_ name: String) throws -> Int {
        try Data(contentsOf: URL(fileURLWithPath: photos.folder(name))).count
    }

    @Test(arguments: [("keras", "m.keras"), ("h5", "m.h5"), ("keras-weights", "m.weights.h5")])
    func kerasFilesPredictWhatTheRunPredicts(_ format: String, _ file: String) throws {
        let photo = "\"$(find photos -type f | sort | head -n 1)\""
        let own = try #require(try run("predict 1 \(photo) --json").objects.first)
        let expected = try #require(own["probabilities"] as? [String: Double])
        let exported = try run("runs export 1 --format \(format) -o \(file)")
        #expect(exported.status == 0 && exported.errors == "", "\(exported.errors)")
        let names = expected.keys.sorted()
        let options = "--classes \(names.joined(separator: ",")) --json"
        let found = try #require(try run("predict \(file) \(photo) \(options)").objects.first)
        let probabilities = try #require(found["probabilities"] as? [String: Double])
        // Weights alone do not say for what size of photos they are.
        let isOfAnySize = format == "keras-weights"
        for name in names where !isOfAnySize {
            #expect(abs(try #require(probabilities[name]) - expected[name]!) < 1e-5)
        }
        #expect(Set(probabilities.keys) == Set(names))
    }

    @Test func eightBitsAreCalibratedAndMeasured() throws {
        let float = try run("runs export 1 --format tflite -o m.tflite")
        #expect(float.status == 0 && float.output.hasPrefix("wrote m.tflite"), "\(float.errors)")
        let result = try run("runs export 1 --format tflite-int8 -o m8.tflite")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains(/calibrated on \d+ training photos/), "\(result.output)")
        #expect(result.output.contains(/accuracy [\d.]+ in Float32, [\d.]+ in 8 bits \([+-][\d.]+ points\)/))
        #expect(result.output.contains(/[\d.]+ % of them keep their class; a probability changes by [\d.]+/))
        #expect(try Double(size("m8.tflite")) < 0.35 * Double(size("m.tflite")))
        let moved = try run("runs export 1 --format tflite-int8 -o gone.tflite --data nowhere")
        #expect(moved.status == 1 && moved.errors.contains("nowhere"), "\(moved.errors)")
        #expect(!FileManager.default.fileExists(atPath: photos.folder("gone.tflite")))
    }

    @Test func reportsAndScreensFindPhotosThatHaveMoved() throws {
        try FileManager.default.moveItem(atPath: photos.folder("photos"), toPath: photos.folder("moved"))
        let page = try run("runs export 1 --format html -o - --data moved")
        #expect(page.status == 0 && page.output.contains("data:image/jpeg;base64,"), "\(page.errors)")
        let gone = try run("render data --run 1")
        #expect(gone.status == 1 && gone.errors.contains("give --data the folder"), "\(gone.errors)")
        let screen = try run("render data --run 1 --data moved")
        #expect(screen.status == 0 && screen.output.contains("moved"), "\(screen.errors)")
    }

    @Test func photosThatAreGoneAreNamed() throws {
        try FileManager.default.removeItem(atPath: photos.folder("photos"))
        let result = try run("runs export 1 --format tflite-int8 -o m.tflite")
        #expect(result.status == 1 && result.errors.contains("give --data"), "\(result.errors)")
        #expect(try run("runs export 1 --format onnx -o m.onnx").status == 0)
    }

    /// Whatever the format, a file that is there is named and stays, until `--replace` says otherwise.
    @Test(arguments: [
        "safetensors", "keras", "keras-weights", "h5", "onnx", "tflite", "tflite-int8", "csvlogger", "html",
        "svg --plot loss",
    ]) func aFileThatIsThereIsReplacedOnlyIfAsked(format: String) throws {
        try Data("old".utf8).write(to: URL(fileURLWithPath: photos.folder("out")))
        let refused = try run("runs export 1 --format \(format) -o out")
        #expect(refused.status == 1 && refused.output == "", "\(refused.output)")
        #expect(
            refused.errors.split(separator: "\n").count == 1
                && refused.errors.contains("out exists already") && refused.errors.contains("--replace"),
            "\(refused.errors)")
        #expect(try size("out") == 3)
        let replaced = try run("runs export 1 --format \(format) -o out --replace")
        #expect(replaced.status == 0, "\(replaced.errors)")
        #expect(try size("out") > 100)
    }

    @Test func foldersAreHeldToTheSame() throws {
        func names(_ folder: String) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: photos.folder(folder)).sorted()
        }
        for format in ["svg", "tensorboard"] {
            #expect(try run("runs export 1 --format \(format) -o \(format)").status == 0)
        }
        let plots = try names("svg")
        try FileManager.default.removeItem(atPath: photos.folder("svg/accuracy.svg"))
        let refused = try run("runs export 1 --format svg -o svg")
        #expect(refused.status == 1 && refused.errors.contains("svg exists already"), "\(refused.errors)")
        #expect(try names("svg") == plots.filter { $0 != "accuracy.svg" })
        // A plot of another run would pass for one of this run's.
        try Data("other".utf8).write(to: URL(fileURLWithPath: photos.folder("svg/gradient-norm.svg")))
        #expect(try run("runs export 1 --format svg -o svg --replace").status == 0)
        #expect(try names("svg") == plots)
        #expect(try size("svg/accuracy.svg") > 100)

        // The files hold the run already: nothing is replaced.
        #expect(try run("runs export 1 --format tensorboard -o tensorboard").status == 0)
        let file = "tensorboard/0001/train/" + (try names("tensorboard/0001/train"))[0]
        try Data("cut".utf8).write(to: URL(fileURLWithPath: photos.folder(file)))
        let other = try run("runs export 1 --format tensorboard -o tensorboard")
        #expect(other.status == 1 && other.errors.contains("tensorboard/0001 exists already"))
        #expect(try size(file) == 3)
        #expect(try run("runs export 1 --format tensorboard -o tensorboard --replace").status == 0)
        #expect(try names("tensorboard/0001/train").count == 1)
    }

    /// As with every other format, a disk that is full keeps nothing of an export.
    @Test(arguments: ["tensorboard", "svg", "onnx", "html"])
    func aFullDiskKeepsNothingOfAnExport(format: String) throws {
        // Root may mount a small disk of its own.
        let disk = try Program.shell(
            "cd '\(photos.folder.path)' && mkdir disk && unshare -m sh -c 'mount -t tmpfs -o size=64k none disk && "
                + "head -c 60000 /dev/zero > disk/filler; \"$PROGRAM\" runs export 1 --format \(format) "
                + "--home \"$FLOWERS_TUI_HOME\" -o disk/out; echo status $?; find disk | sort' || echo skipped",
            in: photos)
        if disk.output.contains("skipped") { return }
        #expect(disk.output.contains("status 1"), "\(disk.output)")
        #expect(disk.output.hasSuffix("disk\ndisk/filler\n"), "\(disk.output)")
        #expect(disk.errors.contains("no space is left"), "\(disk.errors)")
    }

    @Test func aFolderIsNotReplaced() throws {
        for target in ["photos", "absent/m.onnx", "/proc/m.onnx"] {
            let result = try run("runs export 1 --format onnx -o \(target)")
            #expect(result.status == 1 && result.errors.contains(target), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1)
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: photos.folder.path)
        #expect(!left.contains { $0.hasSuffix(".tmp") || $0 == "export.h5" })
    }

    @Test func aNameThatKerasWillNotOpenIsAWarning() throws {
        let result = try run("runs export 1 --format keras -o model.zip")
        #expect(result.status == 0 && result.errors.contains("names end in .keras"), "\(result.errors)")
    }

    @Test func aRunWithoutCheckpointsSaysSo() throws {
        let folder = try #require(try run("runs show 1 --json").objects.first)
        #expect(folder["run"] as? String == "0001")
        let removed = try Program.shell("find '\(photos.home)' -name '*.safetensors' -delete", in: photos)
        #expect(removed.status == 0)
        for format in ["keras", "onnx", "tflite", "safetensors"] {
            let result = try run("runs export 1 --format \(format) -o out")
            #expect(result.status == 1 && result.errors.contains("never saved"), "\(result.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: photos.folder("out")))
    }

    @Test func optionsThatDoNotBelongTogetherAreRefused() throws {
        for options in [
            "--format onnx --data photos", "--format html --best-by loss", "--format onnx --plot loss",
        ] {
            #expect(try run("runs export 1 -o out \(options)").status == 2)
        }
        // An option whose variable was never set.
        let empty = try run("runs export 1 -o ''")
        #expect(empty.status == 2 && empty.errors.contains("a path cannot be empty"), "\(empty.errors)")
    }
}
