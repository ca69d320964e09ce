import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Network

@Suite("Weight readers") struct ReadersTests {
    struct File: Sendable, CustomTestStringConvertible {
        var name: String
        var format: String
        var hasHead: Bool
        var testDescription: String { name }
    }

    @Test(
        "each of Keras' formats gives every tensor under its name",
        arguments: [
            File(name: "keras2-weights.h5", format: "Keras .h5 weights", hasHead: false),
            File(name: "keras2-renamed.h5", format: "Keras .h5 weights", hasHead: false),
            File(name: "keras3-model.h5", format: "Keras .h5 model", hasHead: true),
            File(name: "keras3-inlined.h5", format: "Keras .h5 model", hasHead: true),
            File(name: "keras3.weights.h5", format: "Keras 3 .weights.h5", hasHead: true),
            File(name: "keras3-unnamed.weights.h5", format: "Keras 3 .weights.h5", hasHead: true),
            File(name: "keras3-inlined.weights.h5", format: "Keras 3 .weights.h5", hasHead: true),
            File(name: "keras3-model.keras", format: "Keras 3 .keras model", hasHead: true),
        ])
    func formats(_ file: File) throws {
        let loaded = try WeightsFile.read(
            ReaderFixtures.path(file.name), into: Backbone(.mobileNetV2, imageSize: 160))
        #expect(loaded.format.rawValue == file.format)
        #expect(loaded.tensors.count == 260)
        let expected = ReaderFixtures.base()
        #expect(differing(loaded.tensors, expected) == [])
        let head = try? loaded.head.get()
        #expect((head != nil) == file.hasHead)
        if let head {
            let kernel = ReaderFixtures.filled("dense/kernel", [1280, 5])
            let bias = ReaderFixtures.filled("dense/bias", [5])
            #expect(head == ModelHead(kernel: kernel, bias: bias))
        }
        #expect(loaded.metadata.isEmpty)
    }

