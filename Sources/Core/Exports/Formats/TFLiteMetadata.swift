import Foundation

/// The description of an image classifier that TensorFlow Lite's tools read: what the photos are, and
/// where the labels are. Source: https://ai.google.dev/edge/litert/models/metadata.
struct TFLiteMetadata {
    static let labels = "labels.txt"

    /// That of the network's architecture.
    let name: String
    let title: String
    let imageSize: Int
    let classes: [String]
    let input: String
    let output: String

    /// The buffer that the model refers to as `TFLITE_METADATA`.
    var table: Data {
        let size = FlatTable.Value.int(Int32(imageSize))
        let image = FlatTable([0: .byte(1), 1: .table(FlatTable([0: size, 1: size]))])
        // Pixels are taken as they are: the model scales them.
        let unscaled = FlatTable([0: .floats([0]), 1: .floats([1])])
        let photos = FlatTable([
            0: .text(input), 1: .text("RGB photos of \(imageSize)x\(imageSize) pixels, 0 to 255"),
            3: .table(FlatTable([0: .byte(2), 1: .table(image)])),
            4: .tables([FlatTable([0: .byte(1), 1: .table(unscaled)])]),
            5: .table(FlatTable([0: .floats([255]), 1: .floats([0])])),
        ])
        let file = FlatTable([
            0: .text(Self.labels), 1: .text("The classes, one a line."), 2: .byte(2),
        ])
        let probabilities = FlatTable([
            0: .text(output), 1: .text("Probability of each class"),
            3: .table(FlatTable([0: .byte(1), 1: .table(FlatTable())])),
            5: .table(FlatTable([0: .floats([1]), 1: .floats([0])])), 6: .tables([file]),
        ])
        let subgraph = FlatTable([2: .tables([photos]), 3: .tables([probabilities])])
        let model = FlatTable([
            0: .text(name), 1: .text(title), 3: .tables([subgraph]), 4: .text("flowers-tui"),
            7: .text("1.0.0"),
        ])
        return FlatBufferBuilder.encode(model, identifier: "M001")
    }

    /// Returns the model with the labels in a zip archive behind it, where readers expect them.
    func appendLabels(to model: Data) -> Data {
        // A line is a class, so that a class must be one line.
        let lines = classes.map { $0.replacing(/\R/, with: " ") + "\n" }
        var zip = ZipWriter(after: model)
        zip.add(Self.labels, Data(lines.joined().utf8))
        return zip.finish()
    }
}
