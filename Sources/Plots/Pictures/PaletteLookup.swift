import Canvas

/// Finds the nearest colours of a palette, and mixes of two by the shades ░▒▓, fast enough for
/// every division of a cell.
struct PaletteLookup: Sendable {
    private let colors: [SIMD4<Float>]
    /// Index of the nearest colour, by five bits per channel.
    private let indices: [UInt8]
    private let mixesAll: Bool

    static func table(for depth: ColorDepth) -> PaletteLookup? {
        switch depth {
        case .trueColor, .none: nil
        case .palette256: palette256
        case .ansi16: ansi16
        }
    }

    private static let palette256 = PaletteLookup(count: 256, mixesAll: false, nearest: Palette.nearest)
    private static let ansi16 = PaletteLookup(count: 16, mixesAll: true, nearest: Palette.nearest16)

    private init(count: Int, mixesAll: Bool, nearest: (UInt8, UInt8, UInt8) -> UInt8) {
        self.mixesAll = mixesAll
        colors = (0..<count).map { Self.vector(Palette.color(UInt8($0))) }
        indices = (0..<1 << 15).map { key in
            func middle(_ shift: Int) -> UInt8 { UInt8(key >> shift & 31) << 3 | 4 }
            return nearest(middle(10), middle(5), middle(0))
        }
    }

    private static func vector(_ color: (UInt8, UInt8, UInt8)) -> SIMD4<Float> {
        SIMD4(Float(color.0), Float(color.1), Float(color.2), 0)
    }

    func nearest(_ value: SIMD4<Float>) -> UInt8 {
        // Channel by channel, because converting a whole vector is not specialised and would
        // dominate the cost.
        func key(_ channel: Float) -> Int { Int(min(max(channel, 0), 255)) >> 3 }
        return indices[key(value.x) << 10 | key(value.y) << 5 | key(value.z)]
    }

    func value(_ index: UInt8) -> SIMD4<Float> { colors[Int(index)] }

    /// Returns the squared distance of a colour from the nearest in the palette.
    func offset(_ value: SIMD4<Float>) -> Float {
        let difference = value - colors[Int(nearest(value))]
        return (difference * difference).sum()
    }

    // MARK: Shades

    /// Returns the mix with the least error; nil if none is below `limit`.
    func mix(near value: SIMD4<Float>, below limit: Float) -> PaletteMix? {
        var best: PaletteMix?
        var least = limit
        func consider(_ a: UInt8, _ b: UInt8) {
            let (front, back) = (colors[Int(a)], colors[Int(b)])
            let way = front - back
            let length = (way * way).sum()
            guard length > 0, length * PaletteMix.leastGrain < least else { return }
            // The nearest share of the front, in quarters, as the shades have it.
            let share = ((value - back) * way).sum() / length * 4 + 0.5
            guard share >= 1, share < 4 else { return }
            let quarters = Int(share)
            let mix = PaletteMix(
                front: a, back: b, quarters: quarters, color: back + way * (Float(quarters) * 0.25),
                contrast: length)
            let error = mix.offset(from: value)
            if error < least { (best, least) = (mix, error) }
        }
        if mixesAll {
            for a in 0..<16 as Range<UInt8> { for b in 0..<a { consider(a, b) } }
        } else {
            let corners = Self.corners(value)
            for i in 0..<10 { for j in 0..<i { consider(corners[i], corners[j]) } }
        }
        return best
    }

    /// Returns ten candidates: the cube's colours around a value, and the greys beside it.
    private static func corners(_ value: SIMD4<Float>) -> SIMD16<UInt8> {
        func step(_ value: Float) -> Int { value < 95 ? 0 : min(4, Int((value - 55) / 40)) }
        let low = 16 + 36 * step(value.x) + 6 * step(value.y) + step(value.z)
        let grey = 232 + min(22, max(0, Int(((value.x + value.y + value.z) / 3 - 8) / 10)))
        var result = SIMD16<UInt8>.zero
        for corner in 0..<8 {
            result[corner] = UInt8(low + 36 * (corner >> 2) + 6 * (corner >> 1 & 1) + (corner & 1))
        }
        (result[8], result[9]) = (UInt8(grey), UInt8(grey + 1))
        return result
    }
}

/// Two palette colours mixed by ░, ▒ or ▓.
struct PaletteMix {
    var front: UInt8
    var back: UInt8
    /// Quarters of the cell that the front covers.
    var quarters: Int
    var color: SIMD4<Float>
    /// Squared distance between the two colours.
    var contrast: Float

    var glyph: String { ["░", "▒", "▓"][quarters - 1] }

    /// Weight of the grain in the error; the eye blends colours that differ little.
    private static let grain: Float = 0.06
    /// The grain's weight for the lightest and the darkest shade.
    static let leastGrain = grain * 3 / 16

    /// Returns the squared error of showing the mix for `value`.
    func offset(from value: SIMD4<Float>) -> Float {
        let difference = value - color
        return (difference * difference).sum() + Self.grain * contrast * Float(quarters * (4 - quarters)) / 16
    }
}
