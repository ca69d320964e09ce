/// A single-line text input with a cursor and a history.
package struct TextField: Equatable, Sendable {
    package private(set) var text: String
    /// Number of characters before the cursor.
    package private(set) var cursor: Int
    /// Earlier entries, the newest last.
    var history: [String] = []
    /// Steps back into the history; 0 is the current text.
    private var age = 0
    /// The text to return to when leaving the history.
    private var draft = ""
    /// Largest number of characters.
    package var limit = 60

    package init(_ text: String = "", history: [String] = [], limit: Int = 60) {
        (self.text, self.history, self.limit) = (text, history, limit)
        cursor = text.count
    }

    package var isEmpty: Bool { text.isEmpty }

    /// Handles an editing, movement or history key; returns false for any other key.
    package mutating func press(_ key: Key) -> Bool {
        switch key {
        case .character(let character): insert(String(character))
        case .backspace: delete(cursor - 1..<cursor)
        case .delete, .control("d"): delete(cursor..<cursor + 1)
        case .left, .control("b"): cursor = max(0, cursor - 1)
        case .right, .control("f"): cursor = min(text.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = text.count
        case .control("k"): delete(cursor..<text.count)
        case .control("u"): delete(0..<cursor)
        case .control("w"): delete(wordStart..<cursor)
        case .up where !history.isEmpty: recall(age + 1)
        case .down where !history.isEmpty: recall(age - 1)
        default: return false
        }
        return true
    }

    /// Inserts as much as fits at the cursor, without line ends and other control characters.
    package mutating func insert(_ more: String) {
        let printable = more.filter { character in
            character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        }
        let added = printable.prefix(max(0, limit - text.count))
        text.insert(contentsOf: added, at: text.index(text.startIndex, offsetBy: cursor))
        // A combining mark joins the character before it.
        cursor = min(cursor + added.count, text.count)
    }

    private mutating func delete(_ range: Range<Int>) {
        let range = range.clamped(to: 0..<text.count)
        guard !range.isEmpty else { return }
        let start = text.index(text.startIndex, offsetBy: range.lowerBound)
        text.removeSubrange(start..<text.index(start, offsetBy: range.count))
        cursor = min(range.lowerBound, text.count)
    }

    private var wordStart: Int {
        let letters = Array(text)
        var start = cursor
        while start > 0, letters[start - 1] == " " { start -= 1 }
        while start > 0, letters[start - 1] != " " { start -= 1 }
        return start
    }

    private mutating func recall(_ wanted: Int) {
        guard (0...history.count).contains(wanted) else { return }
        if age == 0 { draft = text }
        age = wanted
        text = wanted == 0 ? draft : history[history.count - wanted]
        cursor = text.count
    }
}
