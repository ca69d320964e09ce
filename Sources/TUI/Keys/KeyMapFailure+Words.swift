import Basics
import Wording

extension KeyMapFailure: Worded {
    private static var bindings: [String] { KeyTable.standard.map(\.name) }

    package var english: String {
        switch self {
        case .noBinding(let name):
            "There is no key binding \(name); there are \(Self.bindings.joined(separator: ", "))."
        case .noKey(let label, let binding):
            "\(binding) = \"\(label)\" is no key: write one character, ctrl- and a letter, or space, "
                + "enter, esc, tab, shift-tab, up, down, left, right, pgup, pgdn, home, end."
        case .twoMeanings(let key, let first, let second):
            "The key \(key) would mean both \(first) and \(second); give one of them another key."
        }
    }

    package var simplifiedChinese: String {
        switch self {
        case .noBinding(let name):
            "没有按键绑定 \(name)；现有 \(Self.bindings.joined(separator: "、"))。"
        case .noKey(let label, let binding):
            "\(binding) = \"\(label)\" 不是按键：请写一个字符、ctrl- 加一个字母，或 space、"
                + "enter、esc、tab、shift-tab、up、down、left、right、pgup、pgdn、home、end。"
        case .twoMeanings(let key, let first, let second):
            "按键 \(key) 会同时表示 \(first) 和 \(second)；请为其中之一另选按键。"
        }
    }
}
