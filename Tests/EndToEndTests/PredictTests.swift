import Foundation
import Photos
import TestSupport
import Testing

/// `predict` over many photos, and `evaluate` on the photos of a run and on others.
@Suite struct PredictTests {
    /// A run of three epochs, of which the last is not the best.
    private func trained(_ more: [String] = []) throws -> TinyPhotos {
        let photos = try TinyPhotos()
        let result = try Program.run(
            ["train"] + Program.training(photos) + ["--epochs", "3", "--fine-tune-epochs", "0"] + more,
            in: photos)
        try #require(result.status == 0, "\(result.errors)")
        return photos
    }

    /// Rows and fields of CSV, read by a program that no one here wrote.
    private func rows(_ csv: String, _ photos: TinyPhotos) throws -> [[String]] {
        let file = photos.folder("read.csv")
        try Data(csv.utf8).write(to: URL(fileURLWithPath: file))
        let python =
            "import csv, json, sys; print(json.dumps(list(csv.reader(open(sys.argv[1], newline='')))))"
        let result = try Program.shell("python3 -c \"\(python)\" '\(file)'", in: photos)
        try #require(result.status == 0, "\(result.errors)")
        return try JSONDecoder().decode([[String]].self, from: Data(result.output.utf8))
    }

    @Test func aFolderGivesATable() throws {
        let photos = try trained()
        let odd = "\(photos.data)/roses/a, \"b\"\n c.jpg"
        try FileManager.default.copyItem(atPath: "\(photos.data)/roses/1.jpg", toPath: odd)
        try Data("no photo".utf8).write(to: URL(fileURLWithPath: "\(photos.data)/daisy/broken.jpg"))
        try Data("notes".utf8).write(to: URL(fileURLWithPath: "\(photos.data)/daisy/notes.txt"))
        let table = try Program.run(["predict", "1", photos.data, "--csv", "-", "--top", "2"], in: photos)
        #expect(table.status == 1, "a broken photo was passed over")
        #expect(table.errors.contains("daisy/broken.jpg"))
        #expect(
            table.errors.contains("25 photos by run 0001") && table.errors.contains("1 .txt"),
            "\(table.errors)")
        let rows = try rows(table.output, photos)
        #expect(rows[0] == ["file", "label", "confidence", "label_2", "confidence_2"])
        #expect(rows.count == 26 && rows.allSatisfy { $0.count == 5 })
        #expect(rows.contains { $0[0] == odd })
        // Each row says what the photo's own prediction says.
        let one = try Program.run(["predict", "1", odd, "--json", "--top", "1"], in: photos)
        let object = try #require(one.objects.first)
        let row = try #require(rows.first { $0[0] == odd })
        #expect(row[1] == object["label"] as? String)
        // The last digits depend on how many photos are computed together.
        #expect(abs((Double(row[2]) ?? 2) - (object["confidence"] as? Double ?? 0)) < 1e-5)
        #expect((object["top"] as? [Any])?.count == 1)

