import Canvas
import Runs

/// A confusion matrix as a picture: true classes in rows, predicted classes in columns, darker the
/// larger the share of the row, each cell with its count where there is room.
enum MatrixPicture {
    /// Largest side of the cells' area in pixels; many classes get small cells without numbers.
    private static let largestSide = 600
    private static let mostLetters = 14

    static func draw(_ matrix: ConfusionMatrix, _ classes: [String]) -> RGBImage {
        let cell = max(2, min(48, largestSide / max(1, classes.count)))
        let hasNames = cell >= PixelFont.height + 2
        let names = classes.enumerated().map { name($1, number: $0 + 1) }
        let (top, margin) = (hasNames ? PixelFont.height + 6 : 2, 4)
        let longest = hasNames ? names.map(\.count).max() ?? 0 : 0
        let left = longest * PixelFont.width + margin
        let side = cell * classes.count
        var canvas = PixelCanvas(width: left + side + margin, height: top + side + margin)
        for row in classes.indices {
            if hasNames {
                let x = left - margin / 2 - names[row].count * PixelFont.width
                canvas.write(names[row], x: x, y: top + row * cell + (cell - PixelFont.height) / 2)
                // As much of a name as its column has room for.
                let short = String(names[row].prefix((cell - 2) / PixelFont.width))
                canvas.write(short, x: left + row * cell + 2, y: 3)
            }
            for column in classes.indices {
                let share = matrix.share(row, column) ?? 0
                let (x, y) = (left + column * cell, top + row * cell)
                canvas.fill(x: x, y: y, width: cell - 1, height: cell - 1, color(share))
                let count = "\(matrix.count(row, column))"
                let width = count.count * PixelFont.width
                if hasNames, width <= cell {
                    canvas.write(
                        count, x: x + (cell - width) / 2, y: y + (cell - PixelFont.height) / 2,
                        share > 0.5 ? (255, 255, 255) : (0, 0, 0))
                }
            }
        }
        return canvas.picture
    }

    /// White to a dark blue.
    private static func color(_ share: Double) -> PixelCanvas.Color {
        func mix(_ end: Double) -> UInt8 { UInt8((246 + (end - 246) * min(max(share, 0), 1)).rounded()) }
        return (mix(8), mix(48), mix(107))
    }

    /// A name that the font has, shortened; another class by its number.
    static func name(_ name: String, number: Int) -> String {
        name.utf8.allSatisfy { (0x20..<0x7f).contains($0) } && !name.isEmpty
            ? String(name.prefix(mostLetters)) : "#\(number)"
    }
}
