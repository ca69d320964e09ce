import Foundation

/// Softmax of rows of logits in place: e^x / Σ e^x.
package enum Softmax {
    /// - Parameter values: [rows, classes].
    package static func apply(_ values: UnsafeMutablePointer<Float>, rows: Int, classes: Int) {
        for index in 0..<rows {
            let row = values + index * classes
            // Subtracting the largest logit keeps every exponential from overflowing.
            var largest = row[0]
            for k in 1..<max(1, classes) { largest = max(largest, row[k]) }
            var sum: Float = 0
            for k in 0..<classes {
                row[k] = exp(row[k] - largest)
                sum += row[k]
            }
            for k in 0..<classes { row[k] /= sum }
        }
    }
}
