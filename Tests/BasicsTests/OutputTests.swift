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
        #expect(try ExportFile.write(Data("new".utf8), to: folder("link"), replacing: true) == .file)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("link")) == "target")
        #expect(try text("target") == "new" && mode("target") == 0o640)
        #expect(try folder.contents() == ["link", "target"])
    }

    @Test func everyNameOfAFileLeadsToTheNewContent() throws {
        try write("old", "one")
        #expect(link(folder("one"), folder("two")) == 0)
        try ExportFile.write(Data("n".utf8), to: folder("one"), replacing: true)
        #expect(try text("one") == "n" && text("two") == "n")
    }

    @Test func aPipeIsWrittenToAndStaysOne() throws {
        #expect(mkfifo(folder("pipe"), 0o600) == 0)
        // Opened for both, it blocks neither end.
        let reader = open(folder("pipe"), O_RDWR | O_NONBLOCK)
        defer { close(reader) }
        #expect(try ExportFile.write(Data("through".utf8), to: folder("pipe"), replacing: false) == .stream)
        var bytes = [UInt8](repeating: 0, count: 16)
        #expect(read(reader, &bytes, 16) == 7)
        var status = stat()
        #expect(stat(folder("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        #expect(try ExportFile.write(Data("gone".utf8), to: "/dev/null", replacing: false) == .stream)
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
        let isFolder = userError { try ExportFile.write(Data(), to: folder.path, replacing: true) }
        #expect(isFolder?.contains("is a folder") == true)
        try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "nowhere")
        let link = userError { try ExportFile.write(Data(), to: folder("link"), replacing: true) }
        #expect(link?.contains("link to nowhere, which is not there") == true, "\(link ?? "")")
        for missing in [
            userError { try ExportFile.write(Data(), to: folder("no/file"), replacing: true) },
            userError { try ExportFile.check(folder("no/file"), replacing: false) },
        ] { #expect(missing?.contains("its folder is not there") == true, "\(missing ?? "")") }
        #expect(!FileManager.default.fileExists(atPath: folder("nowhere")))
    }

    /// Not even an empty file or the target of a link is replaced unasked.
    @Test func whatIsThereIsRefusedUnlessItIsToBeReplaced() throws {
        try write("old", "file")
        try write("", "empty")
        try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "file")
        for name in ["file", "empty", "link"] {
            let failure = FileFailure.alreadyThere(folder(name))
            #expect(throws: failure) { try ExportFile.check(folder(name), replacing: false) }
            #expect(throws: failure) {
                try ExportFile.write(Data("new".utf8), to: folder(name), replacing: false)
            }
            try ExportFile.check(folder(name), replacing: true)
        }
        #expect(try text("file") == "old" && text("empty") == "")
        #expect(try ExportFile.write(Data("new".utf8), to: folder("file"), replacing: true) == .file)
        #expect(try ExportFile.write(Data("new".utf8), to: folder("other"), replacing: false) == .file)
        #expect(try text("file") == "new" && text("other") == "new")
        let sentence = FileFailure.alreadyThere("/out/m.onnx").message
        #expect(sentence.contains("/out/m.onnx exists already") && sentence.contains("--replace"))
    }

    /// A file that comes into being while another is written under its name stays.
    @Test func aFileMadeMeanwhileIsNotReplaced() throws {
        for path in [folder("one"), folder("two")] {
            #expect(throws: FileFailure.alreadyThere(path)) {
                try ExportFile.write(path, replacing: false) { file in
                    try file.append(line: "late")
                    try Data("first".utf8).write(to: URL(fileURLWithPath: path))
                }
            }
        }
        #expect(try text("one") == "first" && folder.contents() == ["one", "two"])
    }

    @Test func filesOfAFolderAreWrittenTogetherOrNotAtAll() throws {
        func put(_ text: String, _ names: [String], replacing: Bool = false) throws {
            try ExportFile.write(
                names.map { ($0, Data(text.utf8)) }, in: folder("a/b"), replacing: replacing)
        }
        try put("1", ["x", "y"])
        // One that is there is enough for none to be written.
        #expect(throws: FileFailure.alreadyThere(folder("a/b/y"))) { try put("2", ["w", "y", "z"]) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("a/b")).sorted() == ["x", "y"])
        try put("3", ["y", "z"], replacing: true)
        #expect(try ["x", "y", "z"].map { try text("a/b/\($0)") } == ["1", "3", "3"])
        #expect(throws: (any Error).self) {
            try ExportFile.write([("no/file", Data())], in: folder("c/d"), replacing: false)
        }
        // Nor is a folder left that was made for them.
        #expect(try folder.contents() == ["a"])
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
