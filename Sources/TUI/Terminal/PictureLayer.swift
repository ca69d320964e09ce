import Canvas
import Pictures

/// Adds pictures in the terminal's own graphics protocol to frames of cells.
///
/// A covered picture falls back to its cells: with sixel as a whole, with kitty's placeholders cell
/// by cell. Pictures that a frame lacks are removed from the screen.
struct PictureLayer {
    /// A frame's cells, and the text to write around them.
    struct Frame {
        /// The cells to draw.
        var buffer: CellBuffer
        /// Text to write before the cells.
        var before = ""
        /// Rows with a picture to remove; all their cells must be rewritten, changed or not.
        var wiped: Set<Int> = []
        /// Text to write after the cells.
        var after = ""
        /// Whether all pictures are included; if not, preparing the same frame again adds more.
        var isComplete = true
    }

    /// Number of new sixel pictures encoded per frame; more would delay key presses.
    static let encodedInFrame = 2
    /// Number of pictures cached here or in the terminal; no screen shows that many.
    static let limit = 96

    var pictures = PictureProtocol.cells {
        didSet { if pictures != oldValue { forget() } }
    }
    /// Size of the terminal's cells.
    var cell = PixelSize.usualCell {
        didSet { if cell != oldValue { forget() } }
    }
    private let depth: ColorDepth

    /// Cached pictures, the most recently used last: `slot` numbers kitty's pictures, `text`
    /// encodes sixel's.
    private var known: [(id: Int, slot: Int, text: String)] = []
    /// Sixel pictures on the screen.
    private var drawn: [PlacedPicture] = []

    init(depth: ColorDepth) { self.depth = depth }

    /// Forgets all pictures, because the screen has changed or the terminal may have lost them.
    mutating func forget() {
        known.removeAll()
        drawn.removeAll()
    }

    /// Forgets all pictures and returns the escape sequences that delete them from the terminal.
    mutating func clear() -> String {
        defer { forget() }
        return pictures == .kitty ? known.map { KittyGraphics.delete(id: number($0.slot)) }.joined() : ""
    }

    /// Returns a frame with its pictures.
    ///
    /// - Parameter previous: the cells on the screen; nil if all cells are to be written.
    mutating func frame(_ buffer: CellBuffer, over previous: CellBuffer?) -> Frame {
        switch pictures {
        case .cells: Frame(buffer: buffer)
        case .kitty: kittyFrame(buffer)
        case .sixel: sixelFrame(buffer, over: previous)
        }
    }

    // MARK: kitty

    /// The image number of a slot. Placeholders carry it as their foreground: a palette entry, or a
    /// colour with five bits per channel, to which `CellPainter` rounds direct colours.
    private func number(_ slot: Int) -> Int {
        guard depth == .trueColor else { return 16 + slot }
        func channel(_ value: Int) -> Int { value << 3 | value >> 2 }
        return channel(1) << 16 | channel(slot >> 5) << 8 | channel(slot & 31)
    }

    private mutating func kittyFrame(_ buffer: CellBuffer) -> Frame {
        var frame = Frame(buffer: buffer)
        for placed in buffer.pictures {
            let (rect, size) = (placed.rect, placed.rect.size)
            if let index = known.firstIndex(where: { $0.id == placed.id }) {
                known.append(known.remove(at: index))
            } else {
                let slot = known.count < Self.limit ? known.count : known.removeFirst().slot
                known.append((placed.id, slot, ""))
                frame.before += KittyGraphics.transmit(placed.picture, id: number(slot), size: size)
            }
            let cells = KittyGraphics.cells(size: size, id: number(known[known.count - 1].slot))
            for row in 0..<size.rows {
                for column in 0..<size.columns
                where buffer[rect.column + column, rect.row + row] == placed.cells[column, row] {
                    var cell = cells[column, row]
                    cell.style.background = placed.background
                    frame.buffer[rect.column + column, rect.row + row] = cell
                }
            }
        }
        return frame
    }

    // MARK: Sixel

    private mutating func sixelFrame(_ buffer: CellBuffer, over previous: CellBuffer?) -> Frame {
        var frame = Frame(buffer: buffer)
        let whole = buffer.pictures.filter(buffer.isWhole)
        if previous == nil { drawn.removeAll() }
        for old in drawn where !whole.contains(old) {
            frame.wiped.formUnion(old.rect.row..<old.rect.row + old.rect.rows)
        }
        // Writing to a row may overwrite a picture in it, even where the row's cells are unchanged.
        let written = frame.wiped.union(Self.changedRows(buffer, previous))
        var budget = Self.encodedInFrame
        var now: [PlacedPicture] = []
        for placed in whole {
            let rows = placed.rect.row..<placed.rect.row + placed.rect.rows
            if !drawn.contains(placed) || rows.contains(where: written.contains) {
                guard let text = sixel(placed, &budget) else {
                    frame.isComplete = false
                    continue
                }
                frame.after += "\u{1b}[\(placed.rect.row + 1);\(placed.rect.column + 1)H" + text
            }
            now.append(placed)
        }
        drawn = now
        // Restore the cursor and colours that ncurses expects.
        if !frame.after.isEmpty { frame.after = "\u{1b}7" + frame.after + "\u{1b}8" }
        return frame
    }

    private static func changedRows(_ buffer: CellBuffer, _ previous: CellBuffer?) -> Set<Int> {
        guard let previous, previous.size == buffer.size else { return Set(0..<buffer.size.rows) }
        let columns = buffer.size.columns
        return Set(
            (0..<buffer.size.rows).filter { row in
                let line = row * columns..<(row + 1) * columns
                return buffer.cells[line] != previous.cells[line]
            })
    }

    /// Returns a picture's sixel sequence; nil once the frame's budget is spent.
    private mutating func sixel(_ placed: PlacedPicture, _ budget: inout Int) -> String? {
        if let index = known.firstIndex(where: { $0.id == placed.id }) {
            let entry = known.remove(at: index)
            known.append(entry)
            return entry.text
        }
        guard budget > 0 else { return nil }
        budget -= 1
        let picture = placed.picture.resized(
            width: placed.rect.columns * cell.width, height: placed.rect.rows * cell.height)
        let text = Sixel.encode(picture)
        if known.count >= Self.limit { known.removeFirst() }
        known.append((placed.id, 0, text))
        return text
    }
}
