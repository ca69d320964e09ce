/// Horizontal bars in steps of an eighth of a cell.
package enum Bar {
    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// Returns a bar that fills `fraction` of `columns` from the left; `empty` fills the rest.
    package static func text(_ fraction: Double, columns: Int, empty: String = " ") -> String {
        guard columns > 0 else { return "" }
        let clamped = fraction.isFinite ? min(max(fraction, 0), 1) : 0
        let units = Int((clamped * Double(columns * 8)).rounded())
        let full = units / 8
        let part = eighths[units % 8]
        return String(repeating: "█", count: full) + part
            + String(repeating: empty, count: columns - full - (part.isEmpty ? 0 : 1))
    }
}
