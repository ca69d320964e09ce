import Foundation
import Phrases
import ScreenSupport
import TestSupport
import Testing

@testable import Canvas
@testable import Screens

/// Screens as SVG, as a browser lays them out.
@Suite(
    .serialized,
    .enabled(if: Browser.isInstalled, "Chromium is not installed: apt-get install chromium"))
struct BrowserTests {
    /// A character and its place in cells.
    private struct Place: Hashable {
        var row: Int
        var column: Int
        var text: String
    }

    private static func frame(_ keys: String, _ language: Language = .english) throws -> CellBuffer {
        var state = Sample.state(columns: 120, rows: 36, language: language)
        Sample.press(keys, &state)
        return try Sample.view().render(state)
    }

    /// The characters that an SVG has to show as text.
    private static func expected(_ buffer: CellBuffer) -> Set<Place> {
        var places: Set<Place> = []
        for row in 0..<buffer.size.rows {
            for column in 0..<buffer.size.columns {
                let text = buffer[column, row].text
                if !text.isEmpty, text != " ", SVGGlyph(text) == nil {
                    places.insert(Place(row: row, column: column, text: text))
                }
            }
        }
        return places
    }

    /// Lays an SVG out in the browser and returns where each visible character begins.
    ///
    /// - Parameter seconds: the time at which animations are stopped.
    private static func laidOut(_ svg: String, seconds: Double = 0) throws -> [(place: Place, error: Double)]
    {
        let page = """
            <!DOCTYPE html><meta charset="utf-8"><body>\(svg)<output></output><script>
            for (const animation of document.getAnimations()) {
                animation.pause(); animation.currentTime = \(seconds * 1000);
            }
            const lines = [];
            for (const text of document.querySelectorAll("text")) {
                if (getComputedStyle(text).visibility != "visible") continue;
                const content = text.textContent;
                for (let i = 0; i < text.getNumberOfChars(); i++) {
                    const code = content.charCodeAt(i);
                    if (content[i] == " " || code >= 0xdc00 && code < 0xe000 || code == 0xfe0f) continue;
                    const point = text.getStartPositionOfChar(i);
                    lines.push([point.x, point.y, String.fromCodePoint(content.codePointAt(i))].join(" "));
                }
            }
            document.querySelector("output").textContent = lines.join("\\n");
            </script>
            """
        return try Browser.output(of: page).map { line in
            let parts = line.split(separator: " ", maxSplits: 2)
            let (x, y) = (try #require(Double(parts[0])), try #require(Double(parts[1])))
            let column = (x / Double(SVGDrawing.width)).rounded()
            return (
                Place(
                    row: Int((y - 12) / Double(SVGDrawing.height)), column: Int(column),
                    text: String(parts[2])),
                abs(x - column * Double(SVGDrawing.width))
            )
        }
    }

    @Test(arguments: [("", Language.english), ("4v", .english), ("?", .english), ("", .simplifiedChinese)])
    func everyCharacterLiesInItsCell(_ keys: String, _ language: Language) throws {
        let frame = try Self.frame(keys, language)
        let found = try Self.laidOut(frame.svg())
        #expect(Set(found.map(\.place)) == Self.expected(frame))
        #expect(found.allSatisfy { $0.error < 1 }, "\(found.max { $0.error < $1.error }!)")
    }

    /// A text that is stretched over its spaces, as before, is found.
    @Test func charactersOutsideTheirCellsAreFound() throws {
        var frame = CellBuffer(size: Size(columns: 40, rows: 1))
        frame.write("run    finished", column: 2, row: 0, style: Style())
        #expect(Set(try Self.laidOut(frame.svg()).map(\.place)) == Self.expected(frame))
        let stretched = """
            <svg xmlns="http://www.w3.org/2000/svg" width="320" height="16" font-family="monospace" font-size="13.29">
            <text x="16" y="12" textLength="240">run    finished</text></svg>
            """
        #expect(Set(try Self.laidOut(stretched).map(\.place)) != Self.expected(frame))
    }

    @Test func anEmptyCellHasNoInk() throws {
        let frame = try Self.frame("")
        let folder = try TemporaryFolder()
        try Data(frame.svg().utf8).write(to: URL(fileURLWithPath: folder("frame.svg")))
        try Data("<!DOCTYPE html><body style=\"margin:0\"><img src=\"frame.svg\">".utf8)
            .write(to: URL(fileURLWithPath: folder("page.html")))
        let (width, height) = (frame.size.columns * SVGDrawing.width, frame.size.rows * SVGDrawing.height)
        let picture = try Browser.picture(of: folder("page.html"), width: width, height: height)
        try #require(picture.width == width && picture.height >= height)
        var (inked, blank) = (0, 0)
        for row in 0..<frame.size.rows {
            for column in 0..<frame.size.columns {
                // The middle of the cell: a glyph may lean out of its own.
                var colors: Set<[UInt8]> = []
                for y in 4..<12 {
                    for x in 2..<6 {
                        let pixel = (row * 16 + y) * width + column * 8 + x
                        colors.insert(Array(picture.pixels[3 * pixel..<3 * pixel + 3]))
                    }
                }
                let text = frame[column, row].text
                if text == " " {
                    blank += 1
                    #expect(colors.count == 1, "ink at \(column), \(row)")
                } else if text.count == 1, text.first!.isLetter || text.first!.isNumber {
                    inked += 1
                    #expect(colors.count > 1, "no \(text) at \(column), \(row)")
                }
            }
        }
        #expect(inked > 200 && blank > 1000)
    }

    /// Stopped anywhere, an animation shows exactly the frame of that time.
    @Test func anAnimationShowsEachFrameInItsTime() throws {
        let frames = try ["", "2", "4v", "?"].map { try Self.frame($0) }
        let animation = SVGAnimation(
            frames: frames.enumerated().map { .init(start: Double($0.offset) * 0.4, cells: $0.element) },
            seconds: 3)
        let svg = animation.svg()
        for (index, seconds) in [0, 0.41, 1, 1.3, 2.9, 3.1, 7.3].enumerated() {
            let frame = frames[[0, 1, 2, 3, 3, 0, 3][index]]
            #expect(
                Set(try Self.laidOut(svg, seconds: seconds).map(\.place)) == Self.expected(frame),
                "at \(seconds) s")
        }
    }
}
