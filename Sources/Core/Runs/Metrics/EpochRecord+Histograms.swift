import Basics
import Network

/// The layers' histograms as a tensor: index, least and greatest weight, and the counts.
extension EpochRecord {
    private static let columns = 3 + LayerHistogram.bins

    /// [layers that train, 35]; nil if there are none.
    var histograms: Tensor? {
        let trained = layers.compactMap { layer in layer.histogram.map { (layer.layer, $0) } }
            .filter { $0.1.counts.count == LayerHistogram.bins }
        guard !trained.isEmpty else { return nil }
        return Tensor(
            shape: [trained.count, Self.columns],
            values: trained.flatMap { layer, histogram in
                [Float(layer), histogram.low, histogram.high] + histogram.counts.map { Float($0) }
            })
    }

    /// Adds what `histograms` gave. Older programs wrote none, and what makes no sense is left out:
    /// a record is worth reading without it.
    static func add(_ tensor: Tensor?, to layers: inout [LayerNorms]) {
        guard let tensor, tensor.shape.count == 2, tensor.shape[1] == columns else { return }
        var found: [Int: LayerHistogram] = [:]
        for row in stride(from: 0, to: tensor.values.count, by: columns) {
            let (low, high) = (tensor.values[row + 1], tensor.values[row + 2])
            let counts = tensor.values[row + 3..<row + columns].compactMap {
                $0 >= 0 ? Int(exactly: $0) : nil
            }
            guard let layer = Int(exactly: tensor.values[row]), low.isFinite, high.isFinite, low <= high,
                counts.count == LayerHistogram.bins
            else { continue }
            found[layer] = LayerHistogram(low: low, high: high, counts: counts)
        }
        for index in layers.indices { layers[index].histogram = found[layers[index].layer] }
    }
}
