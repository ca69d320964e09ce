/// Numbers of colour pairs, which a terminal library has only so many of.
///
/// A pair keeps its number until all are taken; then all are given up at once, because ncurses looks at the whole
/// screen to change a single one. That must not happen while a frame is being drawn: `makeRoom` comes before it.
struct ColorPairTable {
    /// Colour numbers as ncurses has them; -1 is the terminal's own.
    struct Pair: Hashable, Sendable {
        var foreground: Int32
        var background: Int32
    }

    struct Number: Equatable, Sendable {
        /// 0 is the terminal's own pair, which always exists.
        var value: Int32
        /// Whether foreground and background are to be swapped by the reverse attribute.
        var isReversed = false
        /// Whether the pair has to be made first.
        var isNew = false
    }

    /// Pairs besides number 0.
    let capacity: Int
    /// Where pairs are few one serves both ways round.
    private let sharesReversed: Bool
    private var numbers: [Pair: Int32] = [:]

    init(capacity: Int) {
        self.capacity = max(0, capacity)
        sharesReversed = capacity < 256
    }

    var count: Int { numbers.count }

    /// Makes sure that a frame that shows `pairs` needs no number twice.
    ///
    /// - Parameter pairs: those that the frame is about to draw; the same one may come several times.
    /// - Returns: whether all numbers were given up. Then every cell of the screen must be drawn anew.
    mutating func makeRoom(for pairs: some Collection<Pair>) -> Bool {
        if numbers.count + pairs.count <= capacity { return false }
        var missing: Set<Pair> = []
        for pair in pairs {
            let key = canonical(pair).key
            if !isStandard(key), numbers[key] == nil { missing.insert(key) }
        }
        if numbers.count + missing.count <= capacity { return false }
        numbers.removeAll(keepingCapacity: true)
        return true
    }

    /// The number of a pair, a new one where it has none. With more pairs on the screen than there are numbers, those
    /// that find none get the terminal's own colours.
    mutating func number(of pair: Pair) -> Number {
        if isStandard(pair) { return Number(value: 0) }
        let (key, isReversed) = canonical(pair)
        if let known = numbers[key] { return Number(value: known, isReversed: isReversed) }
        guard numbers.count < capacity else { return Number(value: 0) }
        let value = Int32(numbers.count + 1)
        numbers[key] = value
        return Number(value: value, isReversed: isReversed, isNew: true)
    }

    private func isStandard(_ pair: Pair) -> Bool { pair.foreground < 0 && pair.background < 0 }

    private func canonical(_ pair: Pair) -> (key: Pair, isReversed: Bool) {
        // The terminal's own colours are others for letters than for what is behind them.
        guard sharesReversed, pair.foreground >= 0, pair.background > pair.foreground else {
            return (pair, false)
        }
        return (Pair(foreground: pair.background, background: pair.foreground), true)
    }
}
