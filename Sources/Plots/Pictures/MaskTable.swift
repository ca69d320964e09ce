/// Glyphs that divide a cell along a grid of regions, by mask: bit i is region i, row by row.
struct MaskTable: Sendable {
    /// Sample lines at which the rows of regions begin, then the end.
    let borders: [Int]
    let columns: Int
    let glyphs: [String]
    /// Number of samples in front, by mask.
    let sizes: [Float]
    /// Factor from a front's squared deviation to its gain (see `CellFit`), in groups of sixteen
    /// masks; 0 for masks that leave a side empty or do not exist.
    let worths: [SIMD16<Float>]

    var regions: Int { columns * (borders.count - 1) }

    /// - Parameter samplesAcross: width of a region in samples.
    init(columns: Int, samplesAcross: Int, borders: [Int], glyphs: [String]) {
        (self.columns, self.borders, self.glyphs) = (columns, borders, glyphs)
        let heights = zip(borders, borders.dropFirst()).map { $1 - $0 }
        let total = Float(heights.reduce(0, +) * columns * samplesAcross)
        let sizes = glyphs.indices.map { mask in
            heights.indices.reduce(0 as Float) { sum, row in
                let bits = (0..<columns).filter { mask >> (row * columns + $0) & 1 == 1 }.count
                return sum + Float(bits * heights[row] * samplesAcross)
            }
        }
        self.sizes = sizes
        // A mask and its complement divide alike, so masks with the last region are left out.
        let groups = max(1, glyphs.count / 32)
        worths = (0..<groups).map { group in
            var worth = SIMD16<Float>.zero
            for lane in 0..<16 where group * 16 + lane < glyphs.count {
                let size = sizes[group * 16 + lane]
                if size > 0, size < total { worth[lane] = total / (size * (total - size)) }
            }
            return worth
        }
    }

    static let half = MaskTable(columns: 1, samplesAcross: 1, borders: [0, 1, 2], glyphs: SymbolSet.halves)
    static let quadrant = MaskTable(
        columns: 2, samplesAcross: 1, borders: [0, 1, 2], glyphs: SymbolSet.quadrants)
    static let sextant = MaskTable(
        columns: 2, samplesAcross: 1, borders: [0, 1, 2, 3], glyphs: SymbolSet.sextants)
    static let octant = MaskTable(
        columns: 2, samplesAcross: 1, borders: [0, 1, 2, 3, 4], glyphs: SymbolSet.octants)
    /// For sixteen sample lines, with thirds rounded to whole lines.
    static let fineSextant = MaskTable(
        columns: 2, samplesAcross: 1, borders: [0, 5, 11, 16], glyphs: SymbolSet.sextants)
    static let fineOctant = MaskTable(
        columns: 2, samplesAcross: 1, borders: [0, 4, 8, 12, 16], glyphs: SymbolSet.octants)
}
