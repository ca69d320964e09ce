import Foundation
import TestSupport
import Testing

/// The programs in `Examples`, which use the libraries; `make examples` builds them as a package of their
/// own does.
@Suite struct ExamplesTests {
    private let folder = URL(fileURLWithPath: Program.path).deletingLastPathComponent().path

    @Test func oneTrainsEvaluatesPredictsAndSaves() throws {
        let photos = try TinyPhotos()
        let photo = photos.data + "/roses/1.jpg"
        let result = try Program.shell(
            "'\(folder)/TrainExample' '\(photos.data)' '\(photo)' '\(photos.weights)'", in: photos,
            at: photos.folder.path)
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map(String.init)
        let beginnings = ["epoch 1", "epoch 2", "epoch 3", "accuracy", photo].map { $0 + ": " }
        #expect(lines.count == 5 && zip(lines, beginnings).allSatisfy { $0.hasPrefix($1) }, "\(lines)")
        // The program reads what the example has saved, and sees the same in the photo.
        let saved = photos.folder("flowers.safetensors")
        let again = try Program.run(["predict", saved, photo, "--json"], in: photos)
        let label = again.objects.first?["label"] as? String ?? again.errors
        #expect(lines.last == "\(photo): \(label)")
    }

    @Test func oneDrawsAChartAndAPicture() throws {
        let photos = try TinyPhotos()
        let result = try Program.shell("'\(folder)/DrawExample'", in: photos)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.unicodeScalars.contains { (0x2801...0x28FF).contains($0.value) })
        // The curves' last values: 1.5 / 20.9 + 0.1, and 1.5 / 20.9 + 0.02 · 19.9.
        #expect(result.output.contains("0.1718") && result.output.contains("0.4698"))
        #expect(result.output.contains("38;2;"))
    }
}
