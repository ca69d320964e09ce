import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

/// Models as Keras saves them, against Keras' answers (`Tests/Fixtures/models.py`).
@Suite("Model files") struct ModelFilesTests {
    @Test(
        "each kind of model answers as in Keras",
        arguments: [
            "logits.keras", "one-output.keras", "labels.keras", "deep-head.keras", "flatten.keras",
            "with-top.keras", "geometry.keras", "any-size.keras", "size-96.keras", "activations.keras",
            "bare.keras", "two-heads.h5", "keras2.h5", "keras2.keras",
        ])
    func answers(_ name: String) throws {
        let answer = try ModelFixtures.answers()[name]
        let size = try #require(answer["size"].integers)
        let loaded = try WeightsFile.read(ModelFixtures.path(name))
        let head = try loaded.head.get()
        var preprocessing = try #require(loaded.preprocessing)
        #expect((preprocessing.scaling == .absent) == (name == "bare.keras"))
        // That model's user scales the photos.
        if preprocessing.scaling == .absent { preprocessing.steps += Preprocessing.steps(.mobileNetV2) }
        let images = (0..<2).map { index in
            preprocessing.apply(
                to: ModelFixtures.pixels(index, size: size),
                Preprocessing.Size(height: size[0], width: size[1]))
        }
        let engine = TrainingEngine(
            network: Backbone(.mobileNetV2, imageSize: try #require(preprocessing.outputSize).height),
            tensors: loaded.tensors, classes: head.count, batchSize: 2, threads: 2)
        let batch = ImageBatch(images)
        var found: [Float] = []
        switch head.form {
        case .standard(let kernel, let bias):
            engine.loadHead(["dense/kernel": kernel, "dense/bias": bias])
            found = engine.predict(batch)
        case .program(let program):
            var maps = [[Float]](repeating: [], count: 2)
            let floats = engine.positions * engine.network.featureChannels
            let lock = NSLock()
            _ = engine.features(batch) { (item: Int, map: UnsafePointer<Float>) in
                lock.withLock { maps[item] = Array(UnsafeBufferPointer(start: map, count: floats)) }
            }
            found = maps.flatMap { program.outputs(of: $0) }
        }
        let expected = try #require(answer["probabilities"].constants)
        #expect(disagreement(found, expected, absolute: 1e-4, relative: 0) <= 1, "\(found) and \(expected)")
        let isLabels = ["labels.keras", "keras2.h5"].contains(name)
        #expect(head.answer == (isLabels ? .labels(head.count) : .classes(head.count)))
    }

    @Test("the answers of different models differ") func guardsTheGuard() throws {
        let answers = try ModelFixtures.answers()
        let (a, b) = (answers["logits.keras"]["probabilities"], answers["any-size.keras"]["probabilities"])
        #expect(
            disagreement(try #require(a.constants), try #require(b.constants), absolute: 1e-4, relative: 0)
                > 1)
    }

    @Test("a model with a layer that is not supported is refused by its name") func refusals() throws {
        let refusals = try ModelFixtures.refusals()
        #expect(refusals.count > 25)
        for refusal in refusals {
            let sentence = userErrorMessage {
                do {
                    let model = try ModelReader(
                        ModelGraph(refusal.configuration),
                        tensors: ModelFixtures.Zeros(shapes: refusal.shapes))
                    _ = try HeadReader.head(model, loss: refusal.loss)
                } catch let reason as ModelRefusal {
                    throw WeightsFailure("model.keras", .model(reason))
                }
            }
            for words in refusal.words { #expect(sentence.contains(words), "\(refusal.name): \(sentence)") }
        }
    }

    @Test("training takes the base of a model that scales photos as runs do") func trainable() throws {
        let folder = try TemporaryFolder()
        let warnings = Warnings()
        let report = SourceReport(warn: { warnings.add("\($0)") })
        let source = WeightsSource(cache: folder.path)
        let found = try source.resolve(file: ModelFixtures.path("logits.keras"), report: report)
        #expect(found.tensors.count == 260 && warnings.list.isEmpty)
        let message = userErrorMessage {
            _ = try source.resolve(file: ModelFixtures.path("deep-head.keras"), report: report)
        }
        #expect(message.contains("scales its photos otherwise than to −1 to 1"))
        _ = try source.resolve(file: ModelFixtures.path("bare.keras"), report: report)
        #expect(
            warnings.list.count == 1 && warnings.list[0].contains("does not say how its photos were scaled"))
    }

    @Test("weights of a layer that no configuration explains are named") func unexplained() throws {
        let folder = try TemporaryFolder()
        var tensors = ReaderFixtures.base()
        tensors["dense/kernel"] = Tensor(zeros: [1280, 2])
        tensors["dense/bias"] = Tensor(zeros: [2])
        try Safetensors.write(tensors, to: folder("whole"))
        #expect(try WeightsFile.read(folder("whole")).head.get().answer == .classes(2))
        tensors["batch_normalization/gamma"] = Tensor(zeros: [1280])
        try Safetensors.write(tensors, to: folder("more"))
        let loaded = try WeightsFile.read(folder("more"))
        let message = userErrorMessage { _ = try loaded.head.get() }
        #expect(message.contains("holds the tensor `batch_normalization/gamma` (1280)"))
        tensors["normalization/mean"] = Tensor(zeros: [3])
        try Safetensors.write(tensors, to: folder("scaled"))
        #expect(
            userErrorMessage { _ = try WeightsFile.read(folder("scaled")) }.contains(
                "`normalization/mean` (3)"))
    }

