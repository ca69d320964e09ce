import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// Models that Keras has trained for three steps, and the losses of more steps there
/// (`Tests/Fixtures/continued.py`).
@Suite("Continued training") struct ContinuedTests {
    private static func path(_ name: String) -> String {
        Fixture.path("continued/" + name + (name.hasSuffix(".h5") ? ".zip" : ""))
    }

    private static let network = Backbone(.mobileNetV2At035, imageSize: 96)

    private static func read(_ name: String) throws -> LoadedWeights {
        try WeightsFile.read(path(name), into: network)
    }

    @Test(
        "goes on as in Keras",
        arguments: [
            ("head.keras", nil as Int?), ("tail.keras", 149), ("tail.h5", 149), ("keras2.h5", 149),
            ("legacy.h5", 149),
        ])
    func losses(_ name: String, fineTuneAt: Int?) throws {
        let losses = try JSONDecoder().decode(
            [String: [Float]].self,
            from: Data(contentsOf: URL(fileURLWithPath: Fixture.path("continued/losses.json"))))
        let expected = try #require(losses[name])
        let loaded = try Self.read(name)
        let training = try #require(try loaded.training.get())
        #expect(training.fineTuneAt == fineTuneAt && training.step == 3)
        #expect(abs(try #require(training.learningRate) - 1e-3) < 1e-9)
        guard case .standard(let kernel, let bias) = try loaded.head.get().form else {
            return #expect(Bool(false), "no standard head")
        }
        let images = (0..<8).map { HashNetwork.image($0, size: 96) }
        let batch = ImageBatch(images, labels: [0, 3, 1, 4, 2, 2, 0, 1])
        func trained(_ moments: NamedTensors?) -> [Float] {
            let engine = TrainingEngine(
                network: Self.network, tensors: loaded.tensors, classes: 5, batchSize: 8, threads: 2)
            engine.loadHead(["dense/kernel": kernel, "dense/bias": bias])
            engine.unfreeze(from: training.fineTuneAt)
            if let moments {
                engine.loadOptimizer(moments)
                engine.adamStep = training.step
                // Nothing is left out, and nothing is stored that does not train.
                #expect(Set(engine.optimizerTensors.keys) == Set(moments.keys))
            }
            return expected.map { _ in Float(engine.train(batch, learningRate: 1e-3).lossSum / 8) }
        }
        let found = trained(training.moments)
        #expect(
            disagreement(found, expected, absolute: 2e-4, relative: 2e-3) <= 1, "\(found) and \(expected)")
        // A fresh optimizer takes other steps, so the moments matter.
        #expect(disagreement(trained(nil), expected, absolute: 2e-4, relative: 2e-3) > 1)
    }

    @Test(
        "what cannot go on is named",
        arguments: [
            ("sgd.keras", WeightsFailure.TrainingFault.optimizer("SGD")),
            ("amsgrad.keras", .setting("amsgrad")),
            ("refrozen.keras", .variables(expected: 4, found: 8)),
        ])
    func refusals(_ name: String, _ fault: WeightsFailure.TrainingFault) throws {
        let loaded = try Self.read(name)
        #expect(throws: WeightsFailure(Self.path(name), .training(fault), .mobileNetV2At035)) {
            try loaded.training.get()
        }
        // The weights are as good as any.
        #expect(throws: Never.self) { try loaded.head.get() }
    }

    @Test("the base of a file is recognised") func recognition() throws {
        #expect(try WeightsFile.read(Self.path("tail.h5"), into: nil).architecture == .mobileNetV2At035)
        #expect(
            try WeightsFile.read(ModelFixtures.path("size-96.keras"), into: nil).architecture == .mobileNetV2)
        let folder = try TemporaryFolder()
        for architecture in [
            Architecture.mobileNetV2At14, .mobileNetV2, .efficientNetLite0, .efficientNetLite2,
        ] {
            let network = Backbone(architecture, imageSize: architecture.standardImageSize)
            try Safetensors.write(RandomWeights.make(network, seed: 1), to: folder("base.safetensors"))
            #expect(try WeightsFile.read(folder("base.safetensors"), into: nil).architecture == architecture)
        }
    }
}
