import Foundation
import TestSupport
import Testing

@testable import Basics

/// Files that a person names for output, and the sentences when they cannot be written.
@Suite struct OutputTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: folder(name))), as: UTF8.self)
    }

    private func mode(_ name: String) -> mode_t {
        var status = stat()
        return stat(folder(name), &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder(name)))
    }

    @Test func aLinkIsFollowedAndTheFileKeepsItsMode() throws {
        try write("old and longer", "target")
        chmod(folder("target"), 0o640)
        try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "target")
        #expect(try ExportFile.write(Data("new".utf8), to: folder("link")) == .file)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("link")) == "target")
        #expect(try text("target") == "new" && mode("target") == 0o640)
        #expect(try folder.contents() == ["link", "target"])
    }

    @Test func everyNameOfAFileLeadsToTheNewContent() throws {
        try write("old", "one")
        #expect(link(folder("one"), folder("two")) == 0)
        try ExportFile.write(Data("n".utf8), to: folder("one"))
        #expect(try text("one") == "n" && text("two") == "n")
    }

    @Test func aPipeIsWrittenToAndStaysOne() throws {
        #expect(mkfifo(folder("pipe"), 0o600) == 0)
        // Opened for both, it blocks neither end.
        let reader = open(folder("pipe"), O_RDWR | O_NONBLOCK)
        defer { close(reader) }
        #expect(try ExportFile.write(Data("through".utf8), to: folder("pipe")) == .stream)
        var bytes = [UInt8](repeating: 0, count: 16)
        #expect(read(reader, &bytes, 16) == 7)
        var status = stat()
        #expect(stat(folder("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        #expect(try ExportFile.write(Data("gone".utf8), to: "/dev/null") == .stream)
    }

    @Test func aNewFileReplacesNone() throws {
        func save(_ text: String) throws -> String {
            try ExportFile.writeNew(Data(text.utf8), named: "run", type: "svg", in: folder.path)
        }
        #expect(try ["a", "b", "c"].map(save) == ["run", "run-2", "run-3"].map { folder("\($0).svg") })
        try FileManager.default.removeItem(atPath: folder("run-2.svg"))
        // Whatever has the name keeps it: a folder, or a link to nowhere.
        try FileManager.default.createSymbolicLink(
            atPath: folder("run-2.svg"), withDestinationPath: "nowhere")
        #expect(try save("d") == folder("run-4.svg"))
        #expect(try text("run.svg") == "a" && text("run-3.svg") == "c" && text("run-4.svg") == "d")
        #expect(try folder.contents() == ["run-2.svg", "run-3.svg", "run-4.svg", "run.svg"])
    }

    @Test func whatCannotBeWrittenIsNamed() throws {
        #expect(userError { try ExportFile.write(Data(), to: folder.path) }?.contains("is a folder") == true)
        try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "nowhere")
        let link = userError { try ExportFile.write(Data(), to: folder("link")) }
        #expect(link?.contains("link to nowhere, which is not there") == true, "\(link ?? "")")
        let missing = userError { try ExportFile.write(Data(), to: folder("no/file")) }
        #expect(missing?.contains("its folder is not there") == true, "\(missing ?? "")")
        #expect(!FileManager.default.fileExists(atPath: folder("nowhere")))
    }

    private func userError(_ body: () throws -> some Any) -> String? {
        do {
            _ = try body()
            return nil
        } catch { return (error as? any Failure)?.message }
    }

    /// The way a file is moved elsewhere depends on the innermost folder it lies in.
    @Test func filesBelongToTheInnermostFolder() {
        let environment = ["FLOWERS_TUI_CACHE": "/c/cache", "TMPDIR": "/c"]
        Places.noteHome("/c/home")
        func place(_ path: String) -> Places.Place { Places.place(path, environment: environment) }
        #expect(place("/c/home/runs/0001/last.safetensors") == .home)
        #expect(place("/c/cache/pixels/a.cache") == .cache)
        #expect(place("/c/flowers-tui-1") == .temporary)
        #expect(["/c/homes/a", "/c/x", "/elsewhere/out.html"].allSatisfy { place($0) == .other })
        #expect(AtomicFile.failure("/elsewhere/a", ENOSPC).writeCode == ENOSPC)
    }

    @Test func temporaryFilesGoToTheNextFolder() throws {
        var environment = ["TMPDIR": folder("none"), "FLOWERS_TUI_CACHE": folder("cache")]
        let place = try Scratch.withFile(environment: environment) { path in
            try AtomicFile.write(Data("x".utf8), to: path)
            return path
        }
        #expect(place.hasPrefix(folder("cache")) && !FileManager.default.fileExists(atPath: place))
        let descriptor = Scratch.open(environment: environment)
        #expect(descriptor >= 0)
        #expect(try folder.contents() == ["cache"])
        close(descriptor)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("cache")) == [])

        try write("", "file")
        environment["FLOWERS_TUI_CACHE"] = folder("file/cache")
        let error = userError {
            try Scratch.withFile(environment: environment) { try AtomicFile.write(Data(), to: $0) }
        }
        #expect(error?.contains("$TMPDIR") == true && error?.contains(folder("none")) == true)
        // Another failure than that of writing is not tried again.
        var calls = 0
        #expect(throws: UserError("damaged")) {
            try Scratch.withFile { _ in
                calls += 1
                throw UserError("damaged")
            }
        }
        #expect(calls == 1)
    }
}

@Suite struct UserPathTests {
    @Test func homesAreExpanded() {
        let environment = ["HOME": "/people/ann"]
        #expect(UserPath.expanded("~/photos", environment: environment) == "/people/ann/photos")
        #expect(UserPath.expanded("~", environment: environment) == "/people/ann")
        #expect(UserPath.expanded("~root/x", environment: environment) == "/root/x")
        for same in ["photos/~", "/a/~/b", "~nobody-of-this-name/x", "", "-", "a~"] {
            #expect(UserPath.expanded(same, environment: environment) == same)
        }
    }

    @Test func pathsBecomeAbsolute() throws {
        let here = FileManager.default.currentDirectoryPath
        #expect(UserPath.absolute("photos") == here + "/photos")
        #expect(UserPath.absolute("./a//b/") == here + "/a/b")
        #expect(UserPath.absolute("/") == "/" && UserPath.absolute("/a/./b") == "/a/b")
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder("a/b"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "a/b")
        // Links stay, except where .. leads through them.
        #expect(UserPath.absolute(folder("link")).hasSuffix("/link"))
        #expect(UserPath.absolute(folder("link/..")).hasSuffix("/a"))
    }
}
