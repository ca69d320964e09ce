import Foundation
import TestSupport
import Testing

@testable import Network
@testable import Recipes
@testable import Runs
@testable import Sessions
@testable import Store
@testable import Training

/// The origin of a run's weights, from the session through its checkpoint to replay and resuming.
@Suite(.serialized) struct WeightsOriginRunTests {
    private static func shortRun(_ photos: TinyPhotos, weights: String) -> Recipe {
        var result = photos.recipe
        (result.weights, result.imageSize, result.epochs, result.fineTuneEpochs) = (weights, 96, 1, 0)
        return result
    }

    private static func replayed(_ photos: TinyPhotos) throws -> WeightsOrigin {
        try RunReplay.recording(run: "1", photos.place).context.weights
    }

    /// Regression: a file whose name begins with `random` was shown as random weights.
    @Test(arguments: ["random-init.h5", "random.safetensors"]) func aFileIsNeverRandom(name: String) throws {
        let photos = try TinyPhotos(perClass: 4)
        // The content decides on the format, so the suffix may be any.
        let file = photos.folder(name)
        try FileManager.default.moveItem(atPath: photos.weights, toPath: file)
        let (_, events) = try run(photos, recipe: Self.shortRun(photos, weights: file))
        let context = try #require(events.contexts.first)
        #expect(context.weights == .file(name: name, format: .safetensors))
        let head = ServerMessage.RunHead(context)
        #expect(head.origin == .recorded("\(name) (safetensors)") && !head.randomWeights)
        #expect(try Self.replayed(photos) == .recorded("\(name) (safetensors)"))
        #expect(try RunStore(home: photos.home).show("1").run.weights == "\(name) (safetensors)")
    }

    /// The checkpoint of a `--demo` run holds only the text.
    @Test func randomWeightsStayRandom() throws {
        let photos = try TinyPhotos(perClass: 4)
        _ = try run(photos, recipe: Self.shortRun(photos, weights: photos.weights))
        let path = try RunFolder.find(home: photos.home, id: "1").last
        var checkpoint = try Checkpoint.load(path)
        checkpoint.header.weights = WeightsOrigin.random.text
        try checkpoint.save(to: path)
        #expect(try Self.replayed(photos) == .random)
        let (_, events) = try run(photos, resuming: "1")
        let context = try #require(events.contexts.first)
        #expect(context.weights == .random)
        let head = ServerMessage.RunHead(context)
        #expect(head.origin == .random && head.randomWeights && head.weights == WeightsOrigin.random.text)
    }
}
