/// A key press, independent of its encoding by the terminal.
package enum Key: Hashable, Sendable {
    case character(Character)
    /// Ctrl with a lower-case letter, except for letters with a case of their own.
    case control(Character)
    case enter, escape, tab, backTab, backspace, delete
    case up, down, left, right, pageUp, pageDown, home, end
    /// Ctrl-C, or a signal that asks the program to end.
    case interrupt
    /// Ctrl-L.
    case redraw
    /// Ctrl-P.
    case palette

    /// The ASCII key behind a character of full width or a punctuation mark of a Chinese input method;
    /// the key itself for any other.
    package var narrow: Key {
        guard case .character(let character) = self, let scalar = character.unicodeScalars.first,
            character.unicodeScalars.count == 1
        else { return self }
        if let mark = Self.chineseMarks[character] { return .character(mark) }
        guard (0xff01...0xff5e).contains(scalar.value), let ascii = UnicodeScalar(scalar.value - 0xfee0)
        else {
            return self
        }
        return .character(Character(ascii))
    }

    /// Marks that Chinese input methods give for a key, besides those of full width.
    private static let chineseMarks: [Character: Character] = [
        "\u{3000}": " ", "。": ".", "、": "/", "【": "[", "】": "]", "「": "{", "」": "}", "《": "<", "》": ">",
        "“": "\"", "”": "\"", "‘": "'", "’": "'", "￥": "$", "·": "`", "…": "^", "—": "_", "×": "*",
    ]

    private static let named: [(key: Key, label: String)] = [
        (.character(" "), "space"), (.enter, "enter"), (.escape, "esc"), (.tab, "tab"),
        (.backTab, "shift-tab"),
        (.backspace, "backspace"), (.delete, "delete"), (.up, "↑"), (.down, "↓"), (.left, "←"), (.right, "→"),
        (.pageUp, "pgup"), (.pageDown, "pgdn"), (.home, "home"), (.end, "end"), (.interrupt, "ctrl-c"),
        (.redraw, "ctrl-l"), (.palette, "ctrl-p"),
    ]

    /// The key's name in the hint bar and the help.
    package var label: String {
        switch self {
        case .control(let letter): "ctrl-\(letter)"
        case .character(let character) where character != " ": String(character)
        default: Self.named.first { $0.key == self }?.label ?? ""
        }
    }

    /// Creates the key that a configuration file names: its label, or `up`, `down`, `left`,
    /// `right`. Nil for anything else.
    package init?(label: String) {
        let arrows: [String: Key] = ["up": .up, "down": .down, "left": .left, "right": .right]
        if let known = arrows[label] ?? Self.named.first(where: { $0.label == label })?.key {
            self = known
        } else if label.count == 1, let character = label.first, !character.isWhitespace {
            self = .character(character)
        } else if label.hasPrefix("ctrl-"), label.count == 6, let letter = label.last, letter.isASCII,
            letter.isLowercase
        {
            self = .control(letter)
        } else {
            return nil
        }
    }
}
