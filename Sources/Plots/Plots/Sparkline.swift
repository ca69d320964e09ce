/// A curve in one row of text, with eight heights of block characters.
package enum Sparkline {
    private static let heights = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// Returns the newest values, one per column; a missing or non-finite value is a space.
    package static func text(_ values: [Double?], in range: ClosedRange<Double> = 0...1, columns: Int)
        -> String
    {
        let width = range.upperBound - range.lowerBound
        return values.suffix(max(0, columns)).map { value in
            guard let value, value.isFinite, width > 0 else { return " " }
            let level = Int(((value - range.lowerBound) / width * Double(heights.count)).rounded(.down))
            return heights[min(max(level, 0), heights.count - 1)]
        }.joined()
    }
}
