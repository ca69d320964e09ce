extension CellBuffer {
    /// Returns the buffer in 7-bit characters: frames as `+-|`, curves and pictures by how much of
    /// a cell they fill.
    package func inASCII() -> CellBuffer {
        var result = self
        result.pictures = []
        for row in 0..<size.rows {
            for column in 0..<size.columns {
                let cell = self[column, row]
                if cell.text.utf8.allSatisfy({ $0 < 128 }) { continue }
                result[column, row].text = Self.ascii(cell.text)
                // The right half of a wide character becomes a cell of its own.
                if self[column + 1, row].text.isEmpty, column + 1 < size.columns {
                    result[column + 1, row].text = "?"
                }
            }
        }
        return result
    }

    private static func ascii(_ text: String) -> String {
        guard let scalar = text.unicodeScalars.first else { return text }
        switch scalar.value {
        case 0x2800...0x28ff:
            return [" ", ".", ":", "*", "#"][min(4, ((scalar.value - 0x2800).nonzeroBitCount + 1) / 2)]
        case 0x2500, 0x2504, 0x2508, 0x254c: return "-"
        case 0x2502, 0x2506, 0x250a, 0x258f, 0x258e, 0x258d, 0x2016: return "|"
        case 0x250c...0x254b, 0x256d...0x2570: return "+"
        case 0x2591: return "."
        case 0x2592: return ":"
        case 0x2580...0x259f: return "#"
        default: break
        }
        return table[text] ?? "?"
    }

    private static let table: [String: String] = [
        "●": "*", "◌": "o", "◐": "o", "■": "#", "✓": "+", "✗": "x", "★": "*", "▸": ">", "▏": "|", "…": "~",
        "·": "-",
        "▲": "^", "▼": "v", "–": "-", "−": "-", "×": "x", "÷": "/", "↑": "^", "↓": "v", "←": "<", "→": ">",
        "≤": "<", "≥": ">", "↕": "=", "∿": "~", "❄": "z", "◇": "u", "↺": "b",
    ]
}
