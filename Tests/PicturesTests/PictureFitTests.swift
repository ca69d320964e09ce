import Canvas
import Foundation
import Testing

@testable import Pictures

/// Cells against the least error that NumPy finds by exhaustive search, and against literal output.
@Suite struct PictureFitTests {
    @Test(arguments: SymbolSet.allCases.filter { $0 != .braille }) func nothingFitsBetter(symbols: SymbolSet)
        throws
    {
        let limit = try #require(try Blots.load().limits[symbols.rawValue])
        let error = try #require(Blots.error(Blots.picture.cells(columns: 5, rows: 5, symbols: symbols)))
        // Thirds of a cell do not fall on whole rows of the script's sixteen.
        #expect(10 * log10(error / limit) < (symbols == .sextant ? 0.03 : 0.02))
        // Colours are integers, so the limit cannot be reached exactly.
        #expect(error > limit)
    }

    /// The error measure rejects plain black and white.
    @Test func theErrorOfWrongCellsIsSeen() throws {
        let limit = try #require(try Blots.load().limits["half"])
        let cells = CellBuffer(
            size: Size(columns: 5, rows: 5),
            fill: Cell("▀", style: Style(foreground: .rgb(255, 255, 255), background: .rgb(0, 0, 0))))
        #expect(try #require(Blots.error(cells)) > limit * 10)
        #expect(Blots.error(CellBuffer(size: Size(columns: 5, rows: 5), fill: Cell("x"))) == nil)
    }

    /// A red triangle on blue, 8×8 pixels, drawn as 2×2 cells.
    private let triangle = RGBImage(
        width: 8, height: 8,
        pixels: (0..<64).flatMap { (i: Int) -> [UInt8] in i % 8 <= i / 8 ? [230, 40, 30] : [20, 30, 200] })

    @Test(arguments: [
        (
            ColorDepth.trueColor,
            [
                "^[0;38;2;20;30;200;48;2;195;38;58m▝^[0;48;2;20;30;200m ^[0m",
                "^[0;48;2;230;40;30m ^[0;38;2;20;30;200;48;2;195;38;58m▝^[0m",
            ]
        ),
        (
            .palette256,
            [
                "^[0;38;5;20;48;5;161m▝^[0;38;5;61;48;5;20m░^[0m",
                "^[0;38;5;203;48;5;160m░^[0;38;5;20;48;5;161m▝^[0m",
            ]
        ),
        (.ansi16, ["^[0;34;41m▝^[0;90;44m░^[0m", "^[0;91;100m▓^[0;34;41m▝^[0m"]),
    ]) func cellsAreThese(depth: ColorDepth, expected: [String]) {
        let text = triangle.cells(columns: 2, rows: 2, depth: depth).ansi(colors: depth)
        #expect(text.replacing("\u{1b}", with: "^").split(separator: "\n").map(String.init) == expected)
    }

    /// Grey from 0 in the upper left corner to 255 in the lower right.
    private let slope = RGBImage(
        width: 16, height: 16,
        pixels: (0..<256).flatMap { (i: Int) in
            Array(repeating: UInt8((i % 16 + i / 16) * 255 / 30), count: 3)
        })

    @Test func dotsFollowTheLight() {
        let dark = slope.cells(columns: 8, rows: 4, depth: .none)
        let light = slope.cells(columns: 8, rows: 4, depth: .none, isOnLight: true)
        #expect(lines(dark) == ["    ⢀⠠⢐⢐", "  ⢀⢐⠠⢊⢔⢕", " ⡐⡐⡐⡌⡎⡮⣺", "⢐⢐⢔⢕⢵⢽⣽⣿"])
        #expect(lines(light) == ["⣿⣿⣿⣿⡿⣟⡯⡯", "⣿⣿⡿⡯⣟⡵⡫⡪", "⣿⢯⢯⢯⢳⢱⢑⠅", "⡯⡯⡫⡪⡊⡂⠂ "])
        #expect(dark.cells.allSatisfy { $0.style == Style() })
    }

    private func lines(_ buffer: CellBuffer) -> [String] {
        buffer.ansi(colors: .none).split(separator: "\n").map(String.init)
    }

    /// The share of dots is the squared brightness, which is close to the share of light: code 188
    /// has half the light of white, and half the code has 22 % of it.
    @Test(arguments: [(188, 0.53...0.56), (128, 0.24...0.27), (255, 1...1), (0, 0...0)])
    func aFlatPictureHasDotsForItsLight(code: Int, expected: ClosedRange<Double>) {
        let flat = RGBImage(width: 4, height: 4, pixels: Array(repeating: UInt8(code), count: 48))
        let dots = flat.cells(columns: 20, rows: 10, depth: .none).cells.reduce(0) { sum, cell in
            let scalar = cell.text.unicodeScalars.first!.value
            return sum + (scalar < 0x2800 ? 0 : (scalar - 0x2800).nonzeroBitCount)
        }
        #expect(expected.contains(Double(dots) / 1600))
    }

    /// The 16 colours include no pink; error diffusion mixes it so that the mean comes closer.
    @Test func fewColoursAreMixed() {
        let pink = RGBImage(
            width: 4, height: 4, pixels: (0..<16).flatMap { _ in [240, 150, 170] as [UInt8] })
        func mean(diffuses: Bool) -> SIMD3<Double> {
            let cells = pink.cells(
                columns: 24, rows: 12, symbols: .half, depth: .ansi16, diffusesError: diffuses
            ).cells
            let sum = cells.reduce(SIMD3<Double>.zero) { sum, cell in
                func value(_ color: Color) -> SIMD3<Double> {
                    let (r, g, b) = color.components ?? (0, 0, 0)
                    return SIMD3(Double(r), Double(g), Double(b))
                }
                return sum
                    + (cell.text == "▀"
                        ? (value(cell.style.foreground) + value(cell.style.background)) / 2
                        : value(cell.style.background))
            }
            return sum / Double(cells.count)
        }
        func off(_ color: SIMD3<Double>) -> Double {
            let d = color - SIMD3(240, 150, 170)
            return (d * d).sum().squareRoot()
        }
        #expect(off(mean(diffuses: true)) < off(mean(diffuses: false)) * 0.75)
    }
}
