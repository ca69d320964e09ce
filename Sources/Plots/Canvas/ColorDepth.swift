/// The range of colours that a terminal can show.
public enum ColorDepth: String, Sendable, CaseIterable {
    case trueColor = "truecolor"
    case palette256 = "256"
    case ansi16 = "16"
    case none
}

extension Color {
    /// Returns the nearest colour that `depth` can show.
    package func reduced(to depth: ColorDepth) -> Color {
        switch (self, depth) {
        case (.standard, _), (_, .trueColor): self
        case (_, .none): .standard
        case (.palette, .palette256): self
        case (.palette(let index), .ansi16) where index < 16: self
        case (.rgb(let r, let g, let b), .palette256): .palette(Palette.nearest(r, g, b))
        case (_, .ansi16):
            {
                let (r, g, b) = components ?? (0, 0, 0)
                return .palette(Palette.nearest16(r, g, b))
            }()
        default: self
        }
    }

    /// Red, green and blue in xterm's palette; nil for `standard`.
    package var components: (UInt8, UInt8, UInt8)? {
        switch self {
        case .standard: nil
        case .rgb(let r, let g, let b): (r, g, b)
        case .palette(let index): Palette.color(index)
        }
    }
}

/// xterm's 256 colours.
package enum Palette {
    private static let basic: [(UInt8, UInt8, UInt8)] = [
        (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205),
        (229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255), (255, 255, 255),
    ]

    package static func color(_ index: UInt8) -> (UInt8, UInt8, UInt8) {
        if index < 16 { return basic[Int(index)] }
        if index >= 232 {
            let grey = 8 + 10 * (index - 232)
            return (grey, grey, grey)
        }
        let i = Int(index) - 16
        func level(_ step: Int) -> UInt8 { step == 0 ? 0 : UInt8(55 + 40 * step) }
        return (level(i / 36), level(i / 6 % 6), level(i % 6))
    }

    /// Returns the nearest colour of the cube and the grey ramp. The first 16 entries differ
    /// between terminals.
    package static func nearest(_ r: UInt8, _ g: UInt8, _ b: UInt8) -> UInt8 {
        func step(_ value: UInt8) -> Int { value < 48 ? 0 : value < 115 ? 1 : (Int(value) - 35) / 40 }
        let cube = UInt8(16 + 36 * step(r) + 6 * step(g) + step(b))
        let mean = (Int(r) + Int(g) + Int(b)) / 3
        let grey = UInt8(232 + min(23, max(0, (mean - 3) / 10)))
        return distance(color(grey), (r, g, b)) < distance(color(cube), (r, g, b)) ? grey : cube
    }

    package static func nearest16(_ r: UInt8, _ g: UInt8, _ b: UInt8) -> UInt8 {
        UInt8(basic.indices.min { distance(basic[$0], (r, g, b)) < distance(basic[$1], (r, g, b)) }!)
    }

    private static func distance(_ a: (UInt8, UInt8, UInt8), _ b: (UInt8, UInt8, UInt8)) -> Int {
        let (r, g, b) = (Int(a.0) - Int(b.0), Int(a.1) - Int(b.1), Int(a.2) - Int(b.2))
        return r * r + g * g + b * b
    }
}

extension CellBuffer {
    /// Returns the buffer as text with SGR sequences; each row ends with the default style.
    public func ansi(colors: ColorDepth) -> String {
        (0..<size.rows).map { row in
            var line = ""
            var current = Style()
            for column in 0..<size.columns {
                let cell = self[column, row]
                var style = cell.style
                style.foreground = style.foreground.reduced(to: colors)
                style.background = style.background.reduced(to: colors)
                if style != current {
                    line += Self.sequence(style)
                    current = style
                }
                line += cell.text
            }
            return current == Style() ? line : line + "\u{1b}[0m"
        }.joined(separator: "\n")
    }

    private static func sequence(_ style: Style) -> String {
        var codes = ["0"]
        for (attribute, code) in [
            (Attributes.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7"),
        ] where style.attributes.contains(attribute) {
            codes.append(code)
        }
        func color(_ color: Color, _ base: Int) {
            switch color {
            case .standard: break
            case .rgb(let r, let g, let b): codes.append("\(base + 8);2;\(r);\(g);\(b)")
            case .palette(let index) where index < 8: codes.append("\(base + Int(index))")
            case .palette(let index) where index < 16: codes.append("\(base + 52 + Int(index))")
            case .palette(let index): codes.append("\(base + 8);5;\(index)")
            }
        }
        color(style.foreground, 30)
        color(style.background, 40)
        return "\u{1b}[\(codes.joined(separator: ";"))m"
    }
}
