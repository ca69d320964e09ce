/// Finds for one cell after another the glyph and the two colours with the least squared error.
///
/// A glyph divides the cell's samples in two; the best colours are the means of the sides, and Σ|x − mean|² is Σ|x|²
/// less what `gain` computes, so the largest gain wins. With a palette the colours are the palette's nearest, and the
/// error counts what they are off.
struct CellFit {
    private let symbols: SymbolSet
    private let depth: ColorDepth
    private var best = Candidate()
    private var total = SIMD4<Float>.zero
    private var count: Float = 0
    /// Sums of the regions that a mask is made of, and how many samples each has.
    private var regions = [SIMD4<Float>](repeating: .zero, count: 8)
    private var sizes = [Float](repeating: 1, count: 8)

    private struct Candidate {
        var gain: Float = -1
        var glyph = " "
        var front = SIMD4<Float>.zero
        var back = SIMD4<Float>.zero
    }

    init(symbols: SymbolSet, depth: ColorDepth) { (self.symbols, self.depth) = (symbols, depth) }

    /// - Parameters:
    ///   - samples: the picture at `symbols.grid` samples a cell, row by row.
    ///   - first: index of the cell's upper left sample; `stride` samples make a row.
    mutating func cell(_ samples: [SIMD4<Float>], first: Int, stride: Int) -> Cell {
        let grid = symbols.grid
        total = .zero
        for y in 0..<grid.rows {
            for x in 0..<grid.columns { total += samples[first + y * stride + x] }
        }
        count = Float(grid.rows * grid.columns)
        best = Candidate(gain: -1, glyph: " ", front: .zero, back: total / count)
        best.gain = gain(.zero, 0)
        func gather(columns: Int, rows: [Int]) {
            for (r, start) in rows.dropLast().enumerated() {
                for c in 0..<columns {
                    let width = grid.columns / columns
                    var sum = SIMD4<Float>.zero
                    for y in start..<rows[r + 1] {
                        for x in c * width..<(c + 1) * width { sum += samples[first + y * stride + x] }
                    }
                    regions[r * columns + c] = sum
                    sizes[r * columns + c] = Float((rows[r + 1] - start) * width)
                }
            }
        }
        switch symbols {
        case .half:
            gather(columns: 1, rows: [0, 1, 2])
            tryMasks(2, SymbolSet.halves)
        case .quadrant:
            gather(columns: 2, rows: [0, 1, 2])
            tryMasks(4, SymbolSet.quadrants)
        case .sextant:
            gather(columns: 2, rows: [0, 1, 2, 3])
            tryMasks(6, SymbolSet.sextants)
        case .octant:
            gather(columns: 2, rows: [0, 1, 2, 3, 4])
            tryMasks(8, SymbolSet.octants)
        case .all:
            gather(columns: 2, rows: [0, 5, 11, 16])
            tryMasks(6, SymbolSet.sextants)
            gather(columns: 2, rows: [0, 4, 8, 12, 16])
            tryMasks(8, SymbolSet.octants)
            tryEighths(samples, first, stride)
        case .braille: break
        }
        let back = best.back.color.reduced(to: depth)
        if best.glyph == " " { return Cell(" ", style: Style(background: back)) }
        return Cell(best.glyph, style: Style(foreground: best.front.color.reduced(to: depth), background: back))
    }

    /// All divisions of `count` regions. Masks and their complements divide alike; keeping the last region behind
    /// halves the work. In Gray code's order each mask differs from the one before in one region.
    private mutating func tryMasks(_ count: Int, _ glyphs: [String]) {
        var front = SIMD4<Float>.zero
        var size: Float = 0
        var mask = 0
        for step in 1..<1 << (count - 1) {
            let bit = step.trailingZeroBitCount
            mask ^= 1 << bit
            let sign: Float = mask >> bit & 1 == 1 ? 1 : -1
            front += regions[bit] * sign
            size += sizes[bit] * sign
            consider(front, size, glyphs[mask])
        }
    }

    private mutating func tryEighths(_ samples: [SIMD4<Float>], _ first: Int, _ stride: Int) {
        var sum = SIMD4<Float>.zero
        for eighth in 1...7 {
            for y in 16 - 2 * eighth..<18 - 2 * eighth {
                for x in 0..<8 { sum += samples[first + y * stride + x] }
            }
            consider(sum, Float(16 * eighth), SymbolSet.lowerEighths[eighth - 1])
        }
        sum = .zero
        for eighth in 1...7 {
            for y in 0..<16 { sum += samples[first + y * stride + eighth - 1] }
            consider(sum, Float(16 * eighth), SymbolSet.leftEighths[eighth - 1])
        }
    }

    @inline(__always)
    private mutating func consider(_ front: SIMD4<Float>, _ size: Float, _ glyph: String) {
        let gain = gain(front, size)
        // A glyph must earn its place: rounding alone does not.
        if gain > best.gain * 1.0001 {
            best = Candidate(gain: gain, glyph: glyph, front: front / size, back: (total - front) / (count - size))
        }
    }

    /// Σ|x|² less the squared error, for a front of `size` samples that sum to `front`.
    @inline(__always)
    private func gain(_ front: SIMD4<Float>, _ size: Float) -> Float {
        let back = total - front
        let rest = count - size
        let exact = (size > 0 ? (front * front).sum() / size : 0) + (back * back).sum() / rest
        if depth == .trueColor { return exact }
        return exact - (size > 0 ? offset(front / size) * size : 0) - offset(back / rest) * rest
    }

    /// Squared distance of a colour from the palette's nearest.
    private func offset(_ value: SIMD4<Float>) -> Float {
        guard let (r, g, b) = value.color.reduced(to: depth).components else { return 0 }
        let difference = value - SIMD4(Float(r), Float(g), Float(b), 0)
        return (difference * difference).sum()
    }
}
