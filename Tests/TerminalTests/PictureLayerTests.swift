import Basics
import Canvas
import Foundation
import Photos
import Pictures
import Testing

@testable import Terminal

/// The picture sequences written beside the cells, frame by frame.
@Suite struct PictureLayerTests {
    private func placed(_ id: Int, column: Int, row: Int = 2) -> PlacedPicture {
        let picture = RGBImage(
            width: 4, height: 4, pixels: (0..<48).map { UInt8(truncatingIfNeeded: $0 * 5 ^ id) })
        return PlacedPicture(
            id: id, picture: picture, column: column, row: row, cells: picture.cells(columns: 6, rows: 3),
            background: .palette(3))
    }

    private func buffer(_ pictures: PlacedPicture..., text: String = "", column: Int = 0, row: Int = 0)
        -> CellBuffer
    {
        var buffer = CellBuffer(size: Size(columns: 30, rows: 8))
        for picture in pictures { buffer.place(picture) }
        buffer.write(text, column: column, row: row, style: Style())
        return buffer
    }

    private func layer(_ pictures: PictureProtocol, depth: ColorDepth = .trueColor) -> PictureLayer {
        var layer = PictureLayer(depth: depth)
        layer.pictures = pictures
        layer.cell = PixelSize(width: 8, height: 16)
        return layer
    }

    private func sixels(_ frame: PictureLayer.Frame) -> Int {
        frame.after.components(separatedBy: "\u{1b}P").count - 1
    }

