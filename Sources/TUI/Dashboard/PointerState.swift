/// The mouse between events: a drag, and the previous press.
struct PointerState: Sendable {
    /// Longest time between the presses of a double click, in seconds.
    private static let doublePress = 0.5

    /// The chart and the position, in epochs, where a drag began.
    var drag: (chart: ChartTarget, from: Double)?
    /// Cell and time of the previous press, to detect double clicks.
    private var lastPress: (column: Int, row: Int, time: Double)?

    /// Records a press; returns whether it completes a double click.
    mutating func press(column: Int, row: Int, now: Double) -> Bool {
        // Compare cells, not targets: the list may have moved under the first press.
        let isDouble =
            lastPress.map {
                $0.column == column && $0.row == row && now - $0.time <= Self.doublePress
            } ?? false
        lastPress = isDouble ? nil : (column, row, now)
        return isDouble
    }
}
