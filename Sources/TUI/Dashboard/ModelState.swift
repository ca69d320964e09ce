/// The model screen: the list of layers, what the layers reported, and feature maps.
package struct ModelState: Sendable {
    /// The chosen layer.
    package var cursor = 100
    /// Index among the shown layers of the first one on the screen.
    package var top = 0
    /// The first layer that unfreezing trains.
    package var chosen = 100
    package var history = LayerHistory()
    package var maps = LayerMaps()

    /// Chooses a run's boundary, in the middle of a list of `rows` rows.
    mutating func begin(at layer: Int, rows: Int) {
        (chosen, cursor, top) = (layer, layer, max(0, layer - rows / 2))
    }

    /// Moves among the shown layers. Starts from the next one if the filter hides the cursor's.
    mutating func move(by steps: Int, in shown: [Int]) {
        guard !shown.isEmpty else { return }
        let place = shown.firstIndex { $0 >= cursor } ?? shown.count - 1
        cursor = shown[max(0, min(place + steps, shown.count - 1))]
    }

    /// Scrolls just far enough to show the cursor.
    mutating func scroll(in shown: [Int], rows: Int) {
        guard let place = shown.firstIndex(of: cursor) else { return }
        top = max(0, min(max(top, place - rows + 1), place, max(0, shown.count - rows)))
    }
}
