import TestSupport
import Testing

@testable import Terminal

@Suite struct ColorPairTableTests {
    typealias Pair = ColorPairTable.Pair

    /// A model of the terminal: the colours that each pair number stands for.
    struct Terminal {
        var table: ColorPairTable
        var meaning: [Int32: Pair] = [:]
        var recycled = 0

        init(capacity: Int) { table = ColorPairTable(capacity: capacity) }

        /// Draws a frame as the painter does and returns the colours that each cell then shows.
        mutating func draw(_ frame: [Pair]) -> [Pair] {
            if table.makeRoom(for: frame) {
                meaning = [:]
                recycled += 1
            }
            let numbers = frame.map { pair in
                let number = table.number(of: pair)
                if number.isNew {
                    #expect(meaning[number.value] == nil, "a number was taken twice")
                    meaning[number.value] =
                        number.isReversed
                        ? Pair(foreground: pair.background, background: pair.foreground) : pair
                }
                return number
            }
            // Looked up after the whole frame, because a terminal recolours earlier cells when
            // their pair changes.
            return numbers.map { number in
                let pair = meaning[number.value] ?? Pair(foreground: -1, background: -1)
                return number.isReversed
                    ? Pair(foreground: pair.background, background: pair.foreground) : pair
            }
        }
    }

    /// Twelve new pictures, 500 times, in truecolor on 200×60: each cell shows its own colours.
    @Test func pictureChangesNeverExhaustIt() {
        var random = SplitMix(state: 7)
        var terminal = Terminal(capacity: 32_766)
        func channel() -> Int32 { Int32(truncatingIfNeeded: random.next() & 0xff) }
        for change in 0..<500 {
            var frame: [Pair] = []
            for _ in 0..<12 {
                // A picture's colours lie near two base colours.
                let (front, back) = (
                    SIMD3(channel(), channel(), channel()), SIMD3(channel(), channel(), channel())
                )
                for _ in 0..<250 {
                    func near(_ base: SIMD3<Int32>) -> Int32 {
                        func mix(_ value: Int32) -> Int32 {
                            max(0, min(255, value + channel() / 4 - 32)) & 0xf8 | 1
                        }
                        return mix(base.x) << 16 | mix(base.y) << 8 | mix(base.z)
                    }
                    frame.append(Pair(foreground: near(front), background: near(back)))
                }
            }
            let shown = terminal.draw(frame)
            #expect(shown == frame, "change \(change)")
            if shown != frame { return }
        }
        #expect(terminal.recycled > 20)
    }

    /// A frame that would use up the numbers halfway recycles them before it is drawn.
    @Test func recyclingComesBeforeTheFrame() {
        var terminal = Terminal(capacity: 300)
        func frame(_ from: Int32, _ count: Int32) -> [Pair] {
            (from..<from + count).map { Pair(foreground: $0, background: 0) }
        }
        #expect(terminal.draw(frame(0, 200)) == frame(0, 200))
        #expect(terminal.draw(frame(100, 200)) == frame(100, 200) && terminal.recycled == 0)
        #expect(terminal.draw(frame(150, 151)) == frame(150, 151) && terminal.recycled == 1)
        #expect(terminal.draw(frame(0, 300)) == frame(0, 300) && terminal.recycled == 2)
    }

    /// With fewer numbers than pairs on one screen, the surplus cells get the terminal's standard
    /// colours, never those of another pair.
    @Test func tooFewNumbersGiveTheStandardColours() {
        var terminal = Terminal(capacity: 300)
        let frame = (0..<400).map { Pair(foreground: $0, background: 0) }
        let shown = terminal.draw(frame)
        #expect(Array(shown.prefix(300)) == Array(frame.prefix(300)))
        #expect(shown.suffix(100).allSatisfy { $0 == Pair(foreground: -1, background: -1) })
    }

    /// All pairs of eight colours and the terminal's defaults fit into terminals with 64 pairs.
    @Test func eightColoursFitInto64Pairs() {
        var terminal = Terminal(capacity: 62)
        let all = (-1..<8).flatMap { front in
            (-1..<8).map { Pair(foreground: Int32(front), background: Int32($0)) }
        }
        #expect(terminal.draw(all) == all)
        #expect(terminal.draw(all.reversed()) == all.reversed() && terminal.recycled == 0)
    }
}
