import CNcurses
import Canvas
import Foundation

/// Writes cells into an ncurses window, translating colours into colour pairs and texts into
/// ncurses characters.
struct CellPainter {
    private let depth: ColorDepth
    private let entry: TerminalEntry
    private var table: ColorPairTable
    private var line: [cchar_t] = []
    /// The previous cell's style and its translation, because neighbours mostly share a style.
    private var last: (style: Style, attributes: attr_t, pair: Int32)?

    /// Usual number of colour pairs. Resetting a pair takes a third of a microsecond; with many
    /// more pairs a reset would take as long as a frame.
    private static let usualPairs = 32_766

    init(depth: ColorDepth, entry: TerminalEntry, size: Size) {
        (self.depth, self.entry) = (depth, entry)
        table = ColorPairTable(capacity: 0)
        if depth != .none { makeTable(for: size) }
    }

    private mutating func makeTable(for size: Size) {
        // Enough for every cell to have its own pair. The last number stays free; see `reserve`.
        let wanted = max(Self.usualPairs, size.columns * size.rows)
        table = ColorPairTable(capacity: min(Int(flowers_color_pairs()) - 2, wanted))
        reserve()
    }

    /// Makes ncurses allocate memory for all pairs now rather than piecemeal while it draws.
    private func reserve() {
        if table.capacity >= 256 { init_extended_pair(Int32(table.capacity + 1), 1, 0) }
    }

    /// Enlarges the table for a larger window, which resets all pairs.
    mutating func prepare(for size: Size) {
        guard depth != .none, size.columns * size.rows > table.capacity,
            table.capacity < Int(flowers_color_pairs()) - 2
        else { return }
        reset_color_pairs()
        last = nil
        makeTable(for: size)
    }

    /// Writes the cells that differ from `previous` into the window; all cells if it is nil.
    mutating func paint(
        _ buffer: CellBuffer, over previous: CellBuffer?, on window: flowers_window
    ) {
        let columns = buffer.size.columns
        guard columns > 0 else { return }
        if line.count != columns { line = Array(repeating: cchar_t(), count: columns) }
        buffer.cells.withUnsafeBufferPointer { cells in
            var spans =
                previous.map { Self.spans(cells, $0, columns) }
                ?? (0..<buffer.size.rows).map { Span(row: $0, first: 0, last: columns - 1) }
            if depth != .none {
                let count = spans.reduce(0) { $0 + $1.last - $1.first + 1 }
                if table.count + count > table.capacity, table.makeRoom(for: pairs(cells, spans, columns)) {
                    reset_color_pairs()
                    reserve()
                    last = nil
                    spans = (0..<buffer.size.rows).map { Span(row: $0, first: 0, last: columns - 1) }
                }
            }
            for span in spans { put(span, cells, columns, window) }
        }
    }

    /// The part of a row from its first to its last changed cell.
    private struct Span {
        var row: Int
        var first: Int
        var last: Int
    }

    private static func spans(_ cells: UnsafeBufferPointer<Cell>, _ previous: CellBuffer, _ columns: Int)
        -> [Span]
    {
        previous.cells.withUnsafeBufferPointer { old in
            (0..<cells.count / columns).compactMap { row in
                let start = row * columns
                guard let first = (start..<start + columns).first(where: { cells[$0] != old[$0] }) else {
                    return nil
                }
                let last = (first..<start + columns).last { cells[$0] != old[$0] } ?? first
                // A neighbouring cell may have been, or become, half of a wide character.
                return Span(
                    row: row, first: max(0, first - start - 1), last: min(columns - 1, last - start + 1))
            }
        }
    }

    private func pairs(_ cells: UnsafeBufferPointer<Cell>, _ spans: [Span], _ columns: Int) -> [ColorPairTable
        .Pair]
    {
        var result: [ColorPairTable.Pair] = []
        for span in spans {
            for index in span.row * columns + span.first...span.row * columns + span.last {
                let pair = self.pair(cells[index].style)
                if pair != result.last { result.append(pair) }
            }
        }
        return result
    }

