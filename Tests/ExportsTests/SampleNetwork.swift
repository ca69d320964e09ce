import Basics
import Network
import TestSupport

@testable import Exports

/// The test network as a graph, and photos for it.
enum SampleNetwork {
    static let classes = ["daisy", "dandelion", "roses", "sun \"flowers\"", "tulips"]

    static func graph(size: Int, _ architecture: Architecture = .mobileNetV2) -> ExportGraph {
        let network = Backbone(architecture, imageSize: size)
        return ExportGraph(
            tensors: HashNetwork.tensors(network), network: network, classes: classes, dropout: 0.2,
            title: "a test")
    }

    /// Pixels in 0…255, whole numbers.
    static func photo(_ index: Int, size: Int) -> [Float] {
        HashNetwork.image(index, size: size).map { (($0 + 1) * 127.5).rounded() }
    }

    /// The probabilities that a run would give these photos, [N, 5].
    static func probabilities(
        of photos: [[Float]], size: Int, _ architecture: Architecture = .mobileNetV2
    ) -> [Float] {
        let engine = HashNetwork.engine(architecture, batchSize: 2, size: size)
        return engine.predict(ImageBatch(photos.map(architecture.inputScale.input)))
    }
}