    @Test("one dense unit without a configuration is two classes") func oneUnit() {
        let head = ModelHead(kernel: Tensor(zeros: [1280, 1]), bias: Tensor(shape: [1], values: [-1]))
        guard case .program(let program) = head.form else {
            Issue.record("no program")
            return
        }
        let found = program.outputs(of: [Float](repeating: 1, count: 1280))
        #expect(head.answer == .classes(2))
        #expect(disagreement(found, [0.731_058_6, 0.268_941_4], absolute: 1e-6, relative: 0) <= 1)
    }

    private final class Warnings: @unchecked Sendable {
        // Unchecked: one thread at a time adds to it.
        private(set) var list: [String] = []
        func add(_ warning: String) { list.append(warning) }
    }
}

@Suite("Preprocessing") struct PreprocessingTests {
    @Test("scaling is recognised by what it computes, not by its layers") func scaling() {
        func scaling(_ steps: [Preprocessing.Step]) -> Preprocessing.Scaling {
            Preprocessing(photo: nil, steps: steps).scaling
        }
        let size = Preprocessing.Size(height: 64, width: 64)
        #expect(scaling([.resize(size, isNearest: false, crops: false)]) == .absent)
        #expect(scaling(Preprocessing.steps(.mobileNetV2)) == .trained)
        #expect(scaling([.arithmetic(.multiply, [1 / 127.5]), .arithmetic(.add, [-1, -1, -1])]) == .trained)
        #expect(scaling([.arithmetic(.subtract, [127.5]), .arithmetic(.divide, [127.5])]) == .trained)
        #expect(scaling([.arithmetic(.divide, [255])]) == .other)
        #expect(scaling(Preprocessing.steps(.mobileNetV2) + [.channels([2, 1, 0])]) == .other)
    }
}

@Suite("JSON of models") struct JSONValueTests {
    @Test func readsWhatPythonWrites() throws {
        let text = #"{"a": [1, -2.5e1, null, true], "b": "é\u00e9\ud83c\udf3c\n", "c": -Infinity, "d": NaN}"#
        let value = try JSONValue(text.utf8)
        #expect(value["a"] == .array([.number(1), .number(-25), .null, .bool(true)]))
        #expect(value["b"].string == "éé🌼\n")
        #expect(value["c"].number == -.infinity && value["d"].number?.isNaN == true)
        #expect(value["e"].isNull && value["a"].integers == nil)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "\"\\x\"", "1 2", "tru", "[1", "\"", "{1: 2}", "-", "\"\\u12\"",
    ])
    func refusesWhatIsNoJSON(_ text: String) {
        #expect(throws: JSONValue.Failure.malformed) { try JSONValue(text.utf8) }
    }

    @Test func boundsDepthAndNumber() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONValue.Failure.tooLarge) { try JSONValue(deep.utf8) }
        let long = "[" + String(repeating: "1,", count: JSONValue.mostValues) + "1]"
        #expect(throws: JSONValue.Failure.tooLarge) { try JSONValue(long.utf8) }
    }

    /// A model may contain models that contain models, each called many times.
    @Test func boundsModelsWithinModels() throws {
        func model(_ depth: Int) -> String {
            let inner =
                depth == 0
                ? ""
                : """
                , {"class_name": "Functional", "config": \(model(depth - 1)), "name": "m", "inbound_nodes":
                [\((0..<50).map { _ in #"[["i", 0, 0, {}]]"# }.joined(separator: ", "))]}
                """
            return """
                {"name": "m", "layers": [{"class_name": "InputLayer", "config": {"name": "i"}}\(inner)],
                "input_layers": [["i", 0, 0]], "output_layers": [["\(depth == 0 ? "i" : "m")", 0, 0]]}
                """
        }
        let json = try JSONValue("{\"class_name\": \"Functional\", \"config\": \(model(5))}".utf8)
        #expect(throws: ModelRefusal.self) { try ModelGraph(json) }
    }
}
