import Foundation

extension LineChart {
    /// Returns ticks for a logarithmic axis: powers of ten in `range`, also times 2 and 5 or times
    /// 3 if these are not too many; the ends of `range` if it has fewer than two powers.
    static func logarithmicTicks(_ range: ClosedRange<Double>, count: Int) -> [Double] {
        guard range.lowerBound > 0, range.upperBound.isFinite else { return [] }
        let decades = Int(log10(range.lowerBound).rounded(.down))...Int(log10(range.upperBound).rounded(.up))
        for factors in [[1.0, 2, 5], [1.0, 3], [1.0]] {
            let ticks = decades.flatMap { decade in factors.map { $0 * pow(10, Double(decade)) } }.filter(
                range.contains)
            if (2...max(2, count + 1)).contains(ticks.count) { return ticks }
        }
        let ticks = decades.map { pow(10, Double($0)) }.filter(range.contains)
        return ticks.count < 2
            ? [range.lowerBound, range.upperBound]
            : ticks.enumerated().filter { $0.offset % (ticks.count / max(1, count) + 1) == 0 }.map(\.element)
    }

    /// Returns round values that cover `range`: multiples of 1, 2 or 5 times a power of ten.
    package static func ticks(_ range: ClosedRange<Double>, count: Int) -> [Double] {
        let span = range.upperBound - range.lowerBound
        guard span > 0, span.isFinite, count > 1 else { return [range.lowerBound] }
        let rough = span / Double(count - 1)
        var magnitude = 1.0
        while magnitude * 10 <= rough { magnitude *= 10 }
        while magnitude > rough { magnitude /= 10 }
        let step = [1.0, 2, 5, 10].map { $0 * magnitude }.first { $0 >= rough * 0.999 }!
        let first = (range.lowerBound / step).rounded(.down)
        let last = (range.upperBound / step).rounded(.up)
        guard last - first < 1000 else { return [range.lowerBound, range.upperBound] }
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }
}
