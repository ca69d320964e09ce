import Canvas

/// Finds, cell by cell, the glyph and the two colours with the least squared error.
///
/// A glyph divides the cell's samples into two sides; the best colours are the means of the sides.
/// Let d be the sum of the front samples' deviations from the cell's mean, n the number of samples
/// in front and N the number of all. Then Σ|x − side's mean|² equals Σ|x − mean|² less the gain
/// |d|²·N/(n(N−n)), and the largest gain wins. With a palette the colours are the palette's
/// nearest, still the best for a given division, and the gain is reduced by their errors.
struct CellFit {
    private let depth: ColorDepth
    private let palette: PaletteLookup?
    private let tables: [MaskTable]
    private let hasEighths: Bool
    private let mixes: Bool
    /// Samples per cell: columns, rows, and their product.
    private let columns: Int
    private let rows: Int
    private let count: Float

    private var regions = [SIMD4<Float>](repeating: .zero, count: 8)
    private var mean = SIMD4<Float>.zero
    private var best = Candidate()

    private struct Candidate {
        var gain: Float = 0
        /// Sum of the front samples' deviations, and the number of samples in front.
        var front = SIMD4<Float>.zero
        var size: Float = 0
        var glyph = Glyph.blank
    }

    private enum Glyph {
        case blank
        case mask(table: Int, Int)
        case lowerEighth(Int)
        case leftEighth(Int)
        case shade(PaletteMix)
    }

    /// A cell, and the mean colour that it shows.
    struct Result {
        var cell: Cell
        var shown: SIMD4<Float>
    }

    init(symbols: SymbolSet, depth: ColorDepth) {
        self.depth = depth
        palette = PaletteLookup.table(for: depth)
        (columns, rows) = symbols.grid
        count = Float(columns * rows)
        hasEighths = symbols == .all
        mixes = symbols != .half
        switch symbols {
        case .half: tables = [.half]
        case .quadrant: tables = [.quadrant]
        case .sextant: tables = [.sextant]
        case .octant: tables = [.octant]
        case .all: tables = [.fineOctant, .fineSextant]
        case .braille: tables = []
        }
    }

    /// Fits the cell at `column`.
    ///
    /// - Parameters:
    ///   - samples: the samples of a row of cells, `symbols.grid` per cell, line by line.
    ///   - eighths: for `all`, eight samples per cell, each the mean over the cell's height.
    ///   - carry: the diffused error, added to all samples of this cell.
    mutating func cell(
        _ samples: UnsafeBufferPointer<SIMD4<Float>>, eighths: UnsafeBufferPointer<SIMD4<Float>>, column: Int,
        stride: Int,
        carry: SIMD4<Float>
    ) -> Result {
        let first = column * columns
        mean = .zero
        for y in 0..<rows {
            for x in 0..<columns { mean += samples[first + y * stride + x] }
        }
        mean /= count
        let own = mean
        mean = (mean + carry).clamped(lowerBound: .zero, upperBound: SIMD4(repeating: 255))
        best = Candidate()
        best.gain = gain(.zero, 0, 0)
        for index in tables.indices {
            gather(samples, first, stride, tables[index], own)
            tryMasks(index)
        }
        if hasEighths {
            tryLowerEighths(samples, first, stride, own)
            tryLeftEighths(eighths, column * 8)
        }
        // A mix shows only the mean, so it loses to any division with a net gain.
        if mixes, let palette, best.gain < 0, let mix = palette.mix(near: mean, below: -best.gain / count) {
            best.glyph = .shade(mix)
        }
        return result
    }

    /// The mean colour that the newest cell should show.
    var wanted: SIMD4<Float> { mean }

    private var result: Result {
        if case .shade(let mix) = best.glyph {
            return Result(
                cell: Cell(
                    mix.glyph, style: Style(foreground: .palette(mix.front), background: .palette(mix.back))),
                shown: mix.color)
        }
        let back = color(best.size > 0 ? mean - best.front / (count - best.size) : mean)
        if case .blank = best.glyph {
            return Result(cell: Cell(" ", style: Style(background: back.color)), shown: back.value)
        }
        let front = color(mean + best.front / best.size)
        let text =
            switch best.glyph {
            case .mask(let table, let mask): tables[table].glyphs[mask]
            case .lowerEighth(let n): SymbolSet.lowerEighths[n - 1]
            case .leftEighth(let n): SymbolSet.leftEighths[n - 1]
            case .blank, .shade: " "
            }
        return Result(
            cell: Cell(text, style: Style(foreground: front.color, background: back.color)),
            shown: (front.value * best.size + back.value * (count - best.size)) / count)
    }

    private func color(_ value: SIMD4<Float>) -> (color: Color, value: SIMD4<Float>) {
        guard let palette else { return (value.color, value) }
        let index = palette.nearest(value)
        return (.palette(index), palette.value(index))
    }

