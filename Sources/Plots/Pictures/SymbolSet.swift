/// The glyphs that a picture may consist of. With a palette, all sets but `half` and `braille`
/// include the shades ░▒▓.
public enum SymbolSet: String, Sendable, CaseIterable {
    /// ▀: two pixels per cell.
    case half
    /// ▖ ▗ ▘ …: two by two.
    case quadrant
    /// Two by three (Unicode 13).
    case sextant
    /// Two by four (Unicode 16), still missing from most fonts.
    case octant
    /// `octant` and `sextant`, and the eighth blocks ▁…▇ and ▏…▉.
    case all
    /// ⣿: two by four dots, for terminals without colours.
    case braille
}

extension SymbolSet {
    /// Samples of a picture per cell.
    var grid: (columns: Int, rows: Int) {
        switch self {
        case .half: (1, 2)
        case .quadrant: (2, 2)
        case .sextant: (2, 3)
        case .octant, .braille: (2, 4)
        // Fits the borders of all sets, thirds rounded; the left eighths are sampled separately.
        case .all: (2, 16)
        }
    }

    static let halves = [" ", "▀", "▄", "█"]
    static let quadrants = [" ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█"]

    /// Sextants by mask; bit i is subcell i, row by row. The block lists in order all masks that
    /// have no other code point.
    static let sextants: [String] = (0..<64).map { mask in
        switch mask {
        case 0: return " "
        case 0b010101: return "▌"
        case 0b101010: return "▐"
        case 0b111111: return "█"
        default:
            let skipped = (mask > 0b010101 ? 1 : 0) + (mask > 0b101010 ? 1 : 0)
            return String(UnicodeScalar(0x1fb00 + UInt32(mask - 1 - skipped))!)
        }
    }

    /// Octants by mask: from U+1CD00 in order, except for 26 masks that have other code points.
    static let octants: [String] = {
        let elsewhere: [Int: UInt32] = [
            0x00: 0x20, 0x01: 0x1cea8, 0x02: 0x1ceab, 0x03: 0x1fb82, 0x05: 0x2598, 0x0a: 0x259d, 0x0f: 0x2580,
            0x14: 0x1fbe6, 0x28: 0x1fbe7, 0x3f: 0x1fb85, 0x40: 0x1cea3, 0x50: 0x2596, 0x55: 0x258c,
            0x5a: 0x259e,
            0x5f: 0x259b, 0x80: 0x1cea0, 0xa0: 0x2597, 0xa5: 0x259a, 0xaa: 0x2590, 0xaf: 0x259c, 0xc0: 0x2582,
            0xf0: 0x2584, 0xf5: 0x2599, 0xfa: 0x259f, 0xfc: 0x2586, 0xff: 0x2588,
        ]
        var next: UInt32 = 0x1cd00
        return (0..<256).map { mask in
            if let known = elsewhere[mask] { return String(UnicodeScalar(known)!) }
            defer { next += 1 }
            return String(UnicodeScalar(next)!)
        }
    }()

    /// The lower eighths ▁…▇ and the left eighths ▏…▉, from one eighth up.
    static let lowerEighths = (1...7).map { String(UnicodeScalar(0x2580 + UInt32($0))!) }
    static let leftEighths = (1...7).map { String(UnicodeScalar(0x2590 - UInt32($0))!) }

    /// Returns two by four dots by mask; bit i is dot i, row by row.
    static func brailleGlyph(_ mask: Int) -> String {
        let bits: [UInt32] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
        let pattern = bits.indices.reduce(0 as UInt32) { mask >> $1 & 1 == 1 ? $0 | bits[$1] : $0 }
        return String(UnicodeScalar(0x2800 + pattern)!)
    }
}
