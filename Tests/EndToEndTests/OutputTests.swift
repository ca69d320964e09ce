import Foundation
import TestSupport
import Testing

/// Output and files, through the real binary.
@Suite struct OutputTests {
    private func train(_ photos: TinyPhotos, _ more: String = "") -> String {
        "\"$PROGRAM\" train --data '\(photos.data)' --weights '\(photos.weights)' --batch-size 8 --epochs 1 "
            + "--fine-tune-epochs 0 \(more)"
    }

    /// A full disk behind standard output is an error, but loses no run.
    @Test func outputThatCannotBeWrittenIsSaid() throws {
        let photos = try TinyPhotos(perClass: 5)
        let trained = try Program.shell(train(photos, ">/dev/full"), in: photos)
        #expect(trained.status == 1)
        #expect(
            trained.errors.contains("Standard output cannot be written: no space is left"),
            "\(trained.errors)")
        #expect(try Program.run(["runs", "list"], in: photos).output.contains("0001  finished"))
        for command in [
            "runs list", "runs show 1 --json", "keys", "--help", "data split --data '\(photos.data)'",
        ] {
            let result = try Program.shell("\"$PROGRAM\" \(command) >/dev/full", in: photos)
            expectOneSentence(result, 1, "Standard output cannot be written")
        }
        // A reader that has seen enough is no error.
        let quiet = try Program.shell("\"$PROGRAM\" keys | true", in: photos)
        #expect(quiet.status == 0 && quiet.errors.isEmpty, "\(quiet.errors)")
    }

    @Test func closedStreamsTakeNoFile() throws {
        let photos = try TinyPhotos(perClass: 5)
        let result = try Program.shell(
            train(photos, "--json <&- >&- 2>&-")
                + "; \"$PROGRAM\" data split --data '\(photos.data)' --json >&-",
            in: photos)
        #expect(result.status == 0)
        let evaluated = try Program.run(["evaluate", "1", "--data", photos.data], in: photos)
        #expect(evaluated.status == 0 && evaluated.errors.isEmpty, "\(evaluated.errors)")
        for file in try FileManager.default.subpathsOfDirectory(atPath: photos.folder.path) {
            let bytes = FileManager.default.contents(atPath: photos.folder.path + "/" + file) ?? Data()
            #expect(!bytes.starts(with: Data("{\"file\"".utf8)), "\(file)")
        }
    }

    @Test func anOptionThatContradictsTheRunIsNamed() throws {
        let photos = try TinyPhotos(perClass: 5)
        #expect(try Program.shell(train(photos), in: photos).status == 0)
        for (options, name) in [
            ("--epochs 7", "--epochs (the run has 1)"), ("--learning-rate=0.5", "--learning-rate"),
            ("--no-divergence-guard", "--no-divergence-guard"),
            ("--early-stop 3", "--early-stop (the run has none)"),
        ] {
            let result = try Program.shell("\"$PROGRAM\" --run 1 \(options)", in: photos)
            expectOneSentence(result, 2, name)
        }
        // A value that agrees with the run, or only looks so in the configuration file, is no contradiction.
        let config = photos.folder.path + "/config.toml"
        try Data("epochs = 9\nbatch_size = 4\n".utf8).write(to: URL(fileURLWithPath: config))
        let same = try Program.run(
            ["--run", "1", "--epochs", "1", "--batch-size", "8", "--seed", "42"], in: photos,
            environment: ["FLOWERS_TUI_CONFIG": config])
        #expect(same.status == 0, "\(same.errors)")
    }

    /// A tilde that no shell has expanded, and a folder that is named from where one stands.
    @Test func pathsMeanTheSameTomorrow() throws {
        let photos = try TinyPhotos(perClass: 5)
        // HOME is the test's folder.
        let config = photos.folder.path + "/config.toml"
        try Data("data = \"~/photos\"\nweights = '~/weights.safetensors'\n".utf8).write(
            to: URL(fileURLWithPath: config))
        let trained = try Program.run(
            ["train", "--epochs", "1", "--fine-tune-epochs", "0", "--batch-size", "8"], in: photos,
            environment: ["FLOWERS_TUI_CONFIG": config])
        #expect(trained.status == 0, "\(trained.errors)")
        let relative = try Program.shell(
            "cd '\(photos.folder.path)' && "
                + train(photos).replacingOccurrences(of: "'\(photos.data)'", with: "photos")
                + " --home '~/other'", in: photos)
        #expect(relative.status == 0, "\(relative.errors)")
        for home in [photos.home, photos.folder.path + "/other"] {
            let list = try Program.run(["runs", "list", "--json", "--home", home], in: photos)
            #expect(list.objects.first?["data"] as? String == photos.data, "\(list.output)\(list.errors)")
        }
        #expect(try Program.run(["data", "split", "--data=~/photos"], in: photos).status == 0)
    }

    @Test func aListIsNeverWrittenOverAnotherFile() throws {
        let photos = try TinyPhotos(perClass: 5)
        let file = photos.folder.path + "/letter.txt"
        try Data("dear Ann\n".utf8).write(to: URL(fileURLWithPath: file))
        let check = ["data", "check", "--data", photos.data, "--files-only", "--write-exclusions"]
        expectOneSentence(try Program.run(check + [file], in: photos), 1, "is no list of this program's")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "dear Ann\n")
        let list = photos.folder.path + "/list.txt"
        for _ in 0..<2 { #expect(try Program.run(check + [list], in: photos).status == 0) }
    }

    @Test func theCacheIsListedAndCleared() throws {
        let photos = try TinyPhotos(perClass: 5)
        #expect(try Program.run(["data", "split", "--data", photos.data], in: photos).status == 0)
        let moved = photos.folder.path + "/moved"
        try FileManager.default.moveItem(atPath: photos.data, toPath: moved)
        #expect(try Program.run(["data", "split", "--data", moved], in: photos).status == 0)
        let list = try Program.run(["cache"], in: photos)
        #expect(list.output.contains("\(photos.data), 160 pixels (no longer there)"), "\(list.output)")
        #expect(list.output.contains("cache clear --gone"))
        #expect(try Program.run(["cache", "clear", "--gone"], in: photos).output.contains("removed 1 file,"))
        let left = try Program.run(["cache", "list", "--json"], in: photos).objects
        #expect(left.compactMap { $0["folder"] as? String } == [moved])
        #expect(try Program.run(["cache", "clear", "--yes"], in: photos).status == 0)
        #expect(try Program.run(["cache", "list", "--json"], in: photos).output == "")
    }
}