    private mutating func gather(
        _ samples: UnsafeBufferPointer<SIMD4<Float>>, _ first: Int, _ stride: Int, _ table: MaskTable,
        _ own: SIMD4<Float>
    ) {
        for region in 0..<table.borders.count - 1 {
            let (start, end) = (table.borders[region], table.borders[region + 1])
            for x in 0..<columns {
                var sum = SIMD4<Float>.zero
                for y in start..<end { sum += samples[first + y * stride + x] - own }
                regions[region * columns + x] = sum
            }
        }
    }

    /// Tries all divisions, sixteen at a time: each lane is a mask of the first four regions.
    private mutating func tryMasks(_ index: Int) {
        let table = tables[index]
        let regions = table.regions
        var (low0, low1, low2) = (SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero)
        for bit in 0..<min(4, regions) {
            low0 += Self.lanes[bit] * self.regions[bit].x
            low1 += Self.lanes[bit] * self.regions[bit].y
            low2 += Self.lanes[bit] * self.regions[bit].z
        }
        var top = SIMD16<Float>(repeating: best.gain)
        var groups = SIMD16<Int32>(repeating: -1)
        for group in table.worths.indices {
            var high = SIMD4<Float>.zero
            var bits = group
            while bits != 0 {
                high += self.regions[4 + bits.trailingZeroBitCount]
                bits &= bits - 1
            }
            let (a, b, c) = (low0 + high.x, low1 + high.y, low2 + high.z)
            let gains = (a * a + b * b + c * c) * table.worths[group]
            if palette == nil {
                let isBetter = gains .> top
                top.replace(with: gains, where: isBetter)
                groups.replace(with: Int32(truncatingIfNeeded: group), where: isBetter)
            } else {
                for lane in 0..<16 where table.worths[group][lane] > 0 && gains[lane] > best.gain {
                    consider(
                        SIMD4(a[lane], b[lane], c[lane], 0), gains[lane], table.sizes[group * 16 + lane],
                        .mask(table: index, group * 16 + lane))
                }
            }
        }
        guard palette == nil else { return }
        for lane in 0..<16 where groups[lane] >= 0 && top[lane] > best.gain {
            let mask = Int(groups[lane]) * 16 + lane
            var front = SIMD4<Float>.zero
            for bit in 0..<regions where mask >> bit & 1 == 1 { front += self.regions[bit] }
            consider(front, top[lane], table.sizes[mask], .mask(table: index, mask))
        }
    }

    private static let lanes: [SIMD16<Float>] = (0..<4).map { bit in
        var result = SIMD16<Float>.zero
        for lane in 0..<16 where lane >> bit & 1 == 1 { result[lane] = 1 }
        return result
    }

    private mutating func tryLowerEighths(
        _ samples: UnsafeBufferPointer<SIMD4<Float>>, _ first: Int, _ stride: Int, _ own: SIMD4<Float>
    ) {
        var sum = SIMD4<Float>.zero
        for eighth in 1...7 {
            for y in 16 - 2 * eighth..<18 - 2 * eighth {
                for x in 0..<columns { sum += samples[first + y * stride + x] - own }
            }
            consider(sum, Float(4 * eighth), .lowerEighth(eighth))
        }
    }

    private mutating func tryLeftEighths(_ eighths: UnsafeBufferPointer<SIMD4<Float>>, _ first: Int) {
        var own = SIMD4<Float>.zero
        for i in 0..<8 { own += eighths[first + i] }
        own /= 8
        var sum = SIMD4<Float>.zero
        for eighth in 1...7 {
            sum += (eighths[first + eighth - 1] - own) * 4
            consider(sum, Float(4 * eighth), .leftEighth(eighth))
        }
    }

    private mutating func consider(_ front: SIMD4<Float>, _ size: Float, _ glyph: Glyph) {
        consider(front, (front * front).sum() * count / (size * (count - size)), size, glyph)
    }

    private mutating func consider(_ front: SIMD4<Float>, _ exact: Float, _ size: Float, _ glyph: Glyph) {
        let gain = gain(front, exact, size)
        // A glyph must gain more than a rounding error.
        if gain > best.gain + Self.least {
            best = Candidate(gain: gain, front: front, size: size, glyph: glyph)
        }
    }

    /// A squared error too small to see.
    private static let least: Float = 0.05

    private func gain(_ front: SIMD4<Float>, _ exact: Float, _ size: Float) -> Float {
        guard let palette else { return exact }
        let back = mean - front / (count - size)
        let off = palette.offset(back) * (count - size)
        return exact - off - (size > 0 ? palette.offset(mean + front / size) * size : 0)
    }
}
