import Foundation
import Photos
import TestSupport
import Testing

/// `data check`, `data stats` and exclusion lists, as scripts use them.
@Suite struct DataCommandTests {
    private func check(_ data: String, _ photos: TinyPhotos, _ more: [String] = []) throws -> Program.Result {
        try Program.run(["data", "check", "--data", data, "--weights", photos.weights] + more, in: photos)
    }

    /// The list and the check divide the photos as training does.
    @Test func splitsAreThoseOfTraining() throws {
        let photos = try TinyPhotos()
        let split = ["--test-split", "0.25", "--stratify"]
        let list = try Program.run(["data", "split", "--data", photos.data] + split, in: photos)
        let subsets = list.output.split(separator: "\n").map { $0.prefix { $0 != "\t" } }
        #expect(
            ["training", "validation", "test"].map { name in subsets.count { $0 == name } } == [14, 4, 6])
        let checked = try check(photos.data, photos, split + ["--files-only"])
        #expect(
            checked.output.contains("14 for training, 4 for validation, 6 for the test"), "\(checked.output)")
        let object = try check(photos.data, photos, split + ["--files-only", "--json"]).objects.first
        #expect(object?["test"] as? Int == 6)
        for (options, part) in [
            (["--test-split", "2"], "--test-split"), (["--given-split", "--stratify"], "--given-split"),
        ] {
            for command in ["split", "check"] {
                let result = try Program.run(["data", command, "--data", photos.data] + options, in: photos)
                #expect(result.status == 2 && result.errors.contains(part), "\(result.errors)")
            }
        }
        expectOneSentence(
            try Program.run(["data", "stats", "--data", photos.data, "--given-split"], in: photos), 1, "train"
        )
    }

    @Test func findingsAreListedWrittenAndLeftOut() throws {
        let photos = try TinyPhotos(perClass: 24)
        let planted = try PlantedPhotos(photos.data, seed: 5, mislabeled: 0)
        // Random weights would only mislead; pixels and hashes are enough to find the copies.
        func check(_ data: String, _ photos: TinyPhotos, _ more: [String] = []) throws -> Program.Result {
            try Program.run(["data", "check", "--data", data, "--files-only"] + more, in: photos)
        }
        let json = try check(planted.data, photos, ["--json"])
        #expect(json.status == 0 && json.errors == "", "\(json.errors)")
        let object = try #require(json.objects.first)
        #expect(
            Set(object.keys) == [
                "data", "classes", "training", "validation", "excluded", "skipped", "findings", "warnings",
                "examined",
            ])
        let findings = try #require(object["findings"] as? [[String: Any]])
        #expect(
            findings.allSatisfy {
                Set($0.keys).subtracting(["suggested_class"]) == [
                    "kind", "files", "leave_out", "score", "sentence",
                ]
            })
        #expect(findings.first?["kind"] as? String == "unreadable")

        let text = try check(planted.data, photos)
        let unreadable = findings.count { $0["kind"] as? String == "unreadable" }
        #expect(
            text.status == 0 && unreadable >= 4
                && text.output.contains("Unreadable files: \(unreadable)"))
        #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })

        let list = photos.folder("list.txt")
        let written = try check(planted.data, photos, ["--write-exclusions", list, "--strict"])
        #expect(written.status == 3 && written.errors.contains("are listed in"))
        let lines = try String(contentsOfFile: list, encoding: .utf8).split(separator: "\n").filter {
            !$0.hasPrefix("#")
        }
        #expect(
            planted.copies.prefix(6).allSatisfy {
                lines.contains(Substring($0.original.text)) || lines.contains(Substring($0.copy.text))
            })

        let cured = try check(
            planted.data, photos,
            ["--exclude", list, "--kinds", "unreadable,leak,exact-duplicate,near_duplicate", "--strict"])
        #expect(
            cured.status == 0 && cured.output.contains("Nothing suspicious")
                && cured.output.contains("\(lines.count) left out"))

        let arguments = [
            "train", "--data", planted.data, "--weights", photos.weights, "--batch-size", "8", "--epochs",
            "1", "--fine-tune-epochs", "0",
        ]
        let trained = try Program.run(arguments + ["--exclude", list, "--json"], in: photos)
        let started = try #require(trained.objects.first)
        let kept = (started["train_images"] as? Int ?? 0) + (started["validation_images"] as? Int ?? 0)
        #expect(
            trained.status == 0 && kept == 58 - lines.count && !trained.errors.contains("Skipped"),
            "\(trained.errors)")
        let split = try Program.run(
            ["data", "split", "--data", planted.data, "--exclude", list, "--json"], in: photos)
        #expect(split.objects.count == kept)
        let evaluated = try Program.run(["evaluate", "1", "--json"], in: photos)
        #expect(
            evaluated.objects.first?["images"] as? Int == started["validation_images"] as? Int,
            "the run's own photos, without those that it left out")
        let all = try Program.run(
            ["evaluate", "1", "--data", planted.data, "--subset", "all", "--json"], in: photos)
        #expect(all.objects.first?["images"] as? Int == kept)
        let files = [planted.copies[0].original, planted.copies[0].copy].map { "\(planted.data)/\($0)" }
        let predicted = try Program.run(["predict", "1", "--exclude", list, "--json"] + files, in: photos)
        #expect(predicted.status == 0 && predicted.objects.count == 1)
        for command in [["evaluate", "1", "--data", planted.data], ["predict", "1"] + files] {
            let result = try Program.run(command + ["--exclude", photos.folder("none")], in: photos)
            expectOneSentence(result, 1, "There is no exclusion list")
        }
    }

    @Test func listsAndKindsThatCannotBeUsed() throws {
        let photos = try TinyPhotos()
        #expect(try check(photos.data, photos, ["--kinds", "nonsense"]).status == 2)
        for command in [["train"], ["data", "check"], ["data", "split"], ["data", "stats"]] {
            let result = try Program.run(
                command + ["--data", photos.data, "--exclude", photos.folder("none")], in: photos)
            expectOneSentence(result, 1, "There is no exclusion list")
        }
        let list = photos.folder("list.txt")
        try Data((0..<12).map { "daisy/\($0).jpg\n" }.joined().utf8).write(to: URL(fileURLWithPath: list))
        let empty = try Program.run(
            ["train", "--data", photos.data, "--weights", photos.weights, "--exclude", list], in: photos)
        #expect(empty.status == 1 && empty.errors.contains("no photo of the class daisy"))
        #expect(!FileManager.default.fileExists(atPath: photos.home + "/runs"))
    }

    @Test func statisticsArePrintedInEightyColumns() throws {
        let photos = try TinyPhotos(classes: ["daisy", "雛菊🌼"], perClass: 6)
        let json = try Program.run(["data", "stats", "--data", photos.data, "--json"], in: photos)
        #expect(json.objects.first?["photos"] as? Int == 12 && json.objects.first?["imbalance"] as? Int == 1)
        let text = try Program.run(["data", "stats", "--data", photos.data], in: photos)
        #expect(
            text.status == 0 && text.output.contains("Width over height") && text.output.contains("12 jpeg"))
        #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        try FileManager.default.createDirectory(
            atPath: photos.folder("empty"), withIntermediateDirectories: true)
        let empty = try Program.run(["data", "stats", "--data", photos.folder("empty")], in: photos)
        #expect(empty.status == 0 && empty.output == "0 photos\n")
    }
}
