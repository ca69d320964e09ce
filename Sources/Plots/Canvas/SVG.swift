/// Vector graphics of cells, for documents.
extension CellBuffer {
    /// Returns an SVG of 8×16 units per cell.
    ///
    /// It looks the same in browsers, in librsvg and as a picture on web sites that allow no
    /// scripts: blocks, lines and braille are shapes, so no font can leave gaps in a chart, and
    /// each text begins at its own cell and holds no space that a reader might drop.
    ///
    /// - Parameters:
    ///   - foreground, background: RGB values for the terminal's default colours.
    package func svg(
        foreground: (UInt8, UInt8, UInt8) = SVGDrawing.foreground,
        background: (UInt8, UInt8, UInt8) = SVGDrawing.background
    ) -> String {
        let drawing = SVGDrawing(foreground: foreground, background: background)
        let elements = (0..<size.rows).flatMap { drawing.elements(of: self, row: $0) }
        let layers = SVGLayer.allCases.map { layer in
            layer.group(elements.filter { $0.layer == layer }.map(\.markup).joined())
        }
        return drawing.document(size, layers.joined())
    }
}

/// One of the layers of a drawing, from back to front. Elements of one layer never overlap.
enum SVGLayer: Int, CaseIterable {
    case background, fill, line, heavyLine, dots, text

    private var attributes: String {
        switch self {
        // Without anti-aliasing, neighbours meet without a seam.
        case .background, .fill: "shape-rendering=\"crispEdges\""
        case .line: "fill=\"none\""
        case .heavyLine: "fill=\"none\" stroke-width=\"2\""
        case .dots: "fill=\"none\" stroke-width=\"2.6\" stroke-linecap=\"round\""
        case .text: ""
        }
    }

    /// Returns the layer with its elements; nothing for an empty layer.
    func group(_ markup: String) -> String {
        markup.isEmpty ? "" : "<g\(attributes.isEmpty ? "" : " " + attributes)>\n\(markup)</g>\n"
    }
}

/// A piece of markup that belongs to one row of cells.
struct SVGElement: Hashable {
    var layer: SVGLayer
    var markup: String
}

