import Basics
import Foundation
import Photos
import TestSupport
import Testing

@Suite struct PhotoSearchTests {
    private func folder(_ files: [String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for file in files {
            let path = folder.path + "/" + file
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: path))
        }
        return folder
    }

    private func search(_ folder: TemporaryFolder, _ arguments: [String]) throws -> (PhotoSearch, [String]) {
        var search = PhotoSearch()
        for argument in arguments { try search.add(folder.path + "/" + argument) }
        return (search, search.files.map { String($0.dropFirst(folder.path.count + 1)) })
    }

    @Test func foldersAreWalkedInOrder() throws {
        let folder = try folder([
            "a/2.jpg", "a/10.PNG", "a/b/1.jpeg", "a/b/c/0.jpg", "a/notes.txt", "a/raw.CR2", "a/none",
            "a/.hidden.jpg", "a/.trash/1.jpg", "a/@eaDir/1.jpg", "a/Thumbs.db", "z.gif",
        ])
        symlink(folder.path + "/a", folder.path + "/a/b/loop")
        symlink(folder.path + "/a/2.jpg", folder.path + "/a/b/link.jpg")
        let (found, files) = try search(folder, ["a"])
        #expect(files == ["a/10.PNG", "a/2.jpg", "a/b/1.jpeg", "a/b/link.jpg", "a/b/c/0.jpg"])
        #expect(found.others.byKind.counts == [".txt": 1, ".cr2": 1, "without suffix": 1])
        #expect(try search(folder, ["a/"]).1 == files)
    }

    @Test func filesAreTakenAsTheyAreNamed() throws {
        let folder = try folder(["x.webp", "[1].jpg", "1.jpg", "b/2.jpg"])
        #expect(try search(folder, ["x.webp"]).1 == ["x.webp"])
        #expect(try search(folder, ["[1].jpg"]).1 == ["[1].jpg"], "a file with this very name")
        #expect(try search(folder, ["1.jpg", "1.jpg"]).1 == ["1.jpg", "1.jpg"])
    }

    @Test func patternsThatTheShellLeftAloneAreExpanded() throws {
        let folder = try folder(["b.jpg", "a.jpg", "c.png", "d/e.jpg"])
        #expect(try search(folder, ["*.jpg"]).1 == ["a.jpg", "b.jpg"])
        #expect(try search(folder, ["[cd]*"]).1 == ["c.png", "d/e.jpg"])
        #expect(throws: PhotoFailure.self) { try search(folder, ["*.tif"]) }
        #expect(throws: PhotoFailure.self) { try search(folder, ["none.jpg"]) }
    }
}
