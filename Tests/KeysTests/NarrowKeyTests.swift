import Testing

@testable import Keys

/// Keys of Chinese input methods, and the answers of terminals.
@Suite struct NarrowKeyTests {
    @Test(
        arguments: [
            ("？", "?"), ("：", ":"), ("，", ","), ("。", "."), ("、", "/"), ("【", "["), ("】", "]"), ("《", "<"),
            ("》", ">"), ("＋", "+"), ("－", "-"), ("＝", "="), ("＊", "*"), ("／", "/"), ("　", " "), ("ｑ", "q"),
            ("１", "1"), ("～", "~"), ("！", "!"),
        ] as [(Character, Character)])
    func fullWidthCountsAsItsKey(typed: Character, key: Character) {
        #expect(Key.character(typed).narrow == .character(key))
    }

    @Test func otherKeysStay() {
        for key: Key in [.enter, .character("q"), .character("好"), .character("é"), .control("b")] {
            #expect(key.narrow == key)
        }
    }

    @Test func bindingsWorkWithBoth() throws {
        let keys = KeyMap()
        #expect(keys.binding(for: .character("？"), on: .train)?.name == "help")
        #expect(keys.binding(for: .character("【"), on: .train)?.name == "halve_rate")
        #expect(keys.binding(for: .character("　"), on: .train)?.name == "pause")
        #expect(keys.binding(for: .character("好"), on: .train) == nil)
        // A mark that somebody has bound itself means that.
        let own = try KeyMap(keys: ["quit": ["？"]])
        #expect(own.binding(for: .character("？"), on: .train)?.name == "quit")
    }

    @Test(arguments: [
        ("\u{1b}]11;rgb:ffff/8080/0000\u{1b}\\", 255, 128, 0), ("\u{1b}]11;rgb:f/8/0\u{7}", 255, 136, 0),
        ("\u{1b}]11;rgba:ffff/0000/ffff/8000\u{1b}\\", 255, 0, 255),
    ]) func theBackgroundIsRead(answer: String, red: UInt8, green: UInt8, blue: UInt8) {
        var parser = InputParser()
        #expect(
            parser.feed(answer.utf8) == [.report(.background(red: red, green: green, blue: blue))])
    }

    @Test(arguments: [
        "\u{1b}]11;rgb:ffff/ffff\u{7}", "\u{1b}]11;rgb:fffff/0/0\u{7}", "\u{1b}]11;?\u{7}",
        "\u{1b}]10;rgb:0/0/0\u{7}", "\u{1b}]11;rgb:x/y/z\u{7}",
    ]) func anotherAnswerIsNone(answer: String) {
        var parser = InputParser()
        #expect(parser.feed(answer.utf8) == [])
    }
}
