/// An appendable series of values that returns the least and the greatest of any range in
/// logarithmic time, so that a chart draws a million points as fast as a hundred.
package struct ValueSeries: Sendable {
    package private(set) var values: [Double] = []
    /// Level k holds the bounds of blocks of 16ᵏ⁺¹ values.
    private var levels: [[Bounds]] = []

    /// The least and the greatest of some values, ignoring those that are not finite.
    package struct Bounds: Sendable, Equatable {
        package var low = Double.infinity
        package var high = -Double.infinity
        package var isEmpty: Bool { low > high }

        mutating func include(_ value: Double) {
            guard value.isFinite else { return }
            (low, high) = (min(low, value), max(high, value))
        }

        mutating func include(_ other: Bounds) { (low, high) = (min(low, other.low), max(high, other.high)) }
    }

    private static let fan = 16

    package init() {}

    package init(_ values: some Sequence<Double>) {
        for value in values { append(value) }
    }

    package var count: Int { values.count }

    package mutating func append(_ value: Double) {
        let index = values.count
        values.append(value)
        var block = index / Self.fan
        var level = 0
        repeat {
            if level == levels.count { levels.append(level == 0 ? [] : Self.merged(levels[level - 1])) }
            if block == levels[level].count { levels[level].append(Bounds()) }
            levels[level][block].include(value)
            block /= Self.fan
            level += 1
        } while levels[level - 1].count > Self.fan
    }

    private static func merged(_ level: [Bounds]) -> [Bounds] {
        stride(from: 0, to: level.count, by: fan).map { start in
            level[start..<min(start + fan, level.count)].reduce(into: Bounds()) { $0.include($1) }
        }
    }

    /// Returns the bounds of the values at `range`.
    package func bounds(_ range: Range<Int>) -> Bounds {
        var result = Bounds()
        var (first, last, level) = (range.lowerBound, range.upperBound, -1)
        while first < last {
            // Leave whole blocks to the next level and examine the values on either side here.
            let isTop = level + 1 >= levels.count
            let (inner, outer) = (Self.roundUp(first), last / Self.fan * Self.fan)
            if isTop || inner >= outer {
                for index in first..<last { include(level, index, into: &result) }
                return result
            }
            for index in first..<inner { include(level, index, into: &result) }
            for index in outer..<last { include(level, index, into: &result) }
            (first, last, level) = (inner / Self.fan, outer / Self.fan, level + 1)
        }
        return result
    }

    private static func roundUp(_ index: Int) -> Int { (index + fan - 1) / fan * fan }

    private func include(_ level: Int, _ index: Int, into bounds: inout Bounds) {
        if level < 0 { bounds.include(values[index]) } else { bounds.include(levels[level][index]) }
    }
}
