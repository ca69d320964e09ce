/// Vector graphics of cells, for documents.
extension CellBuffer {
    /// Returns an SVG of 8×16 units per cell. Block glyphs become rectangles, so that pictures have
    /// no gaps in any font; other characters are text in a size at which DejaVu Sans Mono is 8
    /// units wide.
    ///
    /// - Parameters:
    ///   - foreground, background: RGB values for the terminal's default colours.
    package func svg(
        foreground: (UInt8, UInt8, UInt8) = (208, 208, 208), background: (UInt8, UInt8, UInt8) = (16, 20, 24)
    ) -> String {
        let (width, height) = (8, 16)
        func hex(_ color: (UInt8, UInt8, UInt8)) -> String {
            "#" + [color.0, color.1, color.2].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        func rectangle(_ x: Int, _ y: Int, _ w: Int, _ h: Int, _ color: String) -> String {
            "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(w)\" height=\"\(h)\" fill=\"\(color)\"/>\n"
        }
        var shapes = ""
        var texts = ""
        for row in 0..<size.rows {
            var column = 0
            while column < size.columns {
                let cell = self[column, row]
                var (front, back) = (
                    cell.style.foreground.components ?? foreground,
                    cell.style.background.components ?? background
                )
                if cell.style.attributes.contains(.reverse) { swap(&front, &back) }
                let (x, y) = (column * width, row * height)
                var end = column + 1
                if let mask = Self.quarters[cell.text] {
                    shapes += rectangle(x, y, width, height, hex(back))
                    for quarter in 0..<4 where mask >> quarter & 1 == 1 {
                        shapes += rectangle(
                            x + quarter % 2 * width / 2, y + quarter / 2 * height / 2, width / 2, height / 2,
                            hex(front))
                    }
                } else {
                    // A run of one style is one element.
                    while end < size.columns, self[end, row].style == cell.style,
                        Self.quarters[self[end, row].text] == nil
                    { end += 1 }
                    let run = (column..<end).map { self[$0, row].text }.joined()
                    if back != background {
                        shapes += rectangle(x, y, (end - column) * width, height, hex(back))
                    }
                    if run.contains(where: { $0 != " " }) {
                        let weight = cell.style.attributes.contains(.bold) ? " font-weight=\"bold\"" : ""
                        let faint = cell.style.attributes.contains(.dim) ? " opacity=\"0.7\"" : ""
                        texts +=
                            "<text x=\"\(x)\" y=\"\(y + 12)\" textLength=\"\((end - column) * width)\" fill=\"\(hex(front))\"\(weight)\(faint)>\(Self.escaped(run))</text>\n"
                    }
                }
                column = end
            }
        }
        let (w, h) = (size.columns * width, size.rows * height)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(w) \(h)" width="\(w)" height="\(h)" \
            font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13.29" xml:space="preserve" \
            shape-rendering="crispEdges">
            \(rectangle(0, 0, w, h, hex(background)))\(shapes)\(texts)</svg>
            """
    }

    /// Block glyphs as filled quarters, from bit 0: upper left, upper right, lower left, lower
    /// right.
    private static let quarters: [String: Int] = [
        "▘": 1, "▝": 2, "▀": 3, "▖": 4, "▌": 5, "▞": 6, "▛": 7, "▗": 8, "▚": 9, "▐": 10, "▜": 11, "▄": 12,
        "▙": 13,
        "▟": 14, "█": 15,
    ]

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
        return result
    }
}
