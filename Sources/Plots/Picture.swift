/// The glyphs that a picture may be made of.
public enum SymbolSet: String, Sendable, CaseIterable {
    /// ▀: two pixels a cell.
    case half
    /// ▖ ▗ ▘ … : two by two.
    case quadrant
    /// Two by three (Unicode 13).
    case sextant
    /// ⣿: two by four dots, for terminals without colours.
    case braille
}

/// A picture as cells of one glyph and two colours each.
///
/// For each cell all ways to divide its subcells in two are weighed; the two colours are the means
/// of the sides, which is the least-squares fit, and the division with the smallest error wins.
public struct Picture: Sendable {
    public let width: Int
    public let height: Int
    /// RGB, rows from the top.
    public let pixels: [UInt8]

    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * 3, "\(pixels.count) bytes for \(width)×\(height)")
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }

    /// The most cells of at most `columns`×`rows` that keep the picture's shape, a cell being 1:2.
    public static func fitCells(width: Int, height: Int, columns: Int, rows: Int) -> Size {
        guard width > 0, height > 0, columns > 0, rows > 0 else { return Size(columns: 0, rows: 0) }
        let byWidth = Double(columns) * Double(height) / Double(width) / 2
        if byWidth <= Double(rows) { return Size(columns: columns, rows: max(1, Int(byWidth.rounded()))) }
        let byHeight = Double(rows) * 2 * Double(width) / Double(height)
        return Size(columns: min(columns, max(1, Int(byHeight.rounded()))), rows: rows)
    }

    /// Stretches the picture to exactly `columns`×`rows` cells.
    public func cells(columns: Int, rows: Int, symbols: SymbolSet = .quadrant, depth: ColorDepth = .trueColor) -> CellBuffer {
        var buffer = CellBuffer(size: Size(columns: columns, rows: rows))
        guard columns > 0, rows > 0, width > 0, height > 0 else { return buffer }
        let symbols = depth == .none ? .braille : symbols
        let grid = symbols.grid
        let samples = resampled(columns: columns * grid.columns, rows: rows * grid.rows)
        let stride = columns * grid.columns
        let brightness = samples.reduce(0) { $0 + $1.luminance } / Float(samples.count)
        for row in 0..<rows {
            for column in 0..<columns {
                var subcells: [SIMD4<Float>] = []
                for y in 0..<grid.rows {
                    for x in 0..<grid.columns {
                        subcells.append(samples[(row * grid.rows + y) * stride + column * grid.columns + x])
                    }
                }
                buffer[column, row] =
                    symbols == .braille
                    ? Self.dots(subcells, threshold: brightness, depth: depth)
                    : Self.fitted(subcells, symbols, depth: depth)
            }
        }
        return buffer
    }

    /// The division of the subcells with the least squared error.
    private static func fitted(_ subcells: [SIMD4<Float>], _ symbols: SymbolSet, depth: ColorDepth) -> Cell {
        let total = subcells.reduce(.zero, +)
        var best: (score: Float, mask: Int, front: SIMD4<Float>, back: SIMD4<Float>) = (-1, 0, .zero, total / Float(subcells.count))
        // Masks and their complements divide alike; keeping the last subcell behind halves the work.
        for mask in 0..<(1 << (subcells.count - 1)) {
            var front = SIMD4<Float>.zero
            for (i, value) in subcells.enumerated() where mask >> i & 1 == 1 { front += value }
            let count = Float(mask.nonzeroBitCount)
            let back = total - front
            let rest = Float(subcells.count) - count
            // Σ|x − mean|² is Σ|x|² less this, so the largest wins.
            let score = (count > 0 ? (front * front).sum() / count : 0) + (back * back).sum() / rest
            if score > best.score * 1.0001 {
                best = (score, mask, count > 0 ? front / count : .zero, back / rest)
            }
        }
        let back = best.back.color.reduced(to: depth)
        if best.mask == 0 { return Cell(" ", style: Style(background: back)) }
        return Cell(symbols.glyph(best.mask), style: Style(foreground: best.front.color.reduced(to: depth), background: back))
    }

    private static func dots(_ subcells: [SIMD4<Float>], threshold: Float, depth: ColorDepth) -> Cell {
        var mask = 0
        var sum = SIMD4<Float>.zero
        for (i, value) in subcells.enumerated() where value.luminance > threshold {
            mask |= 1 << i
            sum += value
        }
        if mask == 0 { return .blank }
        let color = (sum / Float(mask.nonzeroBitCount)).color.reduced(to: depth)
        return Cell(SymbolSet.braille.glyph(mask), style: Style(foreground: color))
    }

    /// Area means: each sample is the average of the source rectangle that it covers.
    private func resampled(columns: Int, rows: Int) -> [SIMD4<Float>] {
        let across = Self.weights(from: width, to: columns)
        let down = Self.weights(from: height, to: rows)
        var narrow = [SIMD4<Float>](repeating: .zero, count: columns * height)
        for y in 0..<height {
            for (x, weights) in across.enumerated() {
                var sum = SIMD4<Float>.zero
                for (source, weight) in weights {
                    let i = (y * width + source) * 3
                    sum += SIMD4(Float(pixels[i]), Float(pixels[i + 1]), Float(pixels[i + 2]), 0) * weight
                }
                narrow[y * columns + x] = sum
            }
        }
        return down.flatMap { weights in
            (0..<columns).map { x in
                weights.reduce(SIMD4<Float>.zero) { $0 + narrow[$1.source * columns + x] * $1.weight }
            }
        }
    }

    private static func weights(from input: Int, to output: Int) -> [[(source: Int, weight: Float)]] {
        let scale = Double(input) / Double(output)
        return (0..<output).map { i in
            let (start, end) = (Double(i) * scale, Double(i + 1) * scale)
            return (Int(start)..<max(Int(start) + 1, min(input, Int(end.rounded(.up))))).map { source in
                let covered = min(end, Double(source + 1)) - max(start, Double(source))
                return (source, Float(covered / scale))
            }
        }
    }
}

extension SIMD4<Float> {
    fileprivate var luminance: Float { 0.299 * x + 0.587 * y + 0.114 * z }
    fileprivate var color: Color {
        func byte(_ value: Float) -> UInt8 { UInt8(Swift.min(Swift.max(value.rounded(), 0), 255)) }
        return .rgb(byte(x), byte(y), byte(z))
    }
}

extension SymbolSet {
    /// Subcells of a cell.
    var grid: (columns: Int, rows: Int) {
        switch self {
        case .half: (1, 2)
        case .quadrant: (2, 2)
        case .sextant: (2, 3)
        case .braille: (2, 4)
        }
    }

    /// The glyph whose foreground covers the subcells of `mask`; bit i is subcell i, row by row.
    func glyph(_ mask: Int) -> String {
        switch self {
        case .half: return [" ", "▀", "▄", "█"][mask]
        case .quadrant:
            return [" ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█"][mask]
        case .sextant:
            switch mask {
            case 0: return " "
            case 0b010101: return "▌"
            case 0b101010: return "▐"
            case 0b111111: return "█"
            default:
                // The block lists all other masks in order.
                let skipped = (mask > 0b010101 ? 1 : 0) + (mask > 0b101010 ? 1 : 0)
                return String(UnicodeScalar(0x1fb00 + UInt32(mask - 1 - skipped))!)
            }
        case .braille:
            let bits: [UInt32] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
            let pattern = bits.indices.reduce(0 as UInt32) { mask >> $1 & 1 == 1 ? $0 | bits[$1] : $0 }
            return String(UnicodeScalar(0x2800 + pattern)!)
        }
    }
}