    @Test("the content decides, not the suffix") func sniffing() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(
            atPath: ReaderFixtures.path("keras3-model.keras"), toPath: folder("a.h5"))
        try FileManager.default.copyItem(
            atPath: ReaderFixtures.path("keras3.weights.h5"), toPath: folder("b.keras"))
        #expect(try WeightsFile.read(folder("a.h5")).format == .keras3Model)
        #expect(try WeightsFile.read(folder("b.keras")).format == .keras3Weights)
    }

    @Test("an empty configuration says nothing, a broken one is refused") func emptyConfiguration() throws {
        let folder = try TemporaryFolder()
        for (name, configuration) in [("a.keras", "{}"), ("b.keras", "{")] {
            let python = Process()
            python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            python.arguments = [
                "python3", "-c",
                "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], 'w'); "
                    + "z.write(sys.argv[2], 'model.weights.h5'); z.writestr('config.json', sys.argv[3])",
                folder(name), ReaderFixtures.path("keras3.weights.h5"), configuration,
            ]
            try python.run()
            python.waitUntilExit()
            try #require(python.terminationStatus == 0)
        }
        #expect(differing(try WeightsFile.read(folder("a.keras")).tensors, ReaderFixtures.base()) == [])
        let message = userErrorMessage { _ = try WeightsFile.read(folder("b.keras")) }
        #expect(message.contains("its configuration is damaged"), "\(message)")
    }

    @Test("safetensors with the network's names") func safetensors() throws {
        let folder = try TemporaryFolder()
        try Safetensors.write(ReaderFixtures.base(), to: folder("w"))
        let loaded = try WeightsFile.read(folder("w"))
        #expect(loaded.format == .safetensors)
        #expect(throws: UserError(WeightsFailure(folder("w"), .noHead))) { try loaded.head.get() }
        #expect(differing(loaded.tensors, ReaderFixtures.base()) == [])
    }

    @Test("another width names the first tensor, its shape and the one wanted") func otherWidth() {
        let path = ReaderFixtures.path("alpha-half.weights.h5")
        let message = userErrorMessage { _ = try WeightsFile.read(path) }
        #expect(message.contains(path))
        #expect(message.contains("Conv1/kernel has the shape 3×3×3×16 where MobileNetV2 has 3×3×3×32"))
    }

    @Test("a missing tensor is named") func missing() throws {
        let folder = try TemporaryFolder()
        var tensors = ReaderFixtures.base()
        tensors["block_7_project/kernel"] = nil
        try Safetensors.write(tensors, to: folder("w"))
        let message = userErrorMessage { _ = try WeightsFile.read(folder("w")) }
        #expect(message.contains("block_7_project/kernel is missing where MobileNetV2 has 1×1×384×64"))
    }

    @Test("values that are not finite are named", arguments: [Float.nan, .infinity]) func notFinite(
        _ bad: Float
    ) throws {
        let folder = try TemporaryFolder()
        var tensors = ReaderFixtures.base()
        tensors["block_3_expand/kernel"]!.values[77] = bad
        try Safetensors.write(tensors, to: folder("w"))
        let message = userErrorMessage { _ = try WeightsFile.read(folder("w")) }
        #expect(message.contains("block_3_expand/kernel holds values that are not finite"))
    }

    @Test("a negative variance is refused") func negativeVariance() throws {
        let folder = try TemporaryFolder()
        var tensors = ReaderFixtures.base()
        tensors["bn_Conv1/moving_variance"]!.values[0] = -1
        try Safetensors.write(tensors, to: folder("w"))
        #expect(userErrorMessage { _ = try WeightsFile.read(folder("w")) }.contains("negative variance"))
    }

    @Test(
        "a file cut short anywhere is one clear error",
        arguments: [
            "keras2-weights.h5", "keras3-model.h5", "keras3.weights.h5", "keras3-model.keras",
        ])
    func cutShort(_ name: String) throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: URL(fileURLWithPath: ReaderFixtures.path(name)))
        for fraction in [0.001, 0.1, 0.5, 0.9] {
            try whole.prefix(max(9, Int(Double(whole.count) * fraction))).write(
                to: URL(fileURLWithPath: folder("cut")))
            let message = userErrorMessage { _ = try WeightsFile.read(folder("cut")) }
            #expect(message.hasPrefix(folder("cut")), "\(fraction): \(message)")
            #expect(message.contains("cut short") || message.contains("damaged"), "\(fraction): \(message)")
        }
    }

    @Test("what is no weight file says so") func notWeights() throws {
        let folder = try TemporaryFolder()
        for (name, content) in [("page", "<html>not found</html>"), ("short", "x"), ("json", "{\"a\": 1}")] {
            try content.write(toFile: folder(name), atomically: true, encoding: .utf8)
            #expect(userErrorMessage { _ = try WeightsFile.read(folder(name)) }.contains("is no weight file"))
        }
        try Data().write(to: URL(fileURLWithPath: folder("empty")))
        #expect(userErrorMessage { _ = try WeightsFile.read(folder("empty")) }.contains("is empty"))
        #expect(
            userErrorMessage { _ = try WeightsFile.read(folder("absent")) }.contains(
                "There is no weight file"))
        #expect(userErrorMessage { _ = try WeightsFile.read(folder.path) }.contains("is a folder"))
        let other = userErrorMessage { _ = try WeightsFile.read(ReaderFixtures.path("not-keras.h5")) }
        #expect(other.contains("holds no MobileNetV2"))
    }

    @Test("the comparison of tensors sees a difference") func guardsTheGuard() {
        var changed = ReaderFixtures.base()
        changed["Conv1/kernel"]!.values[0] += 1
        changed["bn_Conv1/beta"] = nil
        #expect(differing(changed, ReaderFixtures.base()) == ["Conv1/kernel", "bn_Conv1/beta"])
    }

    private func differing(_ found: NamedTensors, _ expected: NamedTensors) -> [String] {
        Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }.sorted()
    }
}
