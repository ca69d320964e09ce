import Basics
import Phrases
import Testing

@testable import Keys

@Suite struct TextFieldTests {
    private func typed(_ keys: [Key], in field: TextField = TextField()) -> TextField {
        keys.reduce(into: field) { _ = $0.press($1) }
    }

    @Test func typingHappensAtTheCursor() {
        let field = typed([.character("1"), .character("4"), .left, .character("e"), .character("-")])
        #expect(field.text == "1e-4" && field.cursor == 3)
        #expect(typed([.home, .delete, .end, .backspace], in: field).text == "e-")
    }

    @Test func theShellsKeysWork() {
        let field = TextField("one two three")
        #expect(typed([.control("w")], in: field).text == "one two ")
        #expect(typed([.control("w"), .control("w")], in: field).text == "one ")
        #expect(typed([.control("a"), .control("k")], in: field).text == "")
        #expect(typed([.left, .left, .control("u")], in: field).text == "ee")
        #expect(
            typed([.control("a"), .control("d"), .control("e"), .character("!")], in: field).text
                == "ne two three!")
    }

    @Test func wideAndCombinedCharactersAreOneStep() {
        var field = TextField("花e\u{301}👩‍🔬")
        #expect(field.cursor == 3)
        _ = field.press(.backspace)
        _ = field.press(.left)
        _ = field.press(.delete)
        #expect(field.text == "花")
    }

    @Test func pastingDropsControlBytesAndWhatHasNoRoom() {
        var field = TextField("", limit: 5)
        field.insert("a\u{1b}[31mb\nc\td")
        #expect(field.text == "a[31m" && field.cursor == 5)
    }

    @Test func theHistoryIsRecalledAndTheDraftKept() {
        var field = TextField("", history: ["1e-3", "1e-4"])
        _ = field.press(.character("9"))
        for (key, text) in [
            (Key.up, "1e-4"), (.up, "1e-3"), (.up, "1e-3"), (.down, "1e-4"), (.down, "9"), (.down, "9"),
        ] {
            _ = field.press(key)
            #expect(field.text == text)
        }
    }
}

@Suite struct KeyMapTests {
    @Test func everyKeyMeansOneThingOnAScreen() throws {
        // The standard keys obey the rules for a user's own keys.
        _ = try KeyMap(keys: [:])
        let names = KeyTable.standard.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func labelsNameTheirKeys() {
        for binding in KeyTable.standard {
            for key in binding.keys { #expect(Key(label: key.label) == key) }
        }
        for label in ["", "ab", "ctrl-", "ctrl-A", "hyper-x", " "] { #expect(Key(label: label) == nil) }
    }

    @Test func aPersonsKeysReplaceTheStandardOnes() throws {
        let map = try KeyMap(keys: ["pause": ["p"], "up": ["up", "ctrl-y"], "save": []])
        #expect(map.binding(for: .character("p"), on: .train)?.name == "pause")
        #expect(map.binding(for: .character(" "), on: .train) == nil)
        #expect(map.binding(for: .control("y"), on: .log)?.name == "up")
        #expect(map.binding(for: .character("s"), on: .train) == nil)
        #expect(map.label(.save) == ":save" && map.label(.togglePause) == "p")
    }

    @Test(arguments: [
        (["pose": ["p"]], "no key binding pose"), (["pause": ["banana"]], "is no key"),
        (["pause": ["n"]], "both pause and step"), (["layout": ["/"]], ""),
    ]) func whatCannotBeIsExplained(keys: [String: [String]], part: String) {
        // A key may have another meaning on a screen where the binding does not work.
        if part.isEmpty {
            #expect(throws: Never.self) { try KeyMap(keys: keys) }
        } else {
            let error = #expect(throws: KeyMapFailure.self) { try KeyMap(keys: keys) }
            #expect(error?.message.contains(part) == true)
        }
    }

    /// Whole words come before beginnings and parts of words, and every word of the query counts.
    @Test(arguments: [
        ("confusion", "show_confusion"), ("doctor", "show_doctor"), ("loss", "show_chart_loss"),
        ("page down", "page_down"), ("down page", "page_down"), ("freeze", "freeze"), ("]", "double_rate"),
        ("X", "mark_kind"), ("help", "help"), ("newest", "newest_epoch"),
    ]) func searchPutsTheBestMatchFirst(query: String, name: String) {
        #expect(KeyMap().search(query, Strings(.english)).first?.name == name)
    }

    @Test func searchFindsByLettersInOrder() {
        let (map, strings) = (KeyMap(), Strings(.english))
        #expect(map.search("halve", strings).first?.action == .halveRate)
        #expect(map.search("unfrz", strings).first?.action == .unfreeze)
        #expect(map.search("undo", strings).first?.action == .undo)
        #expect(map.search("xqzw", strings).isEmpty)
        #expect(map.search("", strings).count == KeyTable.standard.count)
        #expect(map.search("减半", Strings(.simplifiedChinese)).first?.action == .halveRate)
        #expect(KeyMap.fuzzy("ab", "xaxb") == 5 && KeyMap.fuzzy("ba", "ab") == nil)
    }
}
