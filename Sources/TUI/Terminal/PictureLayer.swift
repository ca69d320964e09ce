import Plots

/// What the terminal's own graphics add to frames of cells.
///
/// A picture that something lies over is left to its cells: by sixel as a whole, by kitty's placeholders cell by cell.
/// Nothing of a picture stays that a frame does not have.
struct PictureLayer {
    /// What to do for a frame.
    struct Frame {
        /// The cells to draw.
        var buffer: CellBuffer
        /// To write before the cells.
        var before = ""
        /// Rows that hold what is not to stay; all their cells must be written, also those that do not change.
        var wiped: Set<Int> = []
        /// To write once the cells are there.
        var after = ""
        /// Whether all pictures are there; if not, the same frame goes on with them.
        var isComplete = true
    }

    /// New pictures that a frame encodes: more would make a key wait.
    static let encodedInFrame = 2
    /// Pictures that are remembered, here or by the terminal; no screen has so many.
    static let limit = 96

    var pictures = PictureProtocol.cells {
        didSet { if pictures != oldValue { forget() } }
    }
    /// Of the terminal's cells.
    var cell = PixelSize.usualCell {
        didSet { if cell != oldValue { forget() } }
    }
    private let depth: ColorDepth

    /// By picture, those used last at the end: kitty's numbers, and sixel's text.
    private var known: [(id: Int, slot: Int, text: String)] = []
    /// Sixel pictures on the screen.
    private var drawn: [PlacedPicture] = []

    init(depth: ColorDepth) { self.depth = depth }

    /// The screen is no longer what it was, or the terminal may have lost what it was given.
    mutating func forget() {
        known.removeAll()
        drawn.removeAll()
    }

    /// Has the terminal forget all pictures.
    mutating func clear() -> String {
        defer { forget() }
        return pictures == .kitty ? known.map { KittyGraphics.delete(id: number($0.slot)) }.joined() : ""
    }

    /// - Parameter previous: the cells that are on the screen; nil when all are to be written.
    mutating func frame(_ buffer: CellBuffer, over previous: CellBuffer?) -> Frame {
        switch pictures {
        case .cells: Frame(buffer: buffer)
        case .kitty: kittyFrame(buffer)
        case .sixel: sixelFrame(buffer, over: previous)
        }
    }

    // MARK: kitty

    /// Numbers are told by the foreground: entries of the palette, or colours of five bits a channel, which is what is
    /// drawn of direct colours.
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
        // What is written to a row may go over a picture in it, also where it does not differ.
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
        // The cursor and colours are left as ncurses knows them.
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

    /// Nil when the frame has encoded enough.
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
