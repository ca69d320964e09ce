import Basics
import Foundation
import Network
import TestSupport
import Testing

@testable import Exports

@Suite("Keras formats") struct KerasFormatsTests {
    private static func write(_ data: Data, _ name: String, in folder: TemporaryFolder) throws -> String {
        try data.write(to: URL(fileURLWithPath: folder(name)))
        return folder(name)
    }

    @Test("the program's readers find the whole network in it", arguments: ["keras", "h5", "weights.h5"])
    func reading(_ format: String) throws {
        let folder = try TemporaryFolder()
        let graph = SampleNetwork.graph(size: 96)
        let data =
            switch format {
            case "keras": try KerasFormats.archive(graph)
            case "h5": try KerasFormats.hdf5(graph)
            default: try KerasFormats.weights(graph)
            }
        let loaded = try WeightsFile.read(Self.write(data, "model.\(format)", in: folder))
        var expected = HashNetwork.tensors(Backbone(.mobileNetV2, imageSize: 160))
        let (kernel, bias) = (
            expected.removeValue(forKey: "dense/kernel"), expected.removeValue(forKey: "dense/bias")
        )
        let head = ModelHead.Form.standard(kernel: try #require(kernel), bias: try #require(bias))
        // The same tensors, bit for bit: so are the predictions.
        #expect(loaded.tensors == expected)
        #expect(try loaded.head.get().form == head)
        switch format {
        case "keras": #expect(loaded.format == .keras3Model)
        case "h5": #expect(loaded.format == .kerasHDF5Model)
        default: #expect(loaded.format == .keras3Weights)
        }
        guard format != "weights.h5" else { return }
        #expect(loaded.preprocessing?.scaling == .trained)
        #expect(loaded.preprocessing?.outputSize == Preprocessing.Size(height: 96, width: 96))
        let image = HashNetwork.image(0, size: 96)
        let engine = TrainingEngine(
            network: Backbone(.mobileNetV2, imageSize: 96), tensors: loaded.tensors, classes: 5, batchSize: 1,
            threads: 1
        )
        guard case .standard(let kernel, let bias) = try loaded.head.get().form else { return }
        engine.loadHead(["dense/kernel": kernel, "dense/bias": bias])
        let own = HashNetwork.engine(batchSize: 1, size: 96)
        #expect(engine.predict(ImageBatch([image])) == own.predict(ImageBatch([image])))
    }

    @Test("one changed weight shows", arguments: [false, true]) func guardsTheGuard(_ isArchive: Bool) throws
    {
        let folder = try TemporaryFolder()
        var tensors = HashNetwork.tensors(Backbone(.mobileNetV2, imageSize: 96))
        tensors["block_16_project_BN/moving_mean"]!.values[319] += 1
        let graph = ExportGraph(
            tensors: tensors, network: Backbone(.mobileNetV2, imageSize: 96), classes: SampleNetwork.classes,
            dropout: 0,
            title: "")
        let data = isArchive ? try KerasFormats.archive(graph) : try KerasFormats.hdf5(graph)
        let loaded = try WeightsFile.read(Self.write(data, "model", in: folder))
        let expected = HashNetwork.tensors(Backbone(.mobileNetV2, imageSize: 160))
        #expect(
            loaded.tensors.keys.filter { loaded.tensors[$0] != expected[$0] } == [
                "block_16_project_BN/moving_mean"
            ])
    }

    @Test("the same network gives the same bytes") func deterministic() throws {
        let graph = SampleNetwork.graph(size: 96)
        #expect(try KerasFormats.archive(graph) == KerasFormats.archive(graph))
        #expect(try KerasFormats.hdf5(graph) == KerasFormats.hdf5(graph))
    }

    @Test("the configuration nests the base, called for inference") func configuration() throws {
        let text = try KerasConfiguration(graph: SampleNetwork.graph(size: 96)).json()
        let model = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let config = try #require(model["config"] as? [String: Any])
        let layers = try #require(config["layers"] as? [[String: Any]])
        #expect(
            layers.compactMap { $0["name"] as? String } == [
                "image", "rescaling", "mobilenetv2_1.00_96", "global_average_pooling2d", "dropout", "dense",
            ])
        let base = layers[2]
        let inner = try #require((base["config"] as? [String: Any])?["layers"] as? [[String: Any]])
        #expect(inner.count == 154)
        let call = try #require(
            (base["inbound_nodes"] as? [[String: Any]])?.first?["kwargs"] as? [String: Any])
        #expect(call["training"] as? Bool == false)
        #expect(Self.sources(layers[3]) == ["mobilenetv2_1.00_96"])
        #expect(Self.sources(inner[1]) == ["input_layer"])
        let add = try #require(inner.first { $0["name"] as? String == "block_2_add" })
        #expect(Self.sources(add) == ["block_1_project_BN", "block_2_project_BN"])
    }

    /// The names of the layers that a layer is called with.
    private static func sources(_ layer: [String: Any]) -> [String] {
        let node = (layer["inbound_nodes"] as? [[String: Any]])?.first
        guard let argument = (node?["args"] as? [Any])?.first else { return [] }
        let tensors = argument as? [[String: Any]] ?? [argument as? [String: Any] ?? [:]]
        return tensors.compactMap {
            (($0["config"] as? [String: Any])?["keras_history"] as? [Any])?.first as? String
        }
    }
}
