import Canvas
import Testing

@testable import Pictures

@Suite struct PictureShapeTests {
    /// Four pixels in a row: black, red, green, white.
    private let row = RGBImage(width: 4, height: 1, pixels: [0, 0, 0, 255, 0, 0, 0, 255, 0, 255, 255, 255])

    @Test func theRoomIsUsedAsAsked() {
        let room = Size(columns: 8, rows: 4)
        #expect(row.shaped(.fit, into: room).size == Size(columns: 8, rows: 1))
        #expect(row.shaped(.stretch, into: room).size == room)
        let cropped = row.shaped(.crop, into: room)
        #expect(cropped.size == room && cropped.picture.pixels == [255, 0, 0])
        #expect(row.shaped(.crop, into: Size(columns: 4, rows: 1)).picture.pixels == [255, 0, 0, 0, 255, 0])
    }

    @Test func cellsMayHaveAnotherShape() {
        #expect(
            RGBImage.fitCells(width: 100, height: 100, columns: 40, rows: 40, cellAspect: 1)
                == Size(columns: 40, rows: 40))
        #expect(
            RGBImage.fitCells(width: 100, height: 100, columns: 40, rows: 40, cellAspect: 2.5)
                == Size(columns: 40, rows: 16))
        #expect(row.shaped(.crop, into: Size(columns: 4, rows: 4), cellAspect: 1).picture.width == 1)
        // Very wide and very tall pictures keep at least one row and one column.
        #expect(
            RGBImage.fitCells(width: 10_000, height: 3, columns: 40, rows: 20) == Size(columns: 40, rows: 1))
        #expect(
            RGBImage.fitCells(width: 3, height: 10_000, columns: 40, rows: 20) == Size(columns: 1, rows: 20))
    }

    @Test func cropsLieInTheMiddleAndStayInside() {
        let tall = RGBImage(
            width: 1, height: 5, pixels: (0..<5).flatMap { Array(repeating: UInt8($0), count: 3) })
        #expect(tall.cropped(to: 1).pixels == [2, 2, 2])
        #expect(tall.cropped(to: 100).pixels == [2, 2, 2])
        #expect(tall.cropped(to: 0.001).height == 5)
        #expect(tall.cropped(to: .infinity).height == 5)
    }

    @Test func fewerPixelsAreMeansOfLight() {
        let white: [UInt8] = [255, 255, 255]
        let black: [UInt8] = [0, 0, 0]
        let board = RGBImage(width: 2, height: 2, pixels: white + black + black + white)
        // Half the light of white, by sRGB's transfer function.
        #expect(board.resized(width: 1, height: 1).pixels == [188, 188, 188])
        #expect(row.resized(width: 4, height: 1) == row)
        for code in 0...255 as ClosedRange<UInt8> {
            let flat = RGBImage(width: 3, height: 2, pixels: Array(repeating: code, count: 18))
            #expect(flat.resized(width: 2, height: 1).pixels == Array(repeating: code, count: 6))
        }
    }

    @Test func morePixelsKeepTheEnds() {
        let large = row.resized(width: 40, height: 3)
        #expect(large.width == 40 && large.height == 3)
        #expect(
            Array(large.pixels[0..<3]).allSatisfy { $0 < 40 }
                && Array(large.pixels[117..<120]).allSatisfy { $0 > 215 })
        #expect(row.resized(width: 0, height: 3).pixels.isEmpty)
    }
}
