/// Allocates the numbers of ncurses colour pairs, which are limited.
///
/// Pairs keep their numbers until the numbers run out; then all pairs are dropped at once, because
/// redefining a single pair makes ncurses scan the whole screen. This must not happen while a frame
/// is being drawn, so `makeRoom` runs first.
struct ColorPairTable {
    /// Colour numbers as in ncurses; -1 is the terminal's default colour.
    struct Pair: Hashable, Sendable {
        var foreground: Int32
        var background: Int32
    }

    struct Number: Equatable, Sendable {
        /// The pair's number; 0 is the terminal's default pair, which always exists.
        var value: Int32
        /// Whether the reverse attribute must swap foreground and background.
        var isReversed = false
        /// Whether the pair has yet to be initialised.
        var isNew = false
    }

    /// Number of pairs besides pair 0.
    let capacity: Int
    /// Whether a pair also serves its reverse, to save numbers where they are few.
    private let sharesReversed: Bool
    private var numbers: [Pair: Int32] = [:]

    init(capacity: Int) {
        self.capacity = max(0, capacity)
        sharesReversed = capacity < 256
    }

    var count: Int { numbers.count }

    /// Ensures that a frame with these pairs does not run out of numbers.
    ///
    /// - Parameter pairs: the pairs that the frame is about to draw; they may repeat.
    /// - Returns: whether all pairs were dropped, so that every cell of the screen must be redrawn.
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

    /// Returns a pair's number, allocating one if necessary. Once the numbers run out, further
    /// pairs get the terminal's default colours.
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
        // The default colours differ between foreground and background and cannot be swapped.
        guard sharesReversed, pair.foreground >= 0, pair.background > pair.foreground else {
            return (pair, false)
        }
        return (Pair(foreground: pair.background, background: pair.foreground), true)
    }
}
