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
        var fit = CellFit(symbols: symbols, depth: depth)
        for row in 0..<rows {
            for column in 0..<columns {
                let first = row * grid.rows * stride + column * grid.columns
                buffer[column, row] =
                    symbols == .braille
                    ? Self.dots(samples, first, stride, threshold: brightness, depth: depth)
                    : fit.cell(samples, first: first, stride: stride)
            }
        }
        return buffer
    }

    private static func dots(
        _ samples: [SIMD4<Float>], _ first: Int, _ stride: Int, threshold: Float, depth: ColorDepth
    ) -> Cell {
        var mask = 0
        var sum = SIMD4<Float>.zero
        for i in 0..<8 {
            let value = samples[first + i / 2 * stride + i % 2]
            if value.luminance > threshold {
                mask |= 1 << i
                sum += value
            }
        }
        if mask == 0 { return .blank }
        let color = (sum / Float(mask.nonzeroBitCount)).color.reduced(to: depth)
        return Cell(SymbolSet.brailleGlyph(mask), style: Style(foreground: color))
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
    var color: Color {
        func byte(_ value: Float) -> UInt8 { UInt8(Swift.min(Swift.max(value.rounded(), 0), 255)) }
        return .rgb(byte(x), byte(y), byte(z))
    }
}
