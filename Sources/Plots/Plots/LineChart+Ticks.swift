import Foundation

extension LineChart {
    /// Returns round values within `range`, evenly spaced: at least two, and at most `most` unless
    /// fewer than two would be left.
    ///
    /// - Parameter steps: distances to prefer, in ascending order, such as those of a clock; beyond
    ///   them and by default 1, 2 or 5 times a power of ten.
    package static func ticks(
        within range: ClosedRange<Double>, most: Int, steps: [Double] = []
    ) -> [Double] {
        let span = range.upperBound - range.lowerBound
        guard span > 0, span.isFinite else { return [range.lowerBound] }
        // Too narrow for the precision of its values.
        guard span > 1e-12 * max(abs(range.lowerBound), abs(range.upperBound)) else {
            return [range.lowerBound, range.upperBound]
        }
        let decade = Int(log10(span).rounded(.down))
        var decimal: [Double] = []
        for power in decade - 6...decade + 1 {
            // Dividing gives the nearest number to 0.1, 0.2 and so on.
            let ten = pow(10, Double(abs(power)))
            for digit in [1.0, 2, 5] { decimal.append(power < 0 ? digit / ten : digit * ten) }
        }
        var candidates = decimal
        if let least = steps.first, let greatest = steps.last {
            candidates = decimal.filter { $0 < least } + steps + decimal.filter { $0 > greatest }
        }
        func multiples(_ step: Double) -> ClosedRange<Double>? {
            // An end that is a multiple but for rounding counts as one.
            let first = (range.lowerBound / step - 1e-9).rounded(.up)
            let last = (range.upperBound / step + 1e-9).rounded(.down)
            return first <= last ? first...last : nil
        }
        func count(_ step: Double) -> Double {
            guard let whole = multiples(step) else { return 0 }
            return whole.upperBound - whole.lowerBound + 1
        }
        let wanted = candidates.firstIndex { count($0) <= Double(max(2, most)) } ?? candidates.count - 1
        let step = candidates[...wanted].last { count($0) >= 2 } ?? candidates[0]
        guard let whole = multiples(step) else { return [range.lowerBound, range.upperBound] }
        return stride(from: whole.lowerBound, through: whole.upperBound, by: 1).map { number in
            min(max(number * step, range.lowerBound), range.upperBound)
        }
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

    /// Returns ticks for a logarithmic axis: powers of ten in `range`, also times 2 and 5 or times
    /// 3 if these are not too many; evenly spaced values if it has fewer than two of them.
    static func logarithmicTicks(_ range: ClosedRange<Double>, count: Int) -> [Double] {
        guard range.lowerBound > 0, range.upperBound.isFinite else { return [] }
        let decades = Int(log10(range.lowerBound).rounded(.down))...Int(log10(range.upperBound).rounded(.up))
        let wide = range.lowerBound * (1 - 1e-9)...range.upperBound * (1 + 1e-9)
        for factors in [[1.0, 2, 5], [1.0, 3], [1.0]] {
            let ticks = decades.flatMap { decade in factors.map { $0 * pow(10, Double(decade)) } }
                .filter(wide.contains)
            if (2...max(2, count + 1)).contains(ticks.count) { return ticks }
        }
        let ticks = decades.map { pow(10, Double($0)) }.filter(wide.contains)
        guard ticks.count >= 2 else { return Self.ticks(within: range, most: count) }
        // Every second power, every third …, so that they stay evenly spaced.
        let every = (ticks.count - 1) / max(1, count - 1) + 1
        return every < ticks.count
            ? stride(from: 0, to: ticks.count, by: every).map { ticks[$0] }
            : [ticks[0], ticks[ticks.count - 1]]
    }

    /// Chooses the y axis for values within `bounds`: their range, widened only to a tick that is
    /// near, so that the curves use the height.
    func axis(_ bounds: ValueSeries.Bounds, ticks most: Int) -> (range: ClosedRange<Double>, ticks: [Double])
    {
        if let yRange {
            return (
                yRange,
                isLogarithmic
                    ? Self.logarithmicTicks(yRange, count: most) : Self.ticks(within: yRange, most: most)
            )
        }
        var (low, high) = (bounds.low, bounds.high)
        let isFlat = high - low <= 1e-9 * max(abs(low), abs(high))
        if isLogarithmic {
            if isFlat { (low, high) = (low / 2, high * 2) }
            return (low...high, Self.logarithmicTicks(low...high, count: most))
        }
        if isFlat {
            let margin = low == 0 ? 1 : abs(low) * 0.1
            (low, high) = (low - margin, high + margin)
            if let yLimits, yLimits.contains(bounds.low) {
                (low, high) = (max(low, yLimits.lowerBound), min(high, yLimits.upperBound))
            }
        }
        var ticks = Self.ticks(within: low...high, most: most)
        guard ticks.count > 1 else { return (low...high, ticks) }
        let step = ticks[1] - ticks[0]
        let below = ((ticks[0] / step).rounded() - 1) * step
        if below <= low, low - below <= step / 4 {
            low = below
            ticks.insert(below, at: 0)
        }
        let above = ((ticks[ticks.count - 1] / step).rounded() + 1) * step
        if above >= high, above - high <= step / 4 {
            high = above
            ticks.append(above)
        }
        return (low...high, ticks)
    }

    /// Returns the labels of ticks, in the chart's format, or with more digits where that would
    /// write two ticks alike or round one.
    func labels(_ ticks: [Double]) -> [String] {
        let texts = ticks.map(format)
        guard ticks.count > 1 else { return texts }
        let step = zip(ticks.dropFirst(), ticks).map { abs($0 - $1) }.min()!
        let isExact = zip(texts, ticks).allSatisfy { text, tick in
            Double(text).map { abs($0 - tick) <= step / 20 } ?? true
        }
        if isExact, Set(texts).count == texts.count { return Self.withoutNeedlessZeros(texts) }
        guard step > 0 else { return texts }
        let greatest = ticks.map(abs).max()!
        let digits = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
        // Very small numbers are shorter with an exponent.
        let isTiny = greatest < 1e-3
        let significant = max(1, Int((log10(greatest / step) + 1e-9).rounded(.down)) + 1)
        return ticks.map { tick in
            isTiny && tick != 0
                ? String(format: "%.\(significant)g", tick) : String(format: "%.\(min(12, digits))f", tick)
        }
    }

    /// Removes trailing zeros that all labels share, but keeps the first decimal.
    private static func withoutNeedlessZeros(_ texts: [String]) -> [String] {
        var texts = texts
        while texts.allSatisfy({
            $0.hasSuffix("0") && ($0.split(separator: ".").dropFirst().last?.count ?? 0) > 1
        }), !texts.isEmpty {
            texts = texts.map { String($0.dropLast()) }
        }
        return texts
    }
}
