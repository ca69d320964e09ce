/// A small model of a terminal: the screen after the bytes received so far.
///
/// It covers what ncurses sends for terminfo's xterm-256color; unknown sequences are collected, so
/// that a test can check that the model is complete.
struct TerminalScreen {
    private(set) var columns: Int
    private(set) var rows: Int
    private var cells: [[Character]]
    private var row = 0
    private var column = 0
    private var region: ClosedRange<Int>
    private var saved = (row: 0, column: 0)
    private var last: Character = " "
    private var pending: [UInt8] = []
    /// The number of bytes of `pending` already handled.
    private var start = 0
    private(set) var isAlternate = false
    private(set) var wasAlternate = false
    private(set) var cursorIsVisible = true
    /// Private modes that are on, other than the cursor's and the alternate screen's.
    private(set) var modes: Set<Int> = []
    /// Frames completed (mode 2026), and times that the whole screen was cleared.
    private(set) var frames = 0
    private(set) var clears = 0
    private(set) var unknown: [String] = []

    /// A device control (P) or application (_) string, and the cursor's position when it arrived.
    struct ControlString {
        var introducer: Character
        var body: String
        var row: Int
        var column: Int
    }

    private(set) var strings: [ControlString] = []

    struct Position: Hashable {
        var row: Int
        var column: Int
    }

    /// Cells, of 10×20 pixels each, that show part of a sixel picture.
    private(set) var sixelCells: Set<Position> = []

