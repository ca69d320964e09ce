/// Range and mean of a picture's tensor, overall and for each channel, with a histogram of its
/// values.
package struct TensorSummary: Sendable, Equatable {
    package struct Range: Sendable, Equatable {
        package var least: Float
        package var greatest: Float
        package var mean: Float
    }

    /// Side of the square, in pixels.
    package let size: Int
    package let all: Range
    /// Red, green and blue.
    package let channels: [Range]
    /// Histogram of the values in `bins` equal steps from −1 to 1; values outside count in the
    /// nearest bin.
    package let counts: [Int]

    package static let bins = 32

    /// - Parameter tensor: `size`·`size`·3 finite values, channels interleaved.
    package init(_ tensor: [Float], size: Int) {
        precondition(tensor.count == size * size * 3, "\(tensor.count) values for \(size)×\(size)×3")
        self.size = size
        var counts = [Int](repeating: 0, count: Self.bins)
        var (least, greatest) = (
            [Float](repeating: .infinity, count: 3), [Float](repeating: -.infinity, count: 3)
        )
        var sums = [Double](repeating: 0, count: 3)
        for (index, value) in tensor.enumerated() {
            let channel = index % 3
            least[channel] = min(least[channel], value)
            greatest[channel] = max(greatest[channel], value)
            sums[channel] += Double(value)
            counts[min(max(Int((value + 1) * Float(Self.bins / 2)), 0), Self.bins - 1)] += 1
        }
        let pixels = Double(max(size * size, 1))
        channels = (0..<3).map {
            Range(least: least[$0], greatest: greatest[$0], mean: Float(sums[$0] / pixels))
        }
        all = Range(
            least: least.min()!, greatest: greatest.max()!, mean: Float(sums.reduce(0, +) / (pixels * 3)))
        self.counts = counts
    }
}
