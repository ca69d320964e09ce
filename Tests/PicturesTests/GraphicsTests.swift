import Canvas
import Foundation
import Testing

@testable import Pictures

/// Sixel and kitty graphics: the output equals the output that Tests/Fixtures/pictures.py had other
/// programs decode.
@Suite struct GraphicsTests {
    private func decibels(_ pixels: [UInt8]) -> Double {
        let error =
            zip(pixels, Blots.picture.pixels).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
            / Double(pixels.count)
        return 10 * log10(255 * 255 / error)
    }

    @Test(arguments: [(256, "blots.six", 29.0), (16, "blots-16.six", 19.5)])
    func sixelIsWhatLibsixelDecodes(colors: Int, file: String, least: Double) throws {
        #expect(try Sixel.encode(Blots.picture, colors: colors) == Blots.encoding(file))
        var quantizer = ColorQuantizer(Blots.picture, count: colors, rounded: Sixel.rounded)
        let meant = quantizer.dithered(Blots.picture).flatMap { index -> [UInt8] in
            let color = quantizer.colors[Int(index)]
            return [UInt8(color.x), UInt8(color.y), UInt8(color.z)]
        }
        let decoded = try Blots.load().sixelPixels(colors: colors)
        #expect(decoded == meant)
        #expect(decibels(decoded) > least)
    }

    @Test func sixelWritesRunsAndBands() {
        let red = RGBImage(width: 5, height: 7, pixels: (0..<35).flatMap { _ in [255, 0, 0] as [UInt8] })
        #expect(Sixel.encode(red) == "\u{1b}P0;1;0q\"1;1;5;7#0;2;100;0;0#0!5~-#0!5@-\u{1b}\\")
        let two = RGBImage(width: 2, height: 1, pixels: [0, 0, 0, 255, 255, 255])
        #expect(Sixel.encode(two) == "\u{1b}P0;1;0q\"1;1;2;1#0;2;0;0;0#1;2;100;100;100#0@$#1?@-\u{1b}\\")
        #expect(Sixel.encode(RGBImage(width: 0, height: 0, pixels: [])) == "")
    }

    @Test func fewColoursStayAsTheyAre() {
        let colors: [SIMD4<Float>] = [SIMD4(0, 0, 0, 0), SIMD4(255, 0, 0, 0), SIMD4(0, 102, 51, 0)]
        let pixels = (0..<60).flatMap { i -> [UInt8] in
            let color = colors[i * i % 3]
            return [UInt8(color.x), UInt8(color.y), UInt8(color.z)]
        }
        let quantizer = ColorQuantizer(
            RGBImage(width: 10, height: 6, pixels: pixels), count: 256, rounded: Sixel.rounded)
        #expect(Set(quantizer.colors).isSubset(of: colors) && quantizer.colors.count == 2)
    }

    @Test func kittyIsWhatTheProtocolSays() throws {
        let blots = try Blots.load()
        let size = Size(columns: 4, rows: 4)
        let cells = KittyGraphics.cells(size: size, id: blots.kittyNumber)
        let text =
            KittyGraphics.transmit(Blots.picture, id: blots.kittyNumber, size: size)
            + cells.ansi(colors: .trueColor)
        #expect(try text == Blots.encoding("blots.kitty"))
        #expect(KittyGraphics.diacritics.map(\.value) == blots.diacritics)
        #expect(KittyGraphics.limit == 297)
        #expect(cells.cells.allSatisfy { displayWidth($0.text) == 1 })
    }

    @Test func numbersAreColours() {
        #expect(KittyGraphics.color(of: 200) == .palette(200))
        #expect(KittyGraphics.color(of: 0x12_34_56) == .rgb(0x12, 0x34, 0x56))
        #expect(KittyGraphics.cells(size: Size(columns: 300, rows: 1), id: 7)[297, 0] == .blank)
        #expect(KittyGraphics.delete(id: 7) == "\u{1b}_Ga=d,d=I,q=2,i=7\u{1b}\\")
        let dot = RGBImage(width: 1, height: 1, pixels: [1, 2, 3])
        #expect(
            KittyGraphics.transmit(dot, id: 9, size: Size(columns: 2, rows: 1))
                == "\u{1b}_Ga=T,U=1,q=2,f=24,i=9,s=1,v=1,c=2,r=1,m=0;AQID\u{1b}\\")
    }
}
