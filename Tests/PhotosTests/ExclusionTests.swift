import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos

@Suite struct ExclusionTests {
    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private func message(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return ""
    }

    @Test func listsAreRead() throws {
        let list = try ExclusionList(
            text: "# comment\r\n\ndaisy/1.jpg\r\n./daisy//2.jpg\ndaisy/1.jpg\n \n雛菊/🌼.jpg", name: "x")
        #expect(list.files == ["daisy/1.jpg", "daisy/2.jpg", "雛菊/🌼.jpg"])
        #expect(list.contains("daisy/2.jpg") && !list.contains("daisy/3.jpg"))
        #expect(list.coversEnd(of: "/photos/daisy/1.jpg") && !list.coversEnd(of: "/photos/lazydaisy/1.jpg"))
    }

    @Test func listsThatCannotBeUsedAreRefused() throws {
        let root = try TemporaryFolder()
        #expect(message { _ = try ExclusionList(path: root("none")) }.contains("There is no exclusion list"))
        #expect(message { _ = try ExclusionList(path: root.path) }.contains("is a folder"))
        try Data([0x64, 0x00, 0xfe, 0x0a]).write(to: URL(fileURLWithPath: root("bytes")))
        #expect(message { _ = try ExclusionList(path: root("bytes")) }.contains("is no text"))
        for line in ["/etc/1.jpg", "daisy/../../1.jpg", ".."] {
            try write("# list\n\(line)\n", root("list"))
            #expect(message { _ = try ExclusionList(path: root("list")) }.contains("Line 2"))
        }
        try FileManager.default.createDirectory(atPath: root("folder"), withIntermediateDirectories: true)
        #expect(throws: FileFailure.self) { try ExclusionList(["a/b.jpg"]).write(to: root("folder")) }
    }

    @Test func namesThatReadAsCommentsOrLinesSurvive() throws {
        let root = try TemporaryFolder()
        let list = ExclusionList(["#1/a.jpg", "b/#2.jpg", "c/line\nbreak.jpg"])
        #expect(try list.write(to: root("list"), comment: ["by hand"]) == ["c/line\nbreak.jpg"])
        #expect(try ExclusionList(path: root("list")).files == ["#1/a.jpg", "b/#2.jpg"])
    }

    /// Writing replaces only a list that this program wrote; appending needs a valid list or no
    /// file.
    @Test func nothingElseIsWrittenOver() throws {
        let root = try TemporaryFolder()
        func write(_ files: [PhotoPath], _ name: String, adds: Bool) throws -> Int {
            try ExclusionFile.write(
                ExclusionList(files), of: "pho\ntos", to: root(name), adds: adds, comment: "by hand"
            ).listed
        }
        #expect(try write(["a/1.jpg", "a/2.jpg"], "list", adds: false) == 2)
        #expect(try write(["a/3.jpg"], "list", adds: false) == 1)
        #expect(try ExclusionList(path: root("list")).files == ["a/3.jpg"])
        #expect(try write(["a/1.jpg", "a/3.jpg"], "list", adds: true) == 2)
        #expect(try ExclusionList(path: root("list")).files == ["a/1.jpg", "a/3.jpg"])
        #expect(try write(["a/1.jpg"], "new", adds: true) == 1)
        try self.write("my diary", root("diary"))
        #expect(message { _ = try write(["a/1.jpg"], "diary", adds: false) }.contains("is there already"))
        try self.write("/etc/passwd", root("paths"))
        #expect(message { _ = try write(["a/1.jpg"], "paths", adds: true) }.contains("Line 1"))
        #expect(try String(contentsOfFile: root("diary"), encoding: .utf8) == "my diary")
        #expect(message { _ = try write(["a/1.jpg"], "none/list", adds: false) } != "")
    }

    @Test func theHeadingIsRecognised() {
        #expect(ExclusionFile.heading("photos") == "Photos of photos to leave out: --exclude.")
        #expect(ExclusionFile.isHeading("# " + ExclusionFile.heading("my photos")))
        for line in [ExclusionFile.heading("photos"), "# Photos of photos", "", "# by hand"] {
            #expect(!ExclusionFile.isHeading(line))
        }
    }

    @Test func noPhotoMovesBecauseAnotherIsLeftOut() throws {
        let photos = try TinyPhotos(perClass: 20)
        try write("no photo", photos.data + "/daisy/damaged.jpg")
        let whole = try Dataset(path: photos.data, cacheDirectory: nil)
        let subsets = Dictionary(uniqueKeysWithValues: whole.photos.map { ($0.file, $0.subset) })
        let left = [
            whole.photos[0].file, whole.photos[5].file, whole.photos[39].file, "daisy/damaged.jpg",
            "roses/gone.jpg",
        ]
        for cache in [nil, photos.cache] {
            let some = try Dataset(path: photos.data, exclusions: ExclusionList(left), cacheDirectory: cache)
            #expect(some.photos.map(\.file) == whole.photos.map(\.file).filter { !left.contains($0) })
            #expect(some.photos.allSatisfy { subsets[$0.file] == $0.subset } && some.trainingCount == 30)
            #expect(some.skipped.isEmpty && some.missingExclusions == ["roses/gone.jpg"])
            #expect(
                some.folderProblems == [
                    .exclusionsMissing(count: 1, folder: some.path, first: "roses/gone.jpg")
                ])
            #expect(some.image(at: 0) == whole.image(at: 1))
        }
    }

    @Test func listsThatLeaveNothingAreRefused() throws {
        let photos = try TinyPhotos()
        let all = try Dataset(path: photos.data, cacheDirectory: nil).photos
        func refusal(_ left: [PhotoPath]) -> String {
            message {
                _ = try Dataset(path: photos.data, exclusions: ExclusionList(left), cacheDirectory: nil)
            }
        }
        #expect(
            refusal((0..<12).map { PhotoPath("daisy/\($0).jpg") }).contains("no photo of the class daisy"))
        #expect(
            refusal(all.filter { $0.subset == .validation }.map(\.file)).contains("no photo for validation"))
    }

    /// A photo that only looks intact gives the same split whether the list excludes it or decoding
    /// rejects it.
    @Test func aPhotoThatOnlyLooksWholeLeavesTheSplitAlone() throws {
        let photos = try TinyPhotos()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: photos.data + "/daisy/1.jpg"))
        // Half of its data, but with an end-of-image marker.
        bytes = bytes.prefix(bytes.count / 2) + Data([0xff, 0xd9])
        try bytes.write(to: URL(fileURLWithPath: photos.data + "/daisy/hollow.jpg"))
        let eager = try Dataset(path: photos.data, cacheDirectory: nil)
        #expect(eager.skipped.map(\.file) == ["daisy/hollow.jpg"])
        let pool = WorkerPool(count: 1)
        defer { pool.close() }
        let lazy = try Dataset(
            folder: ImageFolder(path: photos.data), name: nil, synthetic: false, imageSize: 160,
            split: SplitPlan(validation: 0.2),
            exclusions: ExclusionList(["daisy/hollow.jpg"]), cacheDirectory: nil, isLazy: true, pool: pool,
            progress: { _, _ in }, isCancelled: { false })
        #expect(lazy.photos == eager.photos && lazy.skipped.isEmpty)
    }
}
