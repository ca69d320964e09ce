import Foundation
import TestSupport
import Testing

/// Photo folders as people keep them, through the program (docs/photo-folders.md).
@Suite struct FolderCommandTests {
    private func move(_ photos: TinyPhotos, _ old: String, _ new: String) throws {
        let target = "\(photos.data)/\(new)"
        try FileManager.default.createDirectory(
            atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: "\(photos.data)/\(old)", toPath: target)
    }

    @Test func aSplitIsExplainedByEveryCommand() throws {
        let photos = try TinyPhotos()
        try move(photos, "daisy/1.jpg", "val/daisy/1.jpg")
        for name in ["daisy", "roses"] { try move(photos, name, "Train/\(name)") }
        for command in [["train", "--weights", photos.weights], ["data", "split"], ["data", "stats"]] {
            let result = try Program.run(command + ["--data", photos.data], in: photos)
            expectOneSentence(result, 1, "train with --data \(photos.data)/Train")
        }
        let below = try Program.run(["data", "split", "--data", photos.data + "/Train"], in: photos)
        #expect(below.status == 0)
    }

    /// Files that are left out are named once on standard error, and names differing in their bytes stay apart.
    @Test func whatIsLeftOutIsSaidOnce() throws {
        let photos = try TinyPhotos()
        try move(photos, "daisy/1.jpg", "daisy/caf\u{e9}.jpg")
        try move(photos, "daisy/2.jpg", "daisy/cafe\u{301}.jpg")
        for i in 0..<50 {
            try Data([0, 5, 0x16, 7]).write(to: URL(fileURLWithPath: "\(photos.data)/roses/._\(i).jpg"))
        }
        try Data("RIFF\0\0\0\0WEBPVP8 ".utf8).write(to: URL(fileURLWithPath: photos.data + "/roses/x.webp"))
        try FileManager.default.createDirectory(
            atPath: photos.data + "/empty", withIntermediateDirectories: true)
        let commands = [
            ["data", "split"], ["data", "stats"], ["data", "check", "--files-only"],
            ["train", "--weights", photos.weights, "--epochs", "1", "--fine-tune-epochs", "0"],
        ]
        for command in commands {
            let result = try Program.run(command + ["--data", photos.data], in: photos)
            #expect(result.status == 0, "\(command): \(result.errors)")
            for words in ["50 AppleDouble", "1 WebP", "empty"] {
                let lines = result.errors.split(separator: "\n").count { $0.contains(words) }
                #expect(lines == 1, "\(command): \(words) in \(result.errors)")
            }
        }
        let list = photos.folder("list")
        try Data("daisy/caf\u{e9}.jpg\n".utf8).write(to: URL(fileURLWithPath: list))
        let split = try Program.run(
            ["data", "split", "--json", "--data", photos.data, "--exclude", list], in: photos)
        let files = split.objects.compactMap { $0["file"] as? String }.filter { $0.contains("caf") }
        #expect(files.map { Array($0.utf8) } == [Array("daisy/cafe\u{301}.jpg".utf8)])
    }
}
