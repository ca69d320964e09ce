/// A canvas of 2×4 dots a cell, drawn with braille patterns. A later stroke in a cell takes over its
/// style; the dots of both stay.
public struct BrailleCanvas: Sendable {
    public let size: Size
    private var dots: [UInt8]
    private var styles: [Style]

    public init(size: Size) {
        self.size = size
        dots = Array(repeating: 0, count: size.columns * size.rows)
        styles = Array(repeating: Style(), count: dots.count)
    }

    public var dotColumns: Int { size.columns * 2 }
    public var dotRows: Int { size.rows * 4 }

    /// Unicode's bit of each dot, by row and column.
    private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    public mutating func set(_ x: Int, _ y: Int, style: Style) {
        guard x >= 0, y >= 0, x < dotColumns, y < dotRows else { return }
        let cell = y / 4 * size.columns + x / 2
        dots[cell] |= Self.bits[y % 4][x % 2]
        styles[cell] = style
    }

    /// A straight line (Bresenham); `pattern` says whether the dot at a column is drawn.
    public mutating func line(
        from start: (x: Int, y: Int), to end: (x: Int, y: Int), style: Style, pattern: (Int) -> Bool = { _ in true }
    ) {
        var (x, y) = start
        let (dx, dy) = (abs(end.x - x), -abs(end.y - y))
        let (stepX, stepY) = (x < end.x ? 1 : -1, y < end.y ? 1 : -1)
        var error = dx + dy
        while true {
            if pattern(x) { set(x, y, style: style) }
            if x == end.x && y == end.y { return }
            let doubled = 2 * error
            if doubled >= dy {
                error += dy
                x += stepX
            }
            if doubled <= dx {
                error += dx
                y += stepY
            }
        }
    }

    /// Copies the cells that have dots.
    public func draw(into buffer: inout CellBuffer, column: Int, row: Int) {
        for y in 0..<size.rows {
            for x in 0..<size.columns where dots[y * size.columns + x] != 0 {
                let scalar = UnicodeScalar(0x2800 + UInt32(dots[y * size.columns + x]))!
                var style = styles[y * size.columns + x]
                style.background = buffer[column + x, row + y].style.background
                buffer[column + x, row + y] = Cell(String(scalar), style: style)
            }
        }
    }
}
