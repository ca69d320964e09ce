/// A character that is drawn as a shape instead of text: a block, a line or a braille pattern.
struct SVGGlyph {
    private enum Shape {
        /// Rectangles in a cell of 8×16.
        case blocks([(x: Int, y: Int, width: Int, height: Int)])
        /// A block that covers this share of the background.
        case shade(Double)
        /// Lines from the middle of the cell to its edges: up, right, down, left from bit 0.
        case arms(Int)
        /// A rounded corner between two edges.
        case arc(Int)
        case heavyRule
        /// A dashed rule, and its dashes.
        case dashed(isVertical: Bool, dashes: String)
        /// Dots as Unicode numbers them, from bit 0.
        case dots(Int)
    }

    private let shape: Shape

    /// - Returns: nil for a character that is drawn as text.
    init?(_ text: String) {
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else { return nil }
        switch scalar.value {
        case 0x2800...0x28ff: shape = .dots(Int(scalar.value - 0x2800))
        case 0x2580: shape = .blocks([(0, 0, 8, 8)])
        case 0x2581...0x2588:
            let height = 2 * Int(scalar.value - 0x2580)
            shape = .blocks([(0, 16 - height, 8, height)])
        case 0x2589...0x258f: shape = .blocks([(0, 0, 8 - Int(scalar.value - 0x2588), 16)])
        case 0x2590: shape = .blocks([(4, 0, 4, 16)])
        case 0x2591...0x2593: shape = .shade(Double(scalar.value - 0x2590) / 4)
        case 0x2596...0x259f:
            let quarters = Self.quarters[Int(scalar.value - 0x2596)]
            shape = .blocks(
                (0..<4).filter { quarters >> $0 & 1 == 1 }.map { ($0 % 2 * 4, $0 / 2 * 8, 4, 8) })
        default:
            guard let shape = Self.lines[text] else { return nil }
            self.shape = shape
        }
    }

    /// Quarters of U+2596…U+259F, from bit 0: upper left, upper right, lower left, lower right.
    private static let quarters = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14]

    private static let lines: [String: Shape] = [
        "─": .arms(10), "│": .arms(5), "┌": .arms(6), "┐": .arms(12), "└": .arms(3), "┘": .arms(9),
        "├": .arms(7), "┤": .arms(13), "┬": .arms(14), "┴": .arms(11), "┼": .arms(15),
        "╭": .arc(6), "╮": .arc(12), "╰": .arc(3), "╯": .arc(9), "━": .heavyRule,
        "┈": .dashed(isVertical: false, dashes: "1 1"), "┄": .dashed(isVertical: false, dashes: "1.7 1"),
        "╌": .dashed(isVertical: false, dashes: "2.5 1.5"), "┊": .dashed(isVertical: true, dashes: "2 2"),
        "┆": .dashed(isVertical: true, dashes: "3.3 2"), "╎": .dashed(isVertical: true, dashes: "5 3"),
    ]

    /// Whether equal neighbours become one shape.
    var joins: Bool {
        switch shape {
        case .arms(10), .heavyRule, .shade: true
        case .dashed(let isVertical, _): !isVertical
        case .blocks(let blocks): blocks.count == 1 && blocks[0].width == 8
        default: false
        }
    }

    /// Draws `count` equal neighbours, the first with its upper left corner at (`x`, `y`).
    ///
    /// - Parameter more: further attributes.
    func draw(x: Int, y: Int, count: Int, color: String, _ more: String, into paths: inout SVGDrawing.Paths) {
        let (middleX, middleY, width) = (x + 4, y + 8, 8 * count)
        switch shape {
        case .blocks(let blocks):
            let path = blocks.map { block in
                let width = block.width + 8 * (count - 1)
                return "M\(x + block.x) \(y + block.y)h\(width)v\(block.height)h-\(width)z"
            }
            paths.add(path.joined(), .fill, "fill=\"\(color)\"\(more)")
        case .shade(let share):
            paths.add(
                "M\(x) \(y)h\(width)v16h-\(width)z", .fill,
                "fill=\"\(color)\" fill-opacity=\"\(share)\"\(more)")
        case .arms(10): paths.add("M\(x) \(middleY)h\(width)", .line, "stroke=\"\(color)\"\(more)")
        case .arms(let arms):
            var path = arms & 5 == 5 ? "M\(middleX) \(y)v16" : ""
            if arms & 10 == 10 { path += "M\(x) \(middleY)h8" }
            if arms & 5 == 1 { path += "M\(middleX) \(middleY)v-8" }
            if arms & 5 == 4 { path += "M\(middleX) \(middleY)v8" }
            if arms & 10 == 2 { path += "M\(middleX) \(middleY)h4" }
            if arms & 10 == 8 { path += "M\(middleX) \(middleY)h-4" }
            paths.add(path, .line, "stroke=\"\(color)\"\(more)")
        case .arc(let arms):
            let (side, end) = (arms & 2 != 0 ? 4 : -4, arms & 4 != 0 ? 8 : -8)
            paths.add(
                "M\(middleX + side) \(middleY)q\(-side) 0 \(-side) \(end)", .line,
                "stroke=\"\(color)\"\(more)")
        case .heavyRule: paths.add("M\(x) \(middleY)h\(width)", .heavyLine, "stroke=\"\(color)\"\(more)")
        case .dashed(let isVertical, let dashes):
            paths.add(
                isVertical ? "M\(middleX) \(y)v16" : "M\(x) \(middleY)h\(width)", .line,
                "stroke=\"\(color)\" stroke-dasharray=\"\(dashes)\"\(more)")
        case .dots(let dots):
            // Strokes without length, whose round ends are dots.
            let places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
            let path = places.indices.filter { dots >> $0 & 1 == 1 }.map { dot in
                "M\(x + 2 + 4 * places[dot].0) \(y + 2 + 4 * places[dot].1)h0"
            }
            if !path.isEmpty { paths.add(path.joined(), .dots, "stroke=\"\(color)\"\(more)") }
        }
    }
}
