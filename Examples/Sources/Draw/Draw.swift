// Prints a chart of two curves and a picture, as characters: swift run Draw
import Canvas
import Pictures
import Plots

@main enum Draw {
    static func main() {
        let steps = Array(0..<200)
        let x = steps.map { Double($0) / 10 }
        let training = LineChart.Series("training", x: x, y: x.map { 1.5 / (1 + $0) + 0.1 })
        let validation = LineChart.Series(
            "validation", x: x, y: x.map { 1.5 / (1 + $0) + 0.02 * $0 },
            style: Style(foreground: .palette(11)),
            dash: .dashed)
        var screen = CellBuffer(size: Size(columns: 72, rows: 16))
        LineChart([training, validation], x: 0...20).draw(
            into: &screen, in: Rect(column: 0, row: 0, columns: 72, rows: 16))
        print(screen.ansi(colors: .palette256))

        // A sunset: red below, blue above, brighter in the middle.
        let size = 64
        let pixels = (0..<size * size).flatMap { index -> [UInt8] in
            let (column, row) = (index % size - size / 2, index / size)
            let glow = max(0, 255 - (column * column + (row - 40) * (row - 40)) / 2)
            return [UInt8(max(row * 3, glow)), UInt8(glow * 3 / 4), UInt8(200 - row * 3)]
        }
        let picture = RGBImage(width: size, height: size, pixels: pixels)
        print(picture.cells(columns: 32, rows: 16).ansi(colors: .trueColor))
    }
}