    private mutating func drawSixel(_ body: String) {
        guard let raster = body.firstMatch(of: /q"1;1;(\d+);(\d+)/), let width = Int(raster.1),
            let height = Int(raster.2)
        else { return }
        for y in row..<min(rows, row + (height + 19) / 20) {
            for x in column..<min(columns, column + (width + 9) / 10) {
                sixelCells.insert(Position(row: y, column: x))
            }
        }
    }

    /// Clears cells, together with any part of a picture in them.
    private mutating func erase(_ row: Int, _ range: Range<Int>) {
        for column in range {
            cells[row][column] = " "
            sixelCells.remove(Position(row: row, column: column))
        }
    }

    init(columns: Int, rows: Int) {
        (self.columns, self.rows) = (columns, rows)
        cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
        region = 0...rows - 1
    }

    /// Like a terminal, keeps the upper left part when the window changes size.
    mutating func resize(columns: Int, rows: Int) {
        var next = TerminalScreen(columns: columns, rows: rows).cells
        for r in 0..<min(rows, self.rows) {
            for c in 0..<min(columns, self.columns) { next[r][c] = cells[r][c] }
        }
        (self.columns, self.rows, cells, region) = (columns, rows, next, 0...rows - 1)
        (row, column) = (min(row, rows - 1), min(column, columns - 1))
    }

    /// The content of a wide character's right half.
    private static let rightHalf = Character("\0")

    var lines: [String] { cells.map { String($0.filter { $0 != Self.rightHalf }) } }

    /// One character per column; NUL for the right half of a wide one.
    var grid: [[Character]] { cells }
    var text: String { lines.joined(separator: "\n") }

    mutating func feed(_ bytes: [UInt8]) {
        pending += bytes
        start = 0
        while start < pending.count, let used = step() { start += used }
        pending.removeFirst(start)
    }

    /// Handles one character or sequence and returns its length; nil when the rest has not arrived
    /// yet.
    private mutating func step() -> Int? {
        let first = pending[start]
        switch first {
        case 0x1b: return escape()
        case 8: column = max(0, column - 1)
        case 9: column = min(columns - 1, (column / 8 + 1) * 8)
        case 10: lineFeed()
        case 13: column = 0
        case 0..<32, 127: break
        default:
            let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
            guard pending.count - start >= length else { return nil }
            put(Character(String(decoding: pending[start..<start + length], as: UTF8.self)))
            return length
        }
        return 1
    }

    static func isWide(_ character: Character) -> Bool {
        let scalar = character.unicodeScalars.first!
        return scalar.properties.isEmojiPresentation || (0x2e80...0xd7a3).contains(scalar.value)
            || (0xff00...0xff60).contains(scalar.value)
    }

    private mutating func put(_ character: Character) {
        let properties = character.unicodeScalars.first!.properties
        if properties.generalCategory == .nonspacingMark {
            let before = max(0, column - 1)
            cells[row][before] = Character(String(cells[row][before]) + String(character))
            return
        }
        let isWide = Self.isWide(character)
        if column + (isWide ? 2 : 1) > columns {
            column = 0
            lineFeed()
        }
        // Overwriting half of a wide character clears the other half.
        if cells[row][column] == Self.rightHalf { cells[row][column - 1] = " " }
        let next = column + (isWide ? 2 : 1)
        if next < columns, cells[row][next] == Self.rightHalf { cells[row][next] = " " }
        erase(row, column..<next)
        cells[row][column] = character
        if isWide { cells[row][column + 1] = Self.rightHalf }
        last = character
        column = next
    }

    private mutating func lineFeed() {
        if row == region.upperBound { scroll(1) } else { row = min(rows - 1, row + 1) }
    }

    private mutating func scroll(_ count: Int) {
        let blank = Array(repeating: Character(" "), count: columns)
        for _ in 0..<abs(count) {
            if count > 0 {
                cells.remove(at: region.lowerBound)
                cells.insert(blank, at: region.upperBound)
            } else {
                cells.remove(at: region.upperBound)
                cells.insert(blank, at: region.lowerBound)
            }
        }
    }

    private mutating func escape() -> Int? {
        guard pending.count - start >= 2 else { return nil }
        switch pending[start + 1] {
        case UInt8(ascii: "["): return control()
        case UInt8(ascii: "("), UInt8(ascii: ")"): return pending.count - start >= 3 ? 3 : nil
        case UInt8(ascii: "]"):
            // Ended by BEL, or by ESC \ as tmux does.
            guard let end = pending[start...].dropFirst().firstIndex(where: { $0 == 7 || $0 == 0x1b })
            else { return nil }
            if pending[end] == 7 { return end + 1 - start }
            return end + 1 < pending.count ? end + 2 - start : nil
        case UInt8(ascii: "P"), UInt8(ascii: "_"):
            guard let end = pending[start...].dropFirst().firstIndex(of: 0x1b), end + 1 < pending.count else {
                return nil
            }
            let body = String(decoding: pending[start + 2..<end], as: UTF8.self)
            strings.append(
                ControlString(
                    introducer: Character(UnicodeScalar(pending[start + 1])), body: body, row: row,
                    column: column))
            if pending[start + 1] == UInt8(ascii: "P") { drawSixel(body) }
            return end + 2 - start
        case UInt8(ascii: "M"):
            if row == region.lowerBound { scroll(-1) } else { row = max(0, row - 1) }
        case UInt8(ascii: "7"): saved = (row, column)
        case UInt8(ascii: "8"): (row, column) = saved
        case UInt8(ascii: "="), UInt8(ascii: ">"): break
        default: unknown.append("ESC \(pending[start + 1])")
        }
        return 2
    }

    private mutating func control() -> Int? {
        guard let end = pending[start...].dropFirst(2).firstIndex(where: { (0x40...0x7e).contains($0) })
        else { return nil }
        let text = String(decoding: pending[start + 2..<end], as: UTF8.self)
        let isPrivate = text.hasPrefix("?") || text.hasPrefix(">")
        let values = text.drop { "?>!".contains($0) }.split(separator: ";", omittingEmptySubsequences: false)
            .map {
                Int($0) ?? 0
            }
        let n = max(1, values.first ?? 1)
        let final = Character(UnicodeScalar(pending[end]))
        column = min(column, final == "m" ? column : columns - 1)
        switch final {
        case "m", "t", "n", "c", "q": break
        case "H", "f":
            row = min(rows, n) - 1
            column = min(columns, max(1, values.count > 1 ? values[1] : 1)) - 1
        case "A": row = max(0, row - n)
        case "B": row = min(rows - 1, row + n)
        case "C": column = min(columns - 1, column + n)
        case "D": column = max(0, column - n)
        case "G": column = min(columns, n) - 1
        case "d": row = min(rows, n) - 1
        case "J":
            let whole = values.first == 2
            if whole { clears += 1 }
            for r in (whole ? 0 : row)..<rows { erase(r, (r == row && !whole ? column : 0)..<columns) }
        case "K":
            let range =
                values.first == 1 ? 0..<column + 1 : values.first == 2 ? 0..<columns : column..<columns
            erase(row, range)
        case "X": erase(row, column..<min(columns, column + n))
        case "P":
            cells[row].removeSubrange(column..<min(columns, column + n))
            while cells[row].count < columns { cells[row].append(" ") }
        case "@":
            cells[row].insert(contentsOf: Array(repeating: " ", count: n), at: column)
            cells[row].removeLast(cells[row].count - columns)
        case "L", "M":
            let kept = region
            region = row...region.upperBound
            scroll(final == "L" ? -n : n)
            region = kept
        case "S": scroll(n)
        case "T": scroll(-n)
        case "b": for _ in 0..<n { put(last) }
        case "r": region = (n - 1)...max(n - 1, (values.count > 1 ? min(values[1], rows) : rows) - 1)
        case "h", "l":
            if isPrivate {
                if final == "l", values.contains(2026) { frames += 1 }
                let others = Set(values).subtracting([1, 7, 12, 25, 1049])
                modes = final == "h" ? modes.union(others) : modes.subtracting(others)
            }
            if isPrivate, values.contains(25) { cursorIsVisible = final == "h" }
            if isPrivate, values.contains(1049) {
                isAlternate = final == "h"
                if isAlternate { wasAlternate = true }
            }
        default: unknown.append("CSI \(text)\(final)")
        }
        return end + 1 - start
    }
}