    @Test func cellsAreLeftAsTheyAre() {
        var layer = layer(.cells)
        let buffer = buffer(placed(1, column: 1))
        let frame = layer.frame(buffer, over: nil)
        #expect(
            frame.buffer == buffer && frame.before.isEmpty && frame.after.isEmpty && frame.wiped.isEmpty
                && frame.isComplete)
    }

    // MARK: kitty

    @Test(arguments: [(ColorDepth.palette256, 16), (.trueColor, 0x080000)]) func kittyGetsAPictureOnce(
        depth: ColorDepth, number: Int
    ) {
        var layer = layer(.kitty, depth: depth)
        let first = layer.frame(buffer(placed(1, column: 1)), over: nil)
        #expect(
            first.before
                == KittyGraphics.transmit(
                    placed(1, column: 1).picture, id: number, size: Size(columns: 6, rows: 3)))
        let cell = first.buffer[6, 4]
        #expect(cell.text == "\u{10eeee}\u{30e}\u{33d}")
        #expect(cell.style == Style(foreground: KittyGraphics.color(of: number), background: .palette(3)))
        #expect(first.buffer[7, 4] == .blank && first.buffer[0, 2] == .blank)
        // Moved and partly covered, it is not sent again.
        let second = layer.frame(
            buffer(placed(1, column: 3), text: "over", column: 4, row: 2), over: first.buffer)
        #expect(second.before.isEmpty && second.after.isEmpty && second.wiped.isEmpty)
        #expect(
            (3...8).map { second.buffer[$0, 2].text.unicodeScalars.first } == [
                "\u{10eeee}", "o", "v", "e", "r", "\u{10eeee}",
            ])
        #expect(layer.clear() == KittyGraphics.delete(id: number))
        #expect(layer.frame(buffer(placed(1, column: 1)), over: second.buffer).before == first.before)
    }

    /// Colours are drawn with five bits per channel, and the picture number, encoded as a colour,
    /// must survive that.
    @Test func kittysNumbersSurviveFiveBits() {
        var layer = layer(.kitty)
        var seen: Set<Color> = []
        for id in 0..<PictureLayer.limit {
            let color = layer.frame(buffer(placed(id, column: 0)), over: nil).buffer[0, 2].style.foreground
            guard case .rgb(let r, let g, let b) = color else {
                Issue.record("\(color)")
                continue
            }
            #expect([r, g, b].allSatisfy { $0 == $0 & 0xf8 | $0 >> 5 } && seen.insert(color).inserted)
        }
        // The next picture takes the number of the least recently used one.
        #expect(
            seen.contains(
                layer.frame(buffer(placed(1000, column: 0)), over: nil).buffer[0, 2].style.foreground))
        #expect(!layer.frame(buffer(placed(0, column: 0)), over: nil).before.isEmpty)
    }

    // MARK: Sixel

    @Test func sixelIsDrawnOnceAtItsPlace() {
        var layer = layer(.sixel)
        let buffer = buffer(placed(1, column: 1))
        let first = layer.frame(buffer, over: nil)
        #expect(first.buffer == buffer)
        #expect(
            first.after.hasPrefix("\u{1b}7\u{1b}[3;2H\u{1b}P0;1;0q\"1;1;48;48#")
                && first.after.hasSuffix("\u{1b}\\\u{1b}8"))
        let second = layer.frame(buffer, over: buffer)
        #expect(second.after.isEmpty && second.wiped.isEmpty)
        // Drawn again after the whole screen was rewritten.
        #expect(layer.frame(buffer, over: nil).after == first.after)
    }

    @Test func whatLiesOverASixelOrTakesItsPlaceWipesIt() {
        var layer = layer(.sixel)
        let plain = buffer(placed(1, column: 1))
        let covered = buffer(placed(1, column: 1), text: "x", column: 3, row: 4)
        _ = layer.frame(plain, over: nil)
        let under = layer.frame(covered, over: plain)
        #expect(under.after.isEmpty && under.wiped == [2, 3, 4])
        #expect(layer.frame(covered, over: covered).wiped.isEmpty)
        #expect(sixels(layer.frame(plain, over: covered)) == 1)
        let moved = layer.frame(buffer(placed(1, column: 9, row: 4)), over: plain)
        #expect(moved.wiped == [2, 3, 4] && moved.after.contains("\u{1b}[5;10H"))
        #expect(layer.frame(buffer(), over: moved.buffer).wiped == [4, 5, 6])
    }

    @Test func aRowThatIsWrittenHasItsSixelsDrawnAgain() {
        var layer = layer(.sixel)
        let both = buffer(placed(1, column: 1), placed(2, column: 10))
        #expect(sixels(layer.frame(both, over: nil)) == 2)
        let beside = buffer(placed(1, column: 1), placed(2, column: 10), text: "x", column: 29, row: 3)
        #expect(sixels(layer.frame(beside, over: both)) == 2)
        #expect(sixels(layer.frame(both, over: beside)) == 2)
        // Rows above and below the pictures are none of theirs.
        let above = buffer(placed(1, column: 1), placed(2, column: 10), text: "x", column: 2, row: 1)
        let below = buffer(placed(1, column: 1), placed(2, column: 10), text: "x", column: 2, row: 5)
        #expect(sixels(layer.frame(above, over: both)) == 0)
        #expect(sixels(layer.frame(below, over: above)) == 0)
        #expect(sixels(layer.frame(below, over: below)) == 0)
        // When one goes, the rows that it shares with the other are written too.
        let one = layer.frame(buffer(placed(2, column: 10), text: "x", column: 2, row: 5), over: below)
        #expect(one.wiped == [2, 3, 4] && sixels(one) == 1 && one.after.contains("\u{1b}[3;11H"))
    }

    @Test func manySixelsComeByAndBy() {
        var layer = layer(.sixel)
        let buffer = buffer(
            placed(1, column: 0), placed(2, column: 6), placed(3, column: 12), placed(4, column: 18),
            placed(5, column: 24))
        var frames = [layer.frame(buffer, over: nil)]
        while frames.last?.isComplete == false, frames.count < 9 {
            frames.append(layer.frame(buffer, over: buffer))
        }
        #expect(frames.map(sixels) == [2, 2, 1])
        // Pictures that are already encoded come at once.
        #expect(sixels(layer.frame(buffer, over: nil)) == 5)
    }

    @Test func aPictureThatReachesOutsideStaysCells() {
        var layer = layer(.sixel)
        let frame = layer.frame(buffer(placed(1, column: 27)), over: nil)
        #expect(frame.after.isEmpty && frame.isComplete)
    }
}
