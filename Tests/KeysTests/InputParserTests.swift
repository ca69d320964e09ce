import TestSupport
import Testing

@testable import Keys

@Suite struct InputParserTests {
    private func inputs(_ text: String) -> [Input] {
        var parser = InputParser()
        return parser.feed(text.utf8) + parser.flush()
    }

    @Test(arguments: [
        ("\u{1b}[A", Key.up), ("\u{1b}OA", .up), ("\u{1b}[B", .down), ("\u{1b}OB", .down),
        ("\u{1b}[C", .right), ("\u{1b}OD", .left),
        ("\u{1b}[H", .home), ("\u{1b}OH", .home), ("\u{1b}[1~", .home), ("\u{1b}[7~", .home),
        ("\u{1b}[F", .end), ("\u{1b}OF", .end), ("\u{1b}[4~", .end), ("\u{1b}[8~", .end),
        ("\u{1b}[3~", .delete), ("\u{1b}[5~", .pageUp), ("\u{1b}[6~", .pageDown), ("\u{1b}[Z", .backTab),
        ("\u{1b}\t", .backTab),
        ("\u{1b}[1;5C", .right), ("\u{1b}OM", .enter), ("\u{1b}Os", .character("3")),
        ("\u{1b}Ok", .character("+")),
        ("\r", .enter), ("\n", .enter), ("\t", .tab), ("\u{7f}", .backspace), ("\u{8}", .backspace),
        ("\u{1b}", .escape),
        ("\u{1}", .control("a")), ("\u{5}", .control("e")), ("\u{b}", .control("k")),
        ("\u{15}", .control("u")), ("\u{17}", .control("w")),
        ("\u{3}", .interrupt), ("\u{c}", .redraw), ("\u{10}", .palette), ("é", .character("é")),
        ("花", .character("花")), ("🌼", .character("🌼")),
    ]) func aKeyInEachOfItsForms(bytes: String, key: Key) {
        #expect(inputs(bytes) == [.key(key)])
    }

    /// Any division of the bytes into pieces gives the same keys.
    @Test func piecesMakeTheSameInput() {
        let text =
            "a\u{1b}[A\u{1b}[<0;12;5M\u{1b}[<0;12;5m花\u{1b}[200~two\nlines q\u{1b}[201~\u{1b}[3~\u{1b}OFz"
        let whole: [Input] = [
            .key(.character("a")), .key(.up), .mouse(MouseEvent(.press, column: 11, row: 4)),
            .mouse(MouseEvent(.release, column: 11, row: 4)), .key(.character("花")), .paste("twolines q"),
            .key(.delete), .key(.end),
            .key(.character("z")),
        ]
        let bytes = Array(text.utf8)
        for size in 1...bytes.count {
            var parser = InputParser()
            var found: [Input] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                found += parser.feed(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(found == whole, "pieces of \(size)")
        }
    }

    @Test(arguments: [
        ("\u{1b}[<0;1;1M", MouseEvent(.press, column: 0, row: 0)),
        ("\u{1b}[<0;200;60m", MouseEvent(.release, column: 199, row: 59)),
        ("\u{1b}[<32;3;4M", MouseEvent(.drag, column: 2, row: 3)),
        ("\u{1b}[<64;3;4M", MouseEvent(.wheelUp, column: 2, row: 3)),
        ("\u{1b}[<65;3;4M", MouseEvent(.wheelDown, column: 2, row: 3)),
        ("\u{1b}[<81;3;4M", MouseEvent(.wheelDown, column: 2, row: 3, isControl: true)),
        ("\u{1b}[<4;3;4M", MouseEvent(.press, column: 2, row: 3, isShift: true)),
        ("\u{1b}[M !!", MouseEvent(.press, column: 0, row: 0)),
        ("\u{1b}[M#!!", MouseEvent(.release, column: 0, row: 0)),
        ("\u{1b}[M`!!", MouseEvent(.wheelUp, column: 0, row: 0)),
    ]) func theMouse(bytes: String, event: MouseEvent) {
        #expect(inputs(bytes) == [.mouse(event)])
    }

    @Test(arguments: [
        "\u{1b}[<0;9223372036854775807;1M", "\u{1b}[<0;1;65536M", "\u{1b}[<1;3;4M", "\u{1b}[<2;3;4m",
        "\u{1b}[<66;3;4M", "\u{1b}[<35;3;4M", "\u{1b}[<0;0;0M", "\u{1b}[<0;1M", "\u{1b}[<65;3;4m",
        "\u{1b}OP", "\u{1b}[[A", "\u{1b}[15~", "\u{1b}[I", "\u{1b}[>1;2c", "\u{1b}[8;24;80t", "\u{0}",
        "\u{1b}]12;rgb:0000/0000/0000\u{1b}\\", "\u{1b}]0;q\u{7}", "\u{1b}P1$r0m\u{1b}\\",
        "\u{1b}_Gi=9;OK\u{1b}\\", "\u{1b}_Gi=31\u{1b}\\", "\u{1b}[201~", "\u{85}",
    ]) func whatMeansNothingIsDropped(bytes: String) {
        #expect(inputs(bytes) == [])
        #expect(inputs(bytes + "q") == [.key(.character("q"))])
    }

    @Test func escapeBeforeAKeyStaysAKey() {
        #expect(inputs("\u{1b}q") == [.key(.escape), .key(.character("q"))])
        #expect(inputs("\u{1b}\u{1b}") == [.key(.escape), .key(.escape)])
        #expect(inputs("\u{1b}[") == [.key(.escape), .key(.character("["))])
        #expect(inputs("\u{1b}\u{1b}[A") == [.key(.escape), .key(.up)])
    }

    /// The letters of a sequence split by a slow line must not act as keys.
    @Test func halfASequenceIsNoKeys() {
        var parser = InputParser()
        #expect(parser.feed("\u{1b}[<0;1".utf8) == [] && parser.flush() == [])
        #expect(parser.feed("2;5M".utf8) == [.mouse(MouseEvent(.press, column: 11, row: 4))])
        #expect(parser.feed(Array("\u{1b}[".utf8) + Array(repeating: UInt8(ascii: "1"), count: 100)) == [])
        #expect(parser.feed("q".utf8) == [.key(.character("q"))])
    }

    @Test(arguments: [
        ("\u{1b}[?62;4;22c", TerminalReport.attributes([62, 4, 22])),
        ("\u{1b}[6;20;10t", .cellPixels(width: 10, height: 20)),
        ("\u{1b}_Gi=31;OK\u{1b}\\", .kittyGraphics(true)),
        ("\u{1b}_Gi=31;ENOTSUPPORTED:no;really\u{1b}\\", .kittyGraphics(false)),
        ("\u{1b}P>|kitty(0.42.1)\u{1b}\\", .name("kitty(0.42.1)")),
    ]) func answers(bytes: String, report: TerminalReport) {
        #expect(inputs(bytes + "q") == [.report(report), .key(.character("q"))])
        // The answer is recognised wherever it is split.
        for cut in 1..<bytes.utf8.count {
            var parser = InputParser()
            #expect(parser.feed(Array(bytes.utf8.prefix(cut))) == [] && (cut <= 2 || parser.flush() == []))
            #expect(parser.feed(Array(bytes.utf8.dropFirst(cut))).last == .report(report))
        }
    }

    /// An unterminated string does not hold back a key that starts with a new escape or control
    /// character.
    @Test func aStringWithoutAnEndEndsWithTheNextKey() {
        #expect(inputs("\u{1b}Pabc\u{1b}[A") == [.key(.up)])
        #expect(inputs("\u{1b}_Gi\u{3}") == [.key(.interrupt)])
        #expect(inputs("\u{1b}P") == [.key(.escape), .key(.character("P"))])
        var parser = InputParser()
        // A string longer than any terminal sends is discarded up to a pause or to a key that
        // cannot be part of it.
        let long = "\u{1b}_\(String(repeating: "a", count: 300))"
        #expect(parser.feed(long.utf8) == [] && parser.isUnsettled && parser.flush() == [])
        #expect(parser.feed("q".utf8) == [.key(.character("q"))])
        #expect(
            inputs("\(long)\u{1b}\\q") == [.key(.character("q"))]
                && inputs("\(long)\u{7}q") == [.key(.character("q"))])
        #expect(inputs("\(long)\u{3}") == [.key(.interrupt)] && inputs("\(long)\u{1b}[A") == [.key(.up)])
    }