        let file = photos.folder("table.csv")
        let written = try Program.run(["predict", "1", photos.data, "--csv", file, "--top", "2"], in: photos)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == table.output)
        #expect(written.output == "" && written.status == 1)
        let both = try Program.run(
            ["predict", "1", photos.data + "/roses", "--csv", file, "--json"], in: photos)
        #expect(both.status == 0 && both.objects.count == 13, "\(both.errors)")
    }

    /// An output's name given by mistake costs no photo.
    @Test(arguments: ["--csv", "--tensors", "--cam"]) func photosAreSpared(option: String) throws {
        let photos = try trained()
        let photo = photos.data + "/roses/1.jpg"
        let before = try Data(contentsOf: URL(fileURLWithPath: photo))
        let link = photos.folder("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: photo)
        for output in [photo, link] {
            let result = try Program.run(["predict", "1", photo, option, output], in: photos)
            #expect(result.status == 1)
            #expect(result.errors.contains("\(output) is a photo, which \(option) would replace"))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: photo)) == before)
        // A map of an earlier time is replaced.
        let map = photos.folder("map.png")
        for _ in 0..<2 {
            #expect(try Program.run(["predict", "1", photo, "--cam", map], in: photos).status == 0)
        }
    }

    @Test func listsArriveThroughAPipe() throws {
        let photos = try trained()
        let all = try Program.run(["predict", "1", photos.data + "/roses", "--json"], in: photos)
        for find in [
            "find '\(photos.data)/roses' -name '*.jpg'", "find '\(photos.data)/roses' -name '*.jpg' -print0",
        ] {
            let piped = try Program.shell(
                "\(find) | LC_ALL=C sort \(find.hasSuffix("0") ? "-z" : "") | \"$PROGRAM\" predict 1 - --json",
                in: photos)
            let answers = [all, piped].map { result in
                result.objects.map { "\($0["file"] ?? "") \($0["label"] ?? "")" }
            }
            #expect(
                piped.status == 0 && answers[0].count == 12 && answers[0] == answers[1], "\(piped.errors)")
        }
        // Paths at hand are answered before the list ends.
        let early = try Program.shell(
            "( echo '\(photos.data)/roses/1.jpg'; while ! test -s '\(photos.folder.path)/out'; do sleep 0.02; done ) "
                + "| timeout 60 \"$PROGRAM\" predict 1 - > '\(photos.folder.path)/out'", in: photos)
        #expect(early.status == 0, "\(early.errors)")
        let missing = try Program.shell("printf 'none.jpg\\n\\n' | \"$PROGRAM\" predict 1 -", in: photos)
        expectOneSentence(missing, 1, "There is no file none.jpg")
    }

    @Test func aRunIsEvaluatedAsItWasTrained() throws {
        let photos = try trained([
            "--validation-split", "0.3", "--learning-rate", "0.5", "--no-divergence-guard",
        ])
        let shown = try Program.run(["runs", "show", "1", "--json"], in: photos)
        let own = try Program.run(["evaluate", "1", "--json"], in: photos)
        #expect(
            own.objects.first?["images"] as? Int == 7 && own.objects.first?["weights"] as? String == "last")
        let same = try Program.run(
            ["evaluate", "1", "--data", photos.data, "--validation-split", "0.3", "--json"], in: photos)
        #expect(same.output == own.output)
        let other = try Program.run(["evaluate", "1", "--validation-split", "0.2"], in: photos)
        #expect(
            other.status == 2 && other.errors.contains("trained with --validation-split 0.3"),
            "\(other.errors)")
        // The lowest of the losses that were validated while it trained.
        let losses = EpochLosses(shown.output).losses
        let best = try Program.run(["evaluate", "1", "--best", "--json"], in: photos)
        let loss = try #require(best.objects.first?["loss"] as? Double)
        #expect(best.objects.first?["weights"] as? String == "loss")
        #expect(losses.isEmpty || abs(loss - losses.min()!) < 1e-6)
        let text = try Program.run(["evaluate", "1", "--best"], in: photos)
        #expect(text.output.contains("best weights by loss (epoch"), "\(text.output)")
        let file = try Program.run(
            ["evaluate", photos.home + "/runs/0001/best.safetensors", "--best"], in: photos)
        #expect(file.status == 2 && file.errors.contains("is a file"))
    }

    /// The validation losses in the output of `runs show --json`.
    private struct EpochLosses {
        var losses: [Double]

        init(_ output: String) {
            losses = output.matches(of: /"validation_loss":([0-9.e-]+)/).compactMap { Double($0.output.1) }
        }
    }

    @Test func aTestFolderIsMatchedByName() throws {
        let photos = try trained()
        let test = photos.folder("test")
        try FileManager.default.createDirectory(atPath: test + "/oak", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: photos.data + "/roses", toPath: test + "/roses")
        try FileManager.default.copyItem(atPath: photos.data + "/daisy/1.jpg", toPath: test + "/oak/1.jpg")
        let result = try Program.run(["evaluate", "1", "--data", test, "--json"], in: photos)
        #expect(result.status == 0)
        #expect(
            result.objects.first?["images"] as? Int == 12
                && result.objects.first?["subset"] as? String == "all")
        #expect(
            result.errors.contains("no photo of the class daisy")
                && result.errors.contains("oak is left out (1 photo)"))
        // The labels are the run's, although the folder's only class comes first in it.
        let predicted = try Program.run(["predict", "1", test + "/roses", "--json"], in: photos)
        let right = predicted.objects.count { $0["label"] as? String == "roses" }
        #expect(result.objects.first?["accuracy"] as? Double == Double(right) / 12)
        let none = photos.folder("none")
        try FileManager.default.createDirectory(atPath: none + "/oak", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: photos.data + "/daisy/1.jpg", toPath: none + "/oak/1.jpg")
        expectOneSentence(
            try Program.run(["evaluate", "1", "--data", none], in: photos), 1,
            "belongs to a class of the network")
    }
}