/// Turns rows of cells into SVG elements.
package struct SVGDrawing {
    package static let foreground: (UInt8, UInt8, UInt8) = (208, 208, 208)
    package static let background: (UInt8, UInt8, UInt8) = (16, 20, 24)
    static let (width, height) = (8, 16)
    /// A size at which DejaVu Sans Mono is 8 units wide, and one for characters of two cells.
    private static let (fontSize, wideFontSize) = (13.29, 15)

    var foreground = Self.foreground
    var background = Self.background

    /// Returns a document that holds `content` on the background.
    ///
    /// - Parameter style: a style sheet; empty for none.
    func document(_ size: Size, style: String = "", _ content: String) -> String {
        let (width, height) = (size.columns * Self.width, size.rows * Self.height)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
            font-family="DejaVu Sans Mono, Menlo, Consolas, Liberation Mono, monospace" font-size="\(Self.fontSize)">
            \(style.isEmpty ? "" : "<style>\(style)</style>\n")\
            <rect width="\(width)" height="\(height)" fill="\(Self.hex(background))"/>
            \(content)</svg>
            """
    }

    /// Returns the elements of a row, in no particular order of layers.
    func elements(of buffer: CellBuffer, row: Int) -> [SVGElement] {
        var paths = Paths()
        var texts: [SVGElement] = []
        let y = row * Self.height
        var column = 0
        while column < buffer.size.columns {
            let cell = buffer[column, row]
            let (front, back) = colors(cell.style)
            var end = column + 1
            while end < buffer.size.columns, buffer[end, row].style == cell.style { end += 1 }
            if back != Self.hex(background) {
                paths.add(
                    "M\(column * Self.width) \(y)h\((end - column) * Self.width)v\(Self.height)h-\((end - column) * Self.width)z",
                    .background, "fill=\"\(back)\"")
            }
            let faint = cell.style.attributes.contains(.dim) ? " opacity=\"0.7\"" : ""
            var text = SVGText()
            func flush() {
                if let markup = text.markup(
                    y: y, color: front, isBold: cell.style.attributes.contains(.bold), more: faint)
                {
                    texts.append(SVGElement(layer: .text, markup: markup))
                }
                text = SVGText()
            }
            while column < end {
                if let glyph = SVGGlyph(buffer[column, row].text) {
                    flush()
                    var count = 1
                    while glyph.joins, column + count < end,
                        buffer[column + count, row].text == buffer[column, row].text
                    { count += 1 }
                    glyph.draw(x: column * Self.width, y: y, count: count, color: front, faint, into: &paths)
                    column += count
                } else {
                    if !text.add(buffer[column, row].text, at: column) {
                        flush()
                        _ = text.add(buffer[column, row].text, at: column)
                    }
                    column += 1
                }
            }
            flush()
        }
        return paths.elements + texts
    }

    private func colors(_ style: Style) -> (front: String, back: String) {
        let front = Self.hex(style.foreground.components ?? foreground)
        let back = Self.hex(style.background.components ?? background)
        return style.attributes.contains(.reverse) ? (back, front) : (front, back)
    }

    private static func hex(_ color: (UInt8, UInt8, UInt8)) -> String {
        "#" + [color.0, color.1, color.2].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The shapes of a row, joined by layer and look, in the order of their first appearance.
    struct Paths {
        private var order: [SVGElement] = []
        private var data: [SVGElement: String] = [:]

        mutating func add(_ path: String, _ layer: SVGLayer, _ look: String) {
            let key = SVGElement(layer: layer, markup: look)
            if data[key] == nil { order.append(key) }
            data[key, default: ""] += path
        }

        var elements: [SVGElement] {
            order.map { key in
                SVGElement(layer: key.layer, markup: "<path \(key.markup) d=\"\(data[key]!)\"/>\n")
            }
        }
    }

    /// A text without two spaces in a row and without spaces at its ends, whose characters are all
    /// of one width.
    private struct SVGText {
        private var text = ""
        private var start = 0
        /// Cells up to the end of the last character that is no space.
        private var cells = 0
        private var isWide = false
        private var gap = 0
        /// Whether nothing may be added: the font may have no such character, and the one that
        /// stands in for it may have any width.
        private var isClosed = false

        /// Adds the text of a cell. Returns false if it needs a text of its own.
        mutating func add(_ cell: String, at column: Int) -> Bool {
            if cell.isEmpty { return true }
            if cell == " " {
                gap += 1
                return true
            }
            let width = displayWidth(cell)
            let isForeign = cell.unicodeScalars.contains {
                $0.value > 0x24f && !"…–−·×".unicodeScalars.contains($0)
            }
            if text.isEmpty {
                (text, start, cells, isWide, gap) = (cell, column, max(1, width), width == 2, 0)
                isClosed = isForeign && !isWide
                return true
            }
            let fits = isWide ? width == 2 && gap == 0 : width == 1 && gap < 2 && !isForeign
            guard fits, !isClosed else { return false }
            text += (gap == 1 ? " " : "") + cell
            cells = column - start + width
            gap = 0
            return true
        }

        func markup(y: Int, color: String, isBold: Bool, more: String) -> String? {
            if text.isEmpty { return nil }
            var look = " fill=\"\(color)\"" + (isBold ? " font-weight=\"bold\"" : "") + more
            if isWide { look += " font-size=\"\(SVGDrawing.wideFontSize)\"" }
            if cells > (isWide ? 2 : 1) {
                // The last character keeps its own width: only the gaps between them are adjusted.
                let length = cells * SVGDrawing.width - (isWide ? 16 - SVGDrawing.wideFontSize : 0)
                look += " textLength=\"\(length)\""
            }
            return
                "<text x=\"\(start * SVGDrawing.width)\" y=\"\(y + 12)\"\(look)>\(SVGDrawing.escaped(text))</text>\n"
        }
    }

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
