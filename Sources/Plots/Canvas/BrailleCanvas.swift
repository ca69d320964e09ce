/// A canvas of 2×4 dots per cell, drawn with braille patterns. A later stroke in a cell sets the
/// cell's style; the dots of both remain.
package struct BrailleCanvas: Sendable {
    /// The dots of a stroke that are set: bit `i % period` of `bits` for dot `i`.
    package struct Pattern: Sendable {
        var bits: UInt32
        var period: Int
        package static let solid = Pattern(bits: 1, period: 1)

        init(bits: UInt32, period: Int) { (self.bits, self.period) = (bits, period) }

        /// Creates a pattern from the numbers of dots to set and to skip, in turn.
        package init(_ lengths: Int...) {
            (bits, period) = (0, 0)
            for (index, length) in lengths.enumerated() {
                for _ in 0..<length {
                    if index % 2 == 0 { bits |= 1 << UInt32(period) }
                    period += 1
                }
            }
        }

        func isSet(_ step: Int) -> Bool { period == 1 || bits >> UInt32(step % period) & 1 == 1 }
    }

    /// A style of this canvas; see `ink(_:)`.
    package typealias Ink = UInt8

    package let size: Size
    private var dots: [UInt8]
    private var inks: [Ink]
    private var styles: [Style] = []

    package init(size: Size) {
        self.size = size
        dots = Array(repeating: 0, count: size.columns * size.rows)
        inks = Array(repeating: 0, count: dots.count)
    }

    package var dotColumns: Int { size.columns * 2 }
    package var dotRows: Int { size.rows * 4 }

    /// Returns the ink for a style. There are 256 inks; further styles share the last one.
    package mutating func ink(_ style: Style) -> Ink {
        if let known = styles.firstIndex(of: style) { return Ink(known) }
        if styles.count < 256 { styles.append(style) }
        return Ink(styles.count - 1)
    }

    /// Bit of each dot in a Unicode braille pattern, by column and row.
    private static let bits: [UInt8] = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80]
    private static let glyphs = (0..<256).map { String(UnicodeScalar(0x2800 + UInt32($0))!) }
    /// Every second dot of each column, in a chequered pattern.
    private static let chequers: [UInt8] = [0x01 | 0x04, 0x10 | 0x80]

    package func isEmpty(column: Int, row: Int) -> Bool {
        guard column >= 0, row >= 0, column < size.columns, row < size.rows else { return true }
        return dots[row * size.columns + column] == 0
    }

    package mutating func set(_ x: Int, _ y: Int, _ ink: Ink) {
        guard x >= 0, y >= 0, x < dotColumns, y < dotRows else { return }
        let cell = (y >> 2) * size.columns + x >> 1
        dots[cell] |= Self.bits[(x & 1) << 2 | y & 3]
        inks[cell] = ink
    }

    /// Draws a straight line (Bresenham).
    ///
    /// - Parameter travelled: the length of the stroke so far in dots, so that its pattern
    ///   continues from line to line.
    package mutating func line(
        from start: (x: Int, y: Int), to end: (x: Int, y: Int), _ ink: Ink, pattern: Pattern,
        travelled: inout Int
    ) {
        var (x, y) = start
        let (dx, dy) = (abs(end.x - x), -abs(end.y - y))
        let (stepX, stepY) = (x < end.x ? 1 : -1, y < end.y ? 1 : -1)
        var error = dx + dy
        while true {
            if pattern.isSet(travelled) { set(x, y, ink) }
            if x == end.x && y == end.y { return }
            travelled += 1
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

    /// Sets the dots of column `x` from `top` to `bottom`.
    ///
    /// - Parameter isStippled: sets only every second dot, for a grey tone, besides the ends.
    package mutating func bar(_ x: Int, from top: Int, to bottom: Int, _ ink: Ink, isStippled: Bool = false) {
        guard x >= 0, x < dotColumns, top <= bottom, bottom >= 0, top < dotRows else { return }
        let (first, last) = (max(0, top), min(bottom, dotRows - 1))
        let side = x & 1
        for row in first >> 2...last >> 2 {
            var mask: UInt8 = 0
            for y in max(first, row << 2)...min(last, row << 2 | 3) { mask |= Self.bits[side << 2 | y & 3] }
            if isStippled { mask &= Self.chequers[side] }
            let cell = row * size.columns + x >> 1
            if mask != 0 {
                dots[cell] |= mask
                inks[cell] = ink
            }
        }
        set(x, first, ink)
        set(x, last, ink)
    }

    /// Copies the cells with dots into `buffer`, keeping its background.
    package func draw(into buffer: inout CellBuffer, column: Int, row: Int) {
        for y in 0..<size.rows {
            for x in 0..<size.columns where dots[y * size.columns + x] != 0 {
                let cell = y * size.columns + x
                var style = styles[Int(inks[cell])]
                style.background = buffer[column + x, row + y].style.background
                buffer[column + x, row + y] = Cell(Self.glyphs[Int(dots[cell])], style: style)
            }
        }
    }
}
