import Canvas
import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Photos

/// Photo folders as people keep them (docs/photo-folders.md).
@Suite struct FolderTests {
    private let root: TemporaryFolder
    private let cache: TemporaryFolder

    init() throws { (root, cache) = (try TemporaryFolder(), try TemporaryFolder()) }

    /// Writes a file; the path may be the text of bytes that are not UTF-8.
    private func write(_ path: String, _ bytes: Data = Data()) throws {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/\(part)"
            _ = PathText.withCPath(root.path + folder) { mkdir($0, 0o755) }
        }
        let descriptor = PathText.withCPath("\(root.path)/\(path)") { open($0, O_CREAT | O_WRONLY, 0o644) }
        try #require(descriptor >= 0)
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: bytes)
    }

    private func photo(_ shade: UInt8, orientation: UInt8? = nil) -> Data {
        let jpeg = RGBImage(width: 20, height: 10, pixels: Array(repeating: shade, count: 600)).jpeg()
        guard let orientation else { return jpeg }
        let exif: [UInt8] =
            Array("Exif\0\0II*\0".utf8) + [8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation] + [
                0, 0, 0,
            ]
        var data = Data(jpeg.prefix(2))
        data += [0xff, 0xe1, 0, UInt8(exif.count + 2)]
        data += exif
        data += jpeg.dropFirst(2)
        return data
    }

    private func fill(_ folders: String..., photos: Int = 4) throws {
        for folder in folders {
            for i in 0..<photos { try write("\(folder)/\(i).jpg", photo(UInt8(40 * (i % 6) + 10))) }
        }
    }

    private func message(_ path: String? = nil, isForTraining: Bool = true) -> String {
        do {
            _ = try ImageFolder(path: path ?? root.path, isForTraining: isForTraining)
            return ""
        } catch { return "\(error)" }
    }

    private func dataset(
        _ reading: PhotoReading = PhotoReading(), _ exclusions: [PhotoPath] = []
    ) throws -> Dataset {
        try Dataset(
            path: root.path, reading: reading, imageSize: 32, exclusions: ExclusionList(exclusions),
            cacheDirectory: cache.path)
    }

    /// The dataset's problems, without those that follow from having so few photos.
    private func problems(_ data: Dataset) -> [DatasetProblem] {
        data.folderProblems.filter { if case .classesWithoutValidation = $0 { false } else { true } }
    }

    // MARK: Paths are bytes

    static let twins = [
        "daisy/cafe\u{301}.jpg", "daisy/caf\u{e9}.jpg", "daisy/caf\\xE9.jpg", "daisy/caf\\xEA.jpg",
    ]

    @Test func namesThatDifferInBytesAreFilesOfTheirOwn() throws {
        try fill("daisy", "roses", photos: 6)
        for (i, name) in Self.twins.enumerated() { try write(name, photo(UInt8(60 * i + 20))) }
        for cached in [false, true] {
            let data = try dataset()
            #expect(data.photos.count == 16 && Set(data.photos.map(\.file)).count == 16, "\(cached)")
            for (i, name) in Self.twins.enumerated() {
                let index = try #require(data.photos.firstIndex { $0.file == PhotoPath(name) })
                #expect(abs(Int(data.image(at: index).pixels[0]) - (60 * i + 20)) < 3)
            }
        }
        for name in Self.twins {
            let data = try dataset(PhotoReading(), [PhotoPath(name)])
            #expect(data.photos.count == 15 && data.missingExclusions.isEmpty)
            #expect(!data.photos.contains { $0.file == PhotoPath(name) })
        }
    }

    @Test func classesThatDifferInBytesAreClassesOfTheirOwn() throws {
        try fill("cafe\u{301}", "caf\u{e9}", "caf\\xE9")
        let data = try dataset()
        #expect(
            data.classes.map { Array($0.utf8) }
                == ["cafe\u{301}", "caf\u{e9}", "caf\\xE9"].map { Array($0.utf8) })
        #expect(data.summary.classCounts == [4, 4, 4])
        #expect(data.folderProblems.contains(.classesAlike(["cafe\u{301}", "caf\u{e9}"])))
        #expect(
            PhotoPath.keys(data.classes.map { PhotoPath($0) }) == [
                "cafe\u{301}", "caf\\xC3\\xA9", "caf\\xE9",
            ])
    }

    @Test func exclusionListsHoldPathsAsTextOrBytes() throws {
        let bytes =
            Array("# list\ndaisy/caf\u{e9}.jpg\ndaisy/caf\\xEA.jpg\n".utf8) + Array("daisy/caf".utf8) + [0xe9]
            + Array(".jpg\n".utf8)
        try write("list", Data(bytes))
        let list = try ExclusionList(path: root("list"))
        #expect(list.files.count == 3 && !list.contains(PhotoPath(Self.twins[0])))
        #expect(Self.twins.dropFirst().allSatisfy { list.contains(PhotoPath($0)) })
        try list.write(to: root("copy"))
        #expect(try ExclusionList(path: root("copy")) == list)
        #expect(
            list.coversEnd(of: "/x/daisy/caf\u{e9}.jpg") && !list.coversEnd(of: "/x/daisy/cafe\u{301}.jpg"))
    }

    @Test func pathsKeepTheirFormInJSON() throws {
        let paths = Self.twins.map { PhotoPath($0) }
        let text = try JSONEncoder().encode(paths)
        #expect(try JSONDecoder().decode([PhotoPath].self, from: text) == paths)
        #expect(
            String(decoding: try JSONEncoder().encode(["a": PhotoPath("b\u{e9}.jpg")]), as: UTF8.self)
                == "{\"a\":\"b\u{e9}.jpg\"}")
        let tally: Tally = ["cafe\u{301}": 1, "caf\u{e9}": 2]
        #expect(try JSONDecoder().decode(Tally.self, from: JSONEncoder().encode(tally)) == tally)
        #expect(
            paths[0] < paths[1] && paths[0] != paths[1] && PhotoPath("a\\x5CxE9") == PhotoPath("a\\x5CxE9"))
    }

    // MARK: What is left out

    @Test func systemFilesAreLeftOut() throws {
        try fill("daisy", "roses")
        let companion = Data([0, 5, 0x16, 7, 0, 2, 0, 0])
        for i in 0..<4 { try write("daisy/._\(i).jpg", companion) }
        try write("daisy/._empty.jpg")
        try write("daisy/._real.jpg", photo(9))
        for name in [
            "__MACOSX/daisy/._1.jpg", "@eaDir/1.jpg/THUMB.jpg", "$RECYCLE.BIN/1.jpg", "lost+found/1.jpg",
            "#recycle/1.jpg", "System Volume Information/1.jpg", "daisy/.ipynb_checkpoints/1-checkpoint.jpg",
            "daisy/@eaDir/1.jpg/SYNOPHOTO_THUMB.jpg", "Thumbs.db", "daisy/Thumbs.db", ".DS_Store",
            "roses/.DS_Store",
        ] {
            try write(name, photo(7))
        }
        let data = try dataset()
        #expect(data.classes == ["daisy", "roses"] && data.photos.count == 9 && data.skipped.isEmpty)
        #expect(data.photos.contains { $0.file == "daisy/._real.jpg" })
        let expected: Tally = [
            "AppleDouble (._*)": 5, "__MACOSX": 1, "@eaDir": 2, "$RECYCLE.BIN": 1, "lost+found": 1,
            "#recycle": 1,
            "System Volume Information": 1, ".ipynb_checkpoints": 1, "Thumbs.db": 2, ".DS_Store": 2,
        ]
        #expect(problems(data) == [.systemFiles(expected)])
    }

    @Test func classesWithoutAUsablePhotoAreLeftOut() throws {
        try fill("daisy", "roses")
        try write("damaged/1.jpg", Data("no".utf8))
        try write("empty/readme.txt", Data("no photo".utf8))
        try write("asters/.keep")
        let data = try dataset()
        #expect(data.classes == ["daisy", "roses"] && Set(data.photos.map(\.label)) == [0, 1])
        #expect(data.photos.allSatisfy { $0.file.text.hasPrefix(data.classes[$0.label]) })
        #expect(data.folderProblems.contains(.emptyClasses(["asters", "empty", "damaged"])))
        #expect(data.skipped.map(\.file) == ["damaged/1.jpg"])
        for i in 0..<4 { try write("daisy/\(i).jpg", Data("no".utf8)) }
        #expect(throws: PhotoFolderFailure.oneUsableClass(root.path, name: "roses")) { try dataset() }
    }

    @Test func otherFormatsAreCounted() throws {
        try fill("daisy", "roses")
        let webP = Data("RIFF\0\0\0\0WEBPVP8 ".utf8)
        try write("daisy/1.webp", webP)
        try write("daisy/2.WEBP", webP)
        try write("roses/named.jpg", webP)
        try write("daisy/1.heic", Data("\0\0\0\u{18}ftypheic\0\0".utf8))
        try write("daisy/1.jfif", photo(3))
        try write("daisy/1.xml", Data("<annotation/>".utf8))
        try write("daisy/x.gif", Self.gif)
        try write("stray.png", photo(1))
        let data = try dataset()
        var (others, keras) = (OtherFiles(), OtherFiles())
        #expect(data.photos.contains { $0.file == "daisy/x.gif" })
        for file in ["1.webp", "2.WEBP"] { others.add(.webP, file: PhotoPath(file), class: "daisy") }
        others.add(.webP, file: "roses/named.jpg", class: "roses")
        others.add(.heic, file: "1.heic", class: "daisy")
        others.add(.jpeg, file: "1.jfif", class: "daisy")
        others.add(.other, file: "1.xml", class: "daisy")
        keras.add(.gif, file: "x.gif", class: "daisy")
        #expect(problems(data) == [.otherFiles(others), .loosePhotos(1)])
        #expect(others.byKind.list == "3 WebP, 1 .xml, 1 HEIC, 1 JPEG named .jfif")
        #expect(others.byClass.listByName == "daisy 5, roses 1" && data.damagedPhotos.isEmpty)
        let statistics = try DataStatistics(path: root.path)
        #expect(statistics.problems == problems(data) && statistics.others?["WebP"] == 3)
        // A run of an older version goes on without the GIF, whatever is in the cache by then.
        for _ in 0..<2 {
            let older = try dataset(PhotoReading(formats: .jpegAndPNG))
            #expect(problems(older) == [.otherFiles(others), .filesOfKerasOnly(keras), .loosePhotos(1)])
            #expect(older.photos.count == data.photos.count - 1)
            #expect(try dataset().photos == data.photos)
        }
    }

    /// One white pixel.
    private static let gif = Data(
        Array("GIF89a".utf8) + [1, 0, 1, 0, 0x80, 0, 0, 255, 255, 255, 0, 0, 0]
            + [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b])

    @Test func moreFormatsAreReadOnRequest() throws {
        try fill("daisy", "roses")
        let formats = try FormatsTests.Golden.all.get()
        try write("daisy/a.webp", try #require(formats.others["webp/lossless"]).file)
        try write("roses/b.TIF", try #require(formats.others["tiff/raw"]).file)
        try write("roses/c.avif", try #require(formats.others["avif/444"]).file)
        try write("roses/named.jpg", try #require(formats.others["webp/lossy"]).file)
        let usual = try dataset()
        #expect(usual.photos.count == 8)
        let all = PhotoReading(formats: .all)
        let data = try dataset(all)
        #expect(data.photos.count == 12 && problems(data).isEmpty)
        #expect(try dataset(all).decodedCount == 0)
        #expect(try dataset().photos == usual.photos)
        let statistics = try DataStatistics(path: root.path, reading: all)
        #expect(statistics.formats == ["jpeg": 8, "webp": 2, "tiff": 1, "avif": 1])
        var search = PhotoSearch(.all)
        try search.add(root.path)
        #expect(search.files.count == 12 && search.others.isEmpty)
    }

    @Test func turnedPhotosAreTurnedOnRequest() throws {
        try fill("daisy", "roses")
        try write("daisy/turned.jpg", photo(200, orientation: 6))
        let reading = PhotoReading(orientation: .apply)
        for _ in 0..<2 {
            let (stored, upright) = (try dataset(), try dataset(reading))
            #expect(problems(stored) == [.turnedPhotos(["daisy": 1])])
            #expect(problems(upright).isEmpty && upright.photos == stored.photos)
        }
        let image = try RGBImage(file: "\(root.path)/daisy/turned.jpg", reading)
        #expect((image.width, image.height) == (10, 20) && image.orientation == .upright)
        let header = try PhotoDecoder(reading).header(path: "\(root.path)/daisy/turned.jpg")
        #expect((header.width, header.height) == (10, 20) && header.orientation == .upright)
        let statistics = try DataStatistics(path: root.path, reading: reading)
        #expect(statistics.turned == nil && statistics.problems.isEmpty)
    }

    @Test func hiddenFoldersOfAClassAreNamed() throws {
        try fill("daisy", "roses")
        try write("daisy/.old/1.jpg", photo(5))
        let data = try dataset()
        #expect(data.photos.count == 9 && problems(data) == [.hiddenFolders(["daisy/.old": 1])])
    }

    // MARK: Classes

    @Test func classesThatLookAlikeAreTold() throws {
        try fill("daisy", "Daisy", "daisy ", "rose red", "Rose_Red", "tulips")
        let problems = problems(try dataset())
        #expect(problems.contains(.classesAlike(["Daisy", "daisy", "daisy "])))
        #expect(problems.contains(.classesAlike(["Rose_Red", "rose red"])))
    }

    @Test func smallClassesAreTold() {
        func photos(_ counts: [(training: Int, validation: Int)]) -> [Photo] {
            counts.enumerated().flatMap { label, count in
                (0..<count.training).map {
                    Photo(file: "\(label)/\($0).jpg", label: label, subset: .training)
                }
                    + (0..<count.validation).map {
                        Photo(file: "\(label)/v\($0).jpg", label: label, subset: .validation)
                    }
            }
        }
        func problems(_ counts: [(training: Int, validation: Int)]) -> [DatasetProblem] {
            DatasetProblem.found(among: ["a", "b", "c"], photos: photos(counts), turned: Tally())
        }
        #expect(problems([(8, 2), (4, 1), (2, 0)]) == [.classesWithoutValidation(["c"])])
        #expect(problems([(8, 2), (1, 1), (2, 1)]) == [])
        #expect(
            problems([(9, 2), (1, 1), (2, 1)]) == [
                .imbalance(largest: "a", photos: 11, smallest: "b", fewest: 2)
            ])
        #expect(
            problems([(3, 1), (0, 2), (1, 0)]) == [
                .classOnlyInValidation("b", photos: 2), .classOfOne("c"), .classesWithoutValidation(["c"]),
            ])
    }

    @Test func turnedPhotosAreToldAndShownUpright() throws {
        try fill("daisy", "roses")
        for i in 0..<3 { try write("roses/turned\(i).jpg", photo(70, orientation: 6)) }
        for isLazy in [true, false] {
            let pool = WorkerPool(count: 1)
            defer { pool.close() }
            let data = try Dataset(
                folder: ImageFolder(path: root.path), name: nil, synthetic: false, imageSize: 32,
                split: SplitPlan(validation: 0.2),
                cacheDirectory: isLazy ? nil : cache.path, isLazy: isLazy, pool: pool,
                progress: { _, _ in },
                isCancelled: { false })
            #expect(problems(data) == [.turnedPhotos(["roses": 3])])
            let turned = try #require(data.photos.firstIndex { $0.file == "roses/turned1.jpg" })
            #expect(data.image(at: turned).orientation == .turnedLeft)
            #expect(data.photos.indices.count { data.image(at: $0).orientation != .upright } == 3)
        }
        let statistics = try DataStatistics(path: root.path)
        #expect(statistics.turned == [0, 3] && statistics.problems == [.turnedPhotos(["roses": 3])])
    }

    // MARK: Layout

    @Test(arguments: [
        ["train", "val", "test"], ["Train", "Test"], ["training_set", "test_set"], ["TRAIN", "Valid"],
        ["seg_train/seg_train", "seg_test/seg_test"], ["train", "validation"],
    ])
    func aSplitIsNotTakenForClasses(folders: [String]) throws {
        for folder in folders { try fill("\(folder)/daisy", "\(folder)/roses") }
        for isForTraining in [true, false] {
            let text = message(isForTraining: isForTraining)
            #expect(text.contains("looks like a split") && text.contains("--data \(root.path)/\(folders[0])"))
            #expect(
                folders.dropFirst().allSatisfy { text.contains("evaluate RUN --data \(root.path)/\($0)") })
        }
        #expect(message(root(folders[0])) == "")
    }

    @Test func aSplitOfAnotherLevelOrWithoutClassesIsExplained() throws {
        try fill("set/train/daisy", "set/train/roses", "set/test")
        #expect(message().contains("train with --data \(root.path)/set/train."))
        try FileManager.default.removeItem(atPath: root("set"))
        try fill("train", "test")
        #expect(message().contains("has no class folders"))
        // Trains among other things are a class.
        try fill("cars")
        #expect(message() == "")
        try fill("test tubes")
        try FileManager.default.removeItem(atPath: root("test"))
        #expect(message() == "")
    }

    @Test func aFolderOfAnotherLevelIsNamed() throws {
        try fill("photos/flowers/daisy", "photos/flowers/roses")
        try write("photos/flowers/LICENSE.txt", Data("text".utf8))
        try write("photos/__MACOSX/daisy/1.jpg", photo(1))
        #expect(
            message()
                == "\(root.path) is a level above the class folders; give --data \(root.path)/photos/flowers."
        )
        #expect(message(root("photos")).contains("--data \(root.path)/photos/flowers."))
        #expect(message(root("photos/flowers")) == "")
        #expect(
            message(root("photos/flowers/daisy")).contains("/photos/flowers."))
        try fill("alone/one")
        #expect(message(root("alone")).contains("has only one class, one"))
    }
}