    private mutating func put(
        _ span: Span, _ cells: UnsafeBufferPointer<Cell>, _ columns: Int,
        _ window: flowers_window
    ) {
        let base = span.row * columns
        var (column, start) = (span.first, span.first)
        func flush(_ end: Int, _ line: [cchar_t]) {
            if end > start {
                _ = line.withUnsafeBufferPointer {
                    mvwadd_wchnstr(
                        window, Int32(span.row), Int32(start), $0.baseAddress! + start, Int32(end - start))
                }
            }
        }
        // The right half of a wide character is written together with the left one.
        if column > 0, cells[base + column].text.isEmpty { (column, start) = (column - 1, start - 1) }
        if (column...span.last).contains(where: { cells[base + $0].text.isEmpty }) {
            // Blank the span first: ncurses would otherwise mistake the right half of a previous
            // wide character for part of the new one before it, and erase that with the next cells.
            let blank = self.ink(cells[base + column].style)
            for index in column...span.last { Self.set(&line[index], 0x20, blank) }
            flush(span.last + 1, line)
        }
        while column <= span.last {
            let cell = cells[base + column]
            let isWide = column + 1 < columns && !cell.text.isEmpty && cells[base + column + 1].text.isEmpty
            let ink = self.ink(cell.style)
            if !isWide, let scalar = Self.plain(cell.text) {
                Self.set(&line[column], scalar, ink)
                column += 1
                continue
            }
            let glyph = TerminalGlyph.scalars(cell.text, columns: isWide ? 2 : 1) {
                Int(flowers_width(wchar_t($0)))
            }
            if glyph.columns == 2 {
                flush(column, line)
                var character = cchar_t()
                var text = glyph.scalars.map { wchar_t($0) } + [0]
                if flowers_setcchar(&character, &text, ink.attributes, ink.pair) != ERR {
                    mvwadd_wch(window, Int32(span.row), Int32(column), &character)
                }
                column += 2
                start = column
            } else {
                var text = glyph.scalars.map { wchar_t($0) } + [0]
                if flowers_setcchar(&line[column], &text, ink.attributes, ink.pair) == ERR {
                    Self.set(&line[column], 0x3f, ink)
                }
                column += 1
                if isWide {
                    Self.set(&line[column], 0x20, ink)
                    column += 1
                }
            }
        }
        flush(column, line)
    }

    private static func set(
        _ target: inout cchar_t, _ scalar: UInt32, _ ink: (attributes: attr_t, pair: Int32)
    ) {
        flowers_setcell(&target, wchar_t(scalar), ink.attributes, ink.pair)
    }

    /// Returns a text's scalar if it is a single one that certainly is one column wide: ASCII, box
    /// drawing, block or braille.
    private static func plain(_ text: String) -> UInt32? {
        var scalars = text.unicodeScalars.makeIterator()
        guard let scalar = scalars.next()?.value, scalars.next() == nil else { return nil }
        switch scalar {
        case 0x20..<0x7f, 0x2500..<0x25a0, 0x2800..<0x2900: return scalar
        default: return nil
        }
    }

    // MARK: Colours

    private mutating func ink(_ style: Style) -> (attributes: attr_t, pair: Int32) {
        if let last, last.style == style { return (last.attributes, last.pair) }
        var attributes = style.attributes
        var number: Int32 = 0
        if depth != .none {
            let pair = self.pair(style)
            let found = table.number(of: pair)
            if found.isNew {
                let (front, back) =
                    found.isReversed ? (pair.background, pair.foreground) : (pair.foreground, pair.background)
                init_extended_pair(found.value, front, back)
            }
            number = found.value
            if found.isReversed { attributes.formSymmetricDifference(.reverse) }
            if isBright(style.foreground) { attributes.insert(.bold) }
        }
        var bits: attr_t = 0
        if !attributes.isEmpty {
            for (attribute, bit) in [
                (Attributes.bold, flowers_bold()), (.dim, flowers_dim()), (.underline, flowers_underline()),
                (.reverse, flowers_reverse()), (.italic, flowers_italic()),
            ] where attributes.contains(attribute) {
                bits |= bit
            }
        }
        last = (style, bits, number)
        return (bits, number)
    }

    private func pair(_ style: Style) -> ColorPairTable.Pair {
        ColorPairTable.Pair(foreground: number(style.foreground), background: number(style.background))
    }

    /// Whether an eight-colour terminal shows this colour as the bold form of another.
    private func isBright(_ color: Color) -> Bool {
        guard entry.colors < 16, case .palette(let index) = color.reduced(to: depth) else { return false }
        return index > 8
    }

    private func number(_ color: Color) -> Int32 {
        switch color.reduced(to: depth) {
        case .standard: return -1
        case .palette(let index):
            // On eight colours, bright black becomes white.
            if entry.colors < 16, index >= 8 { return index == 8 ? 7 : Int32(index) - 8 }
            if !entry.isDirect || Int32(index) < entry.indexedColors { return Int32(index) }
            let (r, g, b) = Palette.color(index)
            return direct(r, g, b)
        case .rgb(let r, let g, let b): return direct(r, g, b)
        }
    }

    /// Returns the number of a direct colour, rounded to five bits per channel so that pictures do
    /// not exhaust the pairs.
    private func direct(_ r: UInt8, _ g: UInt8, _ b: UInt8) -> Int32 {
        func snap(_ value: UInt8) -> Int32 { Int32(value & 0xf8 | value >> 5) }
        let number = snap(r) << 16 | snap(g) << 8 | snap(b)
        // The lowest numbers are palette entries; one unit of red avoids them invisibly.
        return number < entry.indexedColors ? number | 1 << 16 : number
    }
}
