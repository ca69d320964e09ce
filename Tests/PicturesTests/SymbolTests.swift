import Canvas
import Testing

@testable import Pictures

/// The choice of glyphs against exhaustive search, and the glyphs themselves.
@Suite struct SymbolTests {
    private func noise(_ count: Int, _ seed: UInt32) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
    }

    /// The subcells that a glyph covers, looked up in the set's own table.
    private func mask(_ glyph: String, _ glyphs: [String]) -> Int? { glyphs.firstIndex(of: glyph) }

    @Test(arguments: [
        (SymbolSet.half, 1, 2), (.quadrant, 2, 2), (.sextant, 2, 3), (.octant, 2, 4),
    ]) func bestDivisionIsThatOfBruteForce(symbols: SymbolSet, columns: Int, rows: Int) throws {
        let glyphs: [String] =
            switch symbols {
            case .half: SymbolSet.halves
            case .quadrant: SymbolSet.quadrants
            case .sextant: SymbolSet.sextants
            default: SymbolSet.octants
            }
        for seed in 0..<20 as Range<UInt32> {
            let pixels = noise(columns * rows * 3, seed)
            let cell = RGBImage(width: columns, height: rows, pixels: pixels)
                .cells(columns: 1, rows: 1, symbols: symbols)[0, 0]
            func error(_ mask: Int) -> Double {
                var result = 0.0
                for side in 0...1 {
                    let members = (0..<columns * rows).filter { (mask >> $0 & 1) == side }
                    for channel in 0..<3 {
                        let values = members.map { Double(pixels[$0 * 3 + channel]) }
                        let mean = values.reduce(0, +) / Double(max(1, values.count))
                        result += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                    }
                }
                return result
            }
            let least = (0..<glyphs.count).map(error).min()!
            let chosen = try #require(mask(cell.text, glyphs))
            #expect(error(chosen) <= least * 1.001 + 1)
        }
    }

    @Test func everyMaskHasAGlyphOfItsOwn() {
        #expect(Set(SymbolSet.octants).count == 256 && Set(SymbolSet.sextants).count == 64)
        #expect(SymbolSet.octants.allSatisfy { $0.unicodeScalars.count == 1 })
        // Names in the Unicode database: BLOCK OCTANT-3, -23, -123, -4, and the last one, -2345678.
        #expect(SymbolSet.octants[0b100] == "\u{1cd00}" && SymbolSet.octants[0b110] == "\u{1cd01}")
        #expect(SymbolSet.octants[0b111] == "\u{1cd02}" && SymbolSet.octants[0b1000] == "\u{1cd03}")
        #expect(SymbolSet.octants[0b1111_1110] == "\u{1cde5}")
    }

    /// A set that contains another is no worse, within 1 %.
    @Test func allIsAsGoodAsItsParts() {
        let picture = RGBImage(width: 8, height: 16, pixels: noise(8 * 16 * 3, 7))
        func error(_ symbols: SymbolSet, _ glyphs: (String) -> ((Int, Int) -> Bool)?) -> Double? {
            let cell = picture.cells(columns: 1, rows: 1, symbols: symbols)[0, 0]
            guard let covers = glyphs(cell.text) else { return nil }
            var result = 0.0
            for y in 0..<16 {
                for x in 0..<8 {
                    let color = covers(x, y) ? cell.style.foreground : cell.style.background
                    let (r, g, b) = color.components ?? (0, 0, 0)
                    let i = (y * 8 + x) * 3
                    for (value, shown) in zip(picture.pixels[i..<i + 3], [r, g, b]) {
                        result += Double(Int(value) - Int(shown)) * Double(Int(value) - Int(shown))
                    }
                }
            }
            return result
        }
        func octant(_ glyph: String) -> ((Int, Int) -> Bool)? {
            SymbolSet.octants.firstIndex(of: glyph).map { mask in
                { x, y in mask >> (y / 4 * 2 + x / 4) & 1 == 1 }
            }
        }
        func any(_ glyph: String) -> ((Int, Int) -> Bool)? {
            if let covers = octant(glyph) { return covers }
            if let mask = SymbolSet.sextants.firstIndex(of: glyph) {
                return { x, y in mask >> ((y < 5 ? 0 : y < 11 ? 1 : 2) * 2 + x / 4) & 1 == 1 }
            }
            if let n = SymbolSet.lowerEighths.firstIndex(of: glyph) {
                return { _, y in y >= 16 - 2 * (n + 1) }
            }
            if let n = SymbolSet.leftEighths.firstIndex(of: glyph) { return { x, _ in x <= n } }
            return nil
        }
        let parts = error(.octant, octant)
        let whole = error(.all, any)
        #expect(parts != nil && whole != nil)
        if let parts, let whole { #expect(whole <= parts * 1.01) }
    }

    @Test(arguments: SymbolSet.allCases) func noSizeTraps(symbols: SymbolSet) {
        let picture = RGBImage(width: 3, height: 5, pixels: noise(45, 1))
        for depth in ColorDepth.allCases {
            for size in [(0, 0), (1, 1), (7, 3), (1, 9)] {
                let cells = picture.cells(columns: size.0, rows: size.1, symbols: symbols, depth: depth)
                #expect(cells.size == Size(columns: size.0, rows: size.1))
            }
        }
    }
}
