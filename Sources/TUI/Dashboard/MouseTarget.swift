package import Canvas
package import Keys

/// A region of the screen that reacts to the mouse.
package enum MouseTarget: Equatable, Sendable {
    /// A hint or button that performs a key's action.
    case action(KeyAction)
    /// A button that presses a key in the dialog.
    case press(Key)
    case screen(Screen)
    case chart(ChartTarget)
    /// A row of the list on the screen or in the dialog, by its index in the list.
    case row(Int)
    /// A photo on the data or the predictions screen.
    case photo(Int)
    /// A view of the predictions.
    case view(PredictionView)
    /// A view of the data screen.
    case dataView(DataView)
    /// A class in the statistics.
    case photoClass(Int)
    case operation(AugmentationBench.Operation)
    /// A view of the bench's photo; 0 is the photo itself.
    case benchView(Int)
    /// A finding of the doctor, by its index among those shown.
    case finding(Int)
    /// A photo of the open finding.
    case copy(Int)
    /// The coverage chart, whose columns stand for thresholds from 0 to 1.
    case threshold(plot: Rect)
    /// A cell of the confusion matrix.
    case confusion(label: Int, predicted: Int)
    /// A field of a form.
    case field(Int)
    /// The dialog's own area, and everything around it.
    case dialog, outside
}

/// The mouse targets of the newest frame. Belongs to the drawing thread.
package final class MouseTargets {
    private var places: [(rect: Rect, target: MouseTarget)] = []

    package init() {}

    package func removeAll() { places.removeAll(keepingCapacity: true) }

    package func add(_ target: MouseTarget, _ rect: Rect) {
        if !rect.isEmpty { places.append((rect, target)) }
    }

    /// Returns the topmost target at a cell.
    package func target(column: Int, row: Int) -> MouseTarget? {
        places.last {
            (0..<$0.rect.columns).contains(column - $0.rect.column)
                && (0..<$0.rect.rows).contains(row - $0.rect.row)
        }?.target
    }

    /// All targets, in drawing order.
    var all: [(rect: Rect, target: MouseTarget)] { places }
}
