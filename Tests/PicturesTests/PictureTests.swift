import Canvas
import Testing

@testable import Pictures

@Suite struct PictureTests {
    let gradient = RGBImage(
        width: 16, height: 16,
        pixels: (0..<256).flatMap { (i: Int) -> [UInt8] in
            let (x, y) = (i % 16, i / 16)
            return [UInt8(x * 16), UInt8(y * 16), UInt8((x + y) * 8)]
        })

    @Test func aFlatPictureIsBackgroundOnly() {
        let flat = RGBImage(width: 4, height: 4, pixels: Array(repeating: 77, count: 48))
        for symbols in [SymbolSet.half, .quadrant, .sextant] {
            let cells = flat.cells(columns: 3, rows: 2, symbols: symbols)
            #expect(cells.cells.allSatisfy { $0 == Cell(" ", style: Style(background: .rgb(77, 77, 77))) })
        }
    }

    @Test func halvesTakeTheirOwnColours() {
        let picture = RGBImage(width: 1, height: 2, pixels: [255, 0, 0, 0, 0, 255])
        let cell = picture.cells(columns: 1, rows: 1, symbols: .half)[0, 0]
        #expect(cell.text == "▀")
        #expect(cell.style == Style(foreground: .rgb(255, 0, 0), background: .rgb(0, 0, 255)))
    }

    @Test func quadrantsFindACorner() {
        let black: [UInt8] = [0, 0, 0]
        let white: [UInt8] = [255, 255, 255]
        let picture = RGBImage(width: 2, height: 2, pixels: white + black + black + black)
        #expect(picture.cells(columns: 1, rows: 1, symbols: .quadrant)[0, 0].text == "▘")
    }

    @Test func sextantsFollowUnicode() {
        #expect(SymbolSet.sextants[1] == "\u{1fb00}")
        #expect(SymbolSet.sextants[0b010100] == "\u{1fb13}")
        #expect(SymbolSet.sextants[0b010110] == "\u{1fb14}")
        #expect(SymbolSet.sextants[0b111110] == "\u{1fb3b}")
    }

    @Test(arguments: ColorDepth.allCases) func coloursFitTheTerminal(depth: ColorDepth) {
        for cell in gradient.cells(columns: 8, rows: 4, depth: depth).cells {
            for color in [cell.style.foreground, cell.style.background] {
                #expect(color.reduced(to: depth) == color)
            }
        }
    }

    @Test func shapeIsKept() {
        #expect(
            RGBImage.fitCells(width: 100, height: 100, columns: 40, rows: 40) == Size(columns: 40, rows: 20))
        #expect(
            RGBImage.fitCells(width: 100, height: 100, columns: 40, rows: 10) == Size(columns: 20, rows: 10))
        #expect(RGBImage.fitCells(width: 0, height: 5, columns: 4, rows: 4) == Size(columns: 0, rows: 0))
    }
}
