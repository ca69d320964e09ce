import Canvas
import Foundation
import TestSupport
import Testing

@testable import Photos

/// `flowers-tui image` with good and bad input.
@Suite struct ImageTests {
    private let photos: TinyPhotos
    private let photo: String

    init() throws {
        photos = try TinyPhotos(perClass: 1)
        photo = photos.data + "/daisy/0.jpg"
    }

    private func image(_ arguments: String...) throws -> Program.Result {
        try Program.run(["image"] + arguments, in: photos)
    }

    private func file(_ name: String, _ data: Data) throws -> String {
        let path = photos.folder.path + "/" + name
        try data.write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Columns and rows of the text without its colours.
    private func size(_ text: String) -> [Int] {
        let plain = text.replacing(/\u{1b}\[[0-9;]*m/, with: "").split(separator: "\n")
        return [plain.map(\.count).max() ?? 0, plain.count]
    }

    private func flat(_ width: Int, _ height: Int) -> Data {
        DemoFlowers.jpeg(
            RGBImage(width: width, height: height, pixels: Array(repeating: 200, count: width * height * 3)))
    }

    @Test func aPipeIsAsGoodAsAFile() throws {
        let expected = try image(photo, "--size", "12x6")
        #expect(expected.status == 0 && expected.output.contains("\u{1b}[0;38;2;"))
        #expect(
            try Program.shell("cat '\(photo)' | \"$PROGRAM\" image - --size 12x6", in: photos).output
                == expected.output)
        #expect(
            try Program.shell("\"$PROGRAM\" image /dev/fd/3 --size 12x6 3<'\(photo)'", in: photos).output
                == expected.output)
    }

    @Test func theRoomIsUsedAsAsked() throws {
        let panorama = try file("panorama.jpg", flat(4000, 8))
        let dot = try file("dot.jpg", flat(1, 1))
        #expect(size(try image(panorama, "--size", "30x10").output) == [30, 1])
        #expect(size(try image(panorama, "--size", "30x10", "--crop").output) == [30, 10])
        #expect(size(try image(panorama, "--cells", "30x10").output) == [30, 10])
        #expect(size(try image(dot, "--size", "30x10").output) == [20, 10])
        #expect(size(try image(dot, "--cells", "30x10", "--fit").output) == [20, 10])
        // Without a terminal, 80 columns and 24 rows are assumed.
        #expect(size(try image(dot).output) == [48, 24])
    }

    @Test func coloursAndSymbolsAreThoseAskedFor() throws {
        #expect(try image(photo, "--size", "12x6", "--colors", "256").output.contains("38;5;"))
        let plain = try image(photo, "--size", "12x6", "--colors", "none").output
        #expect(
            !plain.contains("\u{1b}")
                && plain.unicodeScalars.contains { (0x2801...0x28ff).contains($0.value) })
        #expect(try image(photo, "--size", "12x6", "--colors", "none", "--on-light").output != plain)
        #expect(
            try image(photo, "--cells", "12x6", "--protocol", "sixel").output.hasPrefix(
                "\u{1b}P0;1;0q\"1;1;120;120"))
        #expect(
            try image(photo, "--size", "12x6", "--protocol", "kitty").output.hasPrefix(
                "\u{1b}_Ga=T,U=1,q=2,f=24,i="))
    }

    @Test func whatIsNoPhotoIsNamed() throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: photo))
        for (name, data, reason) in [
            ("empty.jpg", Data(), "is empty (0 bytes)"),
            ("text.jpg", Data("roses are red".utf8), "is not a picture inside"),
            ("cut.jpg", whole.prefix(whole.count / 2), "is a damaged JPEG: "),
            ("header.png", Data([0x89, 0x50, 0x4e, 0x47]), "is a damaged PNG: "),
        ] {
            let path = try file(name, data)
            let result = try image(path, "--size", "4x2")
            #expect(result.status == 1 && result.output.isEmpty)
            #expect(
                result.errors.hasPrefix("flowers-tui: \(path) \(reason)") && result.errors.hasSuffix(".\n"))
        }
        #expect(
            try image(photos.data).errors
                == "flowers-tui: \(photos.data) cannot be read; it must be a photo file.\n")
        #expect(try image("none.jpg").errors == "flowers-tui: There is no file none.jpg.\n")
        // Standard input is the null device here.
        #expect(try image("-").errors == "flowers-tui: Standard input is empty (0 bytes).\n")
        #expect(
            try image().status == 2 && image(photo, "--size", "40").status == 2
                && image(photo, "--fit", "--crop").status == 2)
        #expect(
            try image(photo, "--size", "4x2", "--cells", "4x2").status == 2
                && image(photo, "--protocol", "gif").status == 2)
    }

    @Test func ofSeveralFilesTheGoodOnesAreShown() throws {
        let bad = try file("bad\u{1b}[2J.jpg", Data("x".utf8))
        let result = try image(photo, bad, photo, "--size", "4x2")
        #expect(result.status == 1 && size(result.output)[1] == 6)
        #expect(result.errors.hasSuffix("bad^[[2J.jpg is not a picture inside.\n"))
    }

    @Test(arguments: [
        ("\u{1b}[?62;4c", "P", "0;1;0q"),
        ("\u{1b}P>|kitty(0.42.1)\u{1b}\\\u{1b}_Gi=31;OK\u{1b}\\\u{1b}[?62c", "_", "Ga=T,U=1"),
        ("\u{1b}[?1;2c", "", ""),
    ]) func theTerminalIsAskedForTheBestThatItHas(answer: String, introducer: String, start: String) throws {
        let terminal = try TerminalSession(
            ["image", photo, "--size", "12x6"], columns: 80, rows: 24, in: photos)
        try terminal.wait(for: "the question") { $0.strings.contains { $0.body.contains("a=q") } }
        terminal.send(answer)
        #expect(try terminal.waitForExit() == 0)
        let strings = terminal.screen.strings.filter { !$0.body.contains("a=q") }
        #expect(strings.isEmpty == introducer.isEmpty)
        #expect(
            strings.first.map { String($0.introducer) == introducer && $0.body.hasPrefix(start) }
                ?? introducer.isEmpty)
        #expect(terminal.isRestored && terminal.screen.unknown.isEmpty)
    }
}
