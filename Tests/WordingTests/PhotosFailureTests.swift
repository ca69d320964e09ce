import Basics
import Foundation
import Photos
import Testing
import Wording

/// The words for photos and folders of photos that cannot be used.
@Suite struct PhotosFailureTests {
    private let inner = UserError(FileFailure.cannotBeWritten("/cache/pixels", code: EFBIG))

    @Test func faultsEndASentence() {
        func check(_ fault: PhotoFault, _ payload: String...) {
            for text in [fault.english, fault.simplifiedChinese] {
                #expect(!text.hasSuffix(".") && !text.hasSuffix("。"))
                for part in payload where !part.isEmpty { #expect(text.contains(part), "\(text)") }
            }
            #expect(isChinese(fault.simplifiedChinese) && !isChinese(fault.english))
            expectSentences(PhotoFailure.unusable("daisy/1.jpg", fault), "daisy/1.jpg")
        }
        check(.cannotBeRead)
        check(.larger(thanMiB: 256), "256")
        for kind in FileKind.allCases {
            check(.kind(kind), kind.isOtherPicture && kind != .cameraRaw ? kind.name : "")
            check(.kind(kind), kind.needsRequest ? "--image-formats all" : "")
        }
        #expect(PhotoFault.kind(.video).english.contains("video"))
        #expect(PhotoFault.kind(.cameraRaw).simplifiedChinese.contains("RAW"))
        for format in PhotoHeader.Format.allCases {
            check(.damaged(format, .headerCutShort), format.name)
            check(.damaged(format, .headerSenseless), format.name)
            check(.damaged(format, .cutShort), format.name)
            check(.damaged(format, .tooShort(width: 30, height: 40)), format.name, "30×40")
            check(.damaged(format, .library("Bogus marker")), format.name, "Bogus marker")
            for damage in [PhotoFault.Damage.compressed, .noSuchColor, .pixelsSenseless, .animation] {
                check(.damaged(format, damage), format.name)
            }
            check(.damaged(format, .bitsPerPixel(16)), format.name, "16")
            check(.noLibrary(format), format.name, "lib")
            check(.tooManyPixels(format, width: 30, height: 40), format.name, "30×40")
        }
        check(.tooManyScans(501, width: 30, height: 40), "501", "30×40")
        #expect(PhotoFault.recorded("is odd").simplifiedChinese == "is odd")
    }

    /// Files hold a fault by its sentence, also those of older versions.
    @Test func faultsSurviveAFile() throws {
        func again(_ fault: PhotoFault) throws -> PhotoFault {
            try JSONDecoder().decode(PhotoFault.self, from: JSONEncoder().encode(fault))
        }
        for fault in [
            .cannotBeRead, .damaged(.jpeg, .cutShort), .noLibrary(.heic), .damaged(.gif, .noSuchColor),
        ] + FileKind.allCases.map(PhotoFault.kind) {
            #expect(try again(fault) == fault)
        }
        #expect(try again(.larger(thanMiB: 256)) == .recorded("has more than 256 MiB, too many for a photo"))
        let old = Data(
            #"{"file": "daisy/1.gif", "reason": "is a GIF; only JPEG and PNG are read", "kind": "gif"}"#.utf8)
        for (text, kind) in [("an HTML page", FileKind.html), ("a JPEG 2000", .jpeg2000), ("a TIFF", .tiff)] {
            let json = Data("\"is \(text); only JPEG and PNG are read\"".utf8)
            #expect(try JSONDecoder().decode(PhotoFault.self, from: json) == .kind(kind))
        }
        let photo = try JSONDecoder().decode(SkippedPhoto.self, from: old)
        #expect(photo == SkippedPhoto(file: "daisy/1.gif", fault: .kind(.gif), kind: .gif))
        #expect(String(decoding: try JSONEncoder().encode(photo), as: UTF8.self).contains(photo.reason))
    }

    @Test func photos() {
        expectSentences(PhotoFailure.missing("/a.jpg"), "/a.jpg")
        let reason = String(cString: strerror(EACCES))
        expectSentences(PhotoFailure.cannotBeOpened("/a.jpg", code: EACCES), "/a.jpg", reason)
    }

    @Test func folders() {
        typealias Failure = PhotoFolderFailure
        expectSentences(Failure.missing("/p"), "/p", "--data")
        expectSentences(Failure.isFile("/p"), "/p", "--data")
        expectSentences(Failure.cannotBeRead("/p"), "/p")
        expectSentences(Failure.aboveClasses("/p", classes: "/p/c"), "/p", "--data /p/c")
        expectSentences(Failure.noClasses("/p", photos: 12), "/p", "12")
        expectSentences(Failure.mayBeClass("/q/p", photos: 12, parent: "/q"), "/q/p", "12", "--data")
        expectSentences(Failure.noFolders("/p"), "/p", "/p/daisy")
        expectSentences(Failure.noPhotos("/p", others: [:]), "/p", ".jpeg")
        expectSentences(Failure.noPhotos("/p", others: ["WebP": 3]), "/p", "3 WebP")
        expectSentences(Failure.oneClass("/p", name: "daisy"), "/p", "daisy")
        expectSentences(
            Failure.noUsablePhoto("/p", first: "daisy/1.jpg", .kind(.webP)), "/p", "daisy/1.jpg", "WebP")
        expectSentences(Failure.oneUsableClass("/p", name: "daisy"), "/p", "daisy")
        for subset in [Subset.training, .validation] {
            expectSentences(
                Failure.emptySubset(subset, photos: 12, validationSplit: 0.01), "12", "0.01",
                "--validation-split")
        }
        var divided = DividedFolder(
            path: "/p", parts: ["train", "val"], training: "/p/train", hasClasses: true,
            evaluation: ["/p/val"])
        expectSentences(
            Failure.divided(divided), "/p", "train, val", "--data /p/train",
            "flowers-tui evaluate RUN --data /p/val --subset all", "--given-split")
        divided.hasClasses = false
        expectSentences(Failure.divided(divided), "train, val", "/p/train")
        #expect(!Failure.divided(divided).english.contains("evaluate"))
        expectSentences(Failure.notDivided("/p"), "/p", "--given-split")
        expectSentences(
            Failure.classNotTrained("/p/val", name: "iris", classes: ["rose"]), "/p/val", "iris", "rose")
        expectSentences(
            Failure.emptySubset(.test, photos: 12, validationSplit: 0.01), "12", "0.01", "--test-split")
    }

    @Test func exclusionLists() {
        typealias Failure = ExclusionListFailure
        expectSentences(Failure.missing("/l"), "/l", "--exclude")
        expectSentences(Failure.isFolder("/l"), "/l", "--exclude")
        expectSentences(Failure.cannotBeRead("/l"), "/l")
        expectSentences(Failure.longer("/l", thanMB: 64), "/l", "64 MB")
        expectSentences(Failure.noText("/l"), "/l")
        expectSentences(Failure.noPath("/l", line: 7), "/l", "7", "daisy/1.jpg")
        expectSentences(Failure.otherFile("/l"), "/l")
        expectSentences(Failure.leavesNone(class: "daisy", folder: "/p/daisy"), "daisy", "/p/daisy")
        expectSentences(Failure.leavesNoneFor(.training))
        expectSentences(Failure.leavesNoneFor(.validation))
    }

    @Test func sources() {
        typealias Failure = PhotosSourceFailure
        expectSentences(
            Failure.notWhole("/p", class: "daisy", photos: 12, expected: 633), "/p", "daisy", "12", "633")
        expectSentences(Failure.demoCannotBeWritten("/p"), "/p")
    }

    @Test func pixelCaches() {
        typealias Problem = PixelCacheProblem
        expectSentences(Problem.inMemoryOnly(inner), "/cache/pixels", "ulimit -f")
        expectSentences(Problem.decodedInEveryEpoch(inner), "/cache/pixels", "ulimit -f")
        expectSentences(Problem.notKept(inner), "/cache/pixels", "ulimit -f")
        expectSentences(Problem.mended("daisy/1.jpg", isSame: true), "daisy/1.jpg")
        expectSentences(Problem.mended("daisy/1.jpg", isSame: false), "daisy/1.jpg")
        #expect(
            Problem.mended("daisy/1.jpg", isSame: false).simplifiedChinese
                != Problem.mended("daisy/1.jpg", isSame: true).simplifiedChinese)
        expectSentences(Problem.lost("daisy/1.jpg"), "daisy/1.jpg")
        expectSentences(PixelCacheFailure(photos: 12, mebibytes: 34), "12", "34 MiB", "$FLOWERS_TUI_CACHE")
    }
}
