import Foundation
import Keys
package import Network
import Phrases
import Recipes
import Runs
import Training

/// Recent weight norms and update ratios of the layers.
package struct LayerHistory: Sendable {
    /// Norms after the newest batch, by layer.
    package private(set) var norms: [Int: LayerNorms] = [:]
    /// Update ratios by layer, the newest last.
    private var ratios: [Int: [Float]] = [:]
    static let length = 64

    mutating func append(_ report: LayerReport) {
        norms = Dictionary(report.layers.map { ($0.layer, $0) }) { _, last in last }
        for layer in report.layers {
            guard let ratio = layer.updateRatio else { continue }
            ratios[layer.layer, default: []].append(ratio)
            if ratios[layer.layer]!.count > Self.length { ratios[layer.layer]!.removeFirst() }
        }
    }

    /// Base-10 logarithms of a layer's update ratios; nil for a ratio of 0.
    package func curve(_ layer: Int) -> [Double?] {
        (ratios[layer] ?? []).map { $0 > 0 ? Foundation.log10(Double($0)) : nil }
    }
}

/// The histograms of the layers' weights that the epochs recorded.
extension DashboardState {
    /// Layers with a histogram of some epoch, ascending.
    private var histogramLayers: [Int] {
        let layers = predictions.history.epochs.flatMap(\.layers).filter { $0.histogram != nil }
        return Set(layers.map(\.layer)).sorted()
    }

    /// The name of a layer of the base, with its number, or of the head.
    package func name(ofLayer layer: Int) -> String {
        guard let layers = context?.layers, layers.indices.contains(layer) else {
            return strings[.histogramsOfHead]
        }
        return "\(layer) \(layers[layer].name)"
    }

    /// A layer's histograms with their epochs, oldest first.
    package func histograms(of layer: Int) -> [(epoch: Int, histogram: LayerHistogram)] {
        predictions.history.epochs.compactMap { epoch in
            epoch.layers.first { $0.layer == layer }?.histogram.map { (epoch.epoch, $0) }
        }
    }

    /// Opens those of the chosen layer, or of the nearest one that has some.
    mutating func showHistograms() {
        let cursor = model.cursor
        guard let layer = histogramLayers.min(by: { abs($0 - cursor) < abs($1 - cursor) }) else {
            return say(strings[.noHistograms])
        }
        dialog = .histograms(layer: layer)
    }

    mutating func pressInHistograms(_ key: Key, _ layer: Int) -> [Effect] {
        let layers = histogramLayers
        func show(_ next: Int?) { dialog = .histograms(layer: next ?? layer) }
        switch key {
        case .enter, .escape, .character("q"): dialog = nil
        case .left, .up, .character("h"), .character("k"): show(layers.last { $0 < layer })
        case .right, .down, .character("j"), .character("l"): show(layers.first { $0 > layer })
        case .home, .character("g"): show(layers.first)
        case .end, .character("G"): show(layers.last)
        default: break
        }
        return []
    }
}