    /// Long sequences also give the same input wherever they are split.
    @Test(arguments: [
        "\u{1b}[2\(String(repeating: ",", count: 66))00~K",
        "\u{1b}P\(String(repeating: "b", count: 300))\u{1b}\\q",
        "\u{1b}]\(String(repeating: "c", count: 254))\u{1b}[A",
        "\u{1b}]\(String(repeating: "c", count: 253))\u{1b}[A",
        "\u{1b}[\(String(repeating: "1", count: 62))\u{1b}[200~x\u{1b}[201~",
    ]) func cutsDoNotMatter(text: String) {
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            var (whole, pieces) = (InputParser(), InputParser())
            #expect(whole.feed(bytes) == pieces.feed(bytes[..<cut]) + pieces.feed(bytes[cut...]), "\(cut)")
        }
    }

    @Test func damagedTextIsDropped() {
        var parser = InputParser()
        #expect(
            parser.feed([0xff, 0xe8, 0x8a, UInt8(ascii: "a"), 0x80, UInt8(ascii: "b")]) == [
                .key(.character("a")), .key(.character("b")),
            ])
    }

    @Test func aPasteIsTextOnly() {
        #expect(
            inputs("\u{1b}[200~q\u{3}\u{1b}[A\r1e-4\t\u{9b}\u{1b}[201~q") == [
                .paste("q[A1e-4"), .key(.character("q")),
            ])
        #expect(inputs("\u{1b}[200~\u{1b}[201~") == [.paste("")])
        let long = String(repeating: "花a", count: 100_000)
        #expect(
            inputs("\u{1b}[200~\(long)\u{1b}[201~x") == [
                .paste(String(long.prefix(4096))), .key(.character("x")),
            ])
        // The same holds for small pieces, and nothing is a key until the paste ends.
        var parser = InputParser()
        var found: [Input] = []
        let bytes = Array("\u{1b}[200~\(long)\u{1b}[201~".utf8)
        for start in stride(from: 0, to: bytes.count, by: 1021) {
            found += parser.feed(bytes[start..<min(start + 1021, bytes.count)]) + parser.flush()
        }
        #expect(found == [.paste(String(long.prefix(4096)))])
    }

    /// After any bytes, the next key is still recognised.
    @Test func noBytesLockTheKeysOut() {
        var random = SplitMix(state: 3)
        for _ in 0..<300 {
            var parser = InputParser()
            let bytes = (0..<200).map { _ in
                [0x1b, 0x5b, 0x4f, 0x3c, 0x3b, 0x31, 0x4d, 0x7e, UInt8.random(in: 0...255, using: &random)]
                    .randomElement(using: &random)!
            }
            _ = parser.feed(bytes)
            // Ends a paste and a sequence, either of which may be open.
            _ = parser.feed("\u{1b}[201~".utf8) + parser.feed("~~~~~~~".utf8)
            #expect(parser.feed("q".utf8).last == .key(.character("q")), "\(bytes)")
        }
    }
}
