/// Returns the columns that a terminal uses for a grapheme cluster: 0 for lone combining marks, 2
/// for wide characters.
func displayWidth(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    // Letters; lines and blocks; braille: most of a screen, without a look into the tables of Unicode.
    switch scalar.value {
    case 0..<0x300, 0x2500...0x259f, 0x2800...0x28ff: return 1
    default: break
    }
    let category = scalar.properties.generalCategory
    if category == .nonspacingMark || category == .enclosingMark || category == .format { return 0 }
    if scalar.properties.isEmojiPresentation { return 2 }
    // U+FE0F selects the emoji form of its base.
    if character.unicodeScalars.contains("\u{fe0f}"), scalar.properties.isEmoji { return 2 }
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xa000...0xa4cf,
        0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6,
        0x20000...0x3fffd:
        return 2
    default: return 1
    }
}

/// Returns the columns of a text as `CellBuffer.write` draws it, with control characters escaped.
package func displayWidth(_ text: String) -> Int {
    if isPlain(text) { return text.utf8.count }
    return visible(text).reduce(0) { $0 + displayWidth($1) }
}

/// Whether a text is of printable ASCII characters alone, each of which has a byte and a column.
private func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20..<0x7f).contains($0) } }

/// Shortens a text to at most `columns`; a shortened text ends in `…`.
package func fit(_ text: String, columns: Int) -> String {
    let text = visible(text)
    if columns <= 0 { return "" }
    if displayWidth(text) <= columns { return text }
    var result = ""
    var used = 0
    for character in text {
        let width = displayWidth(character)
        if used + width > columns - 1 { break }
        result.append(character)
        used += width
    }
    return result + "…"
}

/// Pads a text with spaces, or shortens it, to exactly `columns`.
package func pad(_ text: String, columns: Int) -> String {
    let text = fit(text, columns: columns)
    return text + String(repeating: " ", count: max(0, columns - displayWidth(text)))
}

/// Breaks a text into lines at spaces and around wide characters, as Chinese needs.
package func wrap(_ text: String, columns: Int) -> [String] {
    guard columns > 0 else { return [] }
    var lines: [String] = []
    var line = ""
    func add(_ piece: Substring, after gap: String) {
        if !line.isEmpty, displayWidth(line) + displayWidth(gap) + displayWidth(String(piece)) > columns {
            lines.append(line)
            line = ""
        }
        line += (line.isEmpty ? "" : gap) + piece
    }
    for word in text.split(separator: " ") {
        var gap = " "
        for piece in breakable(word) {
            add(piece, after: gap)
            gap = ""
        }
    }
    return line.isEmpty ? lines : lines + [line]
}

/// Splits a word where a line may break: around wide characters, not before closing punctuation.
private func breakable(_ word: Substring) -> [Substring] {
    var parts: [Substring] = []
    var start = word.startIndex
    for index in word.indices.dropFirst() {
        let isWide = displayWidth(String(word[index])) == 2
        let followsWide = displayWidth(String(word[word.index(before: index)])) == 2
        guard isWide || followsWide, !"，。：；、！？）」》".contains(word[index]) else { continue }
        parts.append(word[start..<index])
        start = index
    }
    return parts + [word[start...]]
}

extension Int {
    /// Rounds a value of any size to the nearest integer: 0 for NaN, and at most ±10¹⁵.
    package init(nearest value: Double) {
        self = value.isNaN ? 0 : Int(Swift.min(Swift.max(value, -1e15), 1e15).rounded())
    }
}

/// Escapes control characters, as `^[`, so that a file name cannot control the terminal.
package func visible(_ text: String) -> String {
    if isPlain(text) || !text.unicodeScalars.contains(where: isControl) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        if scalar.value < 0x20 || scalar.value == 0x7f {
            result += "^" + String(UnicodeScalar(UInt8(scalar.value ^ 0x40)))
        } else if isControl(scalar) {
            result += "�"
        } else {
            result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// Whether a scalar is of Unicode's category Cc.
private func isControl(_ scalar: UnicodeScalar) -> Bool {
    scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
}

extension CellBuffer {
    /// Writes text from (column, row) on, clipped at the buffer's edge and after `maxColumns`.
    ///
    /// - Returns: the number of columns written.
    @discardableResult
    public mutating func write(
        _ text: String, column: Int, row: Int, style: Style = Style(), maxColumns: Int? = nil
    ) -> Int {
        let limit = min(maxColumns ?? Int.max, max(0, size.columns - column))
        guard row >= 0, row < size.rows, limit > 0 else { return 0 }
        var used = 0
        for character in fit(text, columns: limit) {
            let width = displayWidth(character)
            if width == 0 { continue }
            self[column + used, row] = Cell(String(character), style: style)
            if width == 2 { self[column + used + 1, row] = Cell("", style: style) }
            used += width
        }
        return used
    }

    /// Writes text that ends before `endColumn`.
    package mutating func write(_ text: String, endingAt endColumn: Int, row: Int, style: Style = Style()) {
        write(text, column: endColumn - displayWidth(text), row: row, style: style)
    }

    package mutating func fill(_ rect: Rect, _ cell: Cell = .blank) {
        let area = rect.intersection(bounds)
        for row in area.row..<area.row + area.rows {
            for column in area.column..<area.column + area.columns { self[column, row] = cell }
        }
    }

    package mutating func setStyle(_ rect: Rect, _ transform: (inout Style) -> Void) {
        let area = rect.intersection(bounds)
        for row in area.row..<area.row + area.rows {
            for column in area.column..<area.column + area.columns { transform(&self[column, row].style) }
        }
    }

    /// Draws a box of lines with a title in its top edge.
    package mutating func frame(
        _ rect: Rect, title: String = "", style: Style = Style(), titleStyle: Style? = nil
    ) {
        guard rect.columns >= 2, rect.rows >= 2 else { return }
        let (left, top) = (rect.column, rect.row)
        let (right, bottom) = (left + rect.columns - 1, top + rect.rows - 1)
        for column in left + 1..<max(left + 1, right) {
            self[column, top] = Cell("─", style: style)
            self[column, bottom] = Cell("─", style: style)
        }
        for row in top + 1..<max(top + 1, bottom) {
            self[left, row] = Cell("│", style: style)
            self[right, row] = Cell("│", style: style)
        }
        self[left, top] = Cell("┌", style: style)
        self[right, top] = Cell("┐", style: style)
        self[left, bottom] = Cell("└", style: style)
        self[right, bottom] = Cell("┘", style: style)
        if !title.isEmpty {
            write(
                " \(title) ", column: left + 1, row: top, style: titleStyle ?? style,
                maxColumns: rect.columns - 2)
        }
    }

    package mutating func blit(_ other: CellBuffer, column: Int, row: Int) {
        for y in 0..<other.size.rows {
            for x in 0..<other.size.columns { self[column + x, row + y] = other[x, y] }
        }
    }

    /// The rows joined by newlines, without trailing blanks, for comparison with snapshots.
    package var plainText: String {
        (0..<size.rows).map { row in
            var line = (0..<size.columns).map { self[$0, row].text }.joined()
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
