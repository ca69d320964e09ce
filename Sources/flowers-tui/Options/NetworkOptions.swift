import ArgumentParser
import Network

extension Architecture: ExpressibleByArgument {}

/// The network's base, and the side of the squares that it sees.
struct NetworkOptions: ParsableArguments {
    @Option(help: "Base of the network (docs/models.md).")
    var model = Architecture.mobileNetV2
    @Option(
        help:
            "Side in pixels that photos are resized to: 96, 128, 160, 192 or 224 (default: 160); for efficientnet-lite any from 32 to 1024 (default: its own, 224 to 300)."
    )
    var imageSize: Int?

    /// The size, or the base's own.
    var side: Int { imageSize ?? model.standardImageSize }
    var network: Backbone { Backbone(model, imageSize: side) }

    func validate() throws {
        guard let imageSize else { return }
        if model.isMobileNetV2 {
            let sizes = Architecture.mobileNetV2.publishedImageSizes
            if !sizes.contains(imageSize) {
                let list = sizes.map(String.init).joined(separator: ", ")
                throw ValidationError("--image-size must be one of \(list), not \(imageSize).")
            }
        } else if !model.accepts(imageSize: imageSize) {
            let sizes = Architecture.imageSizes
            throw ValidationError(
                "--image-size must be from \(sizes.lowerBound) to \(sizes.upperBound) for \(model.rawValue), not \(imageSize)."
            )
        }
    }
}

/// A layer of the base, by number or name.
enum LayerChoice: ExpressibleByArgument, Equatable {
    case number(Int)
    case name(String)

    init(argument: String) { self = Int(argument).map { .number($0) } ?? .name(argument) }

    /// Returns the layer's number.
    ///
    /// - Parameter allowsNone: whether the number after the last layer's may stand for none.
    /// - Throws: `ValidationError` if the base has no such layer.
    func index(in architecture: Architecture, allowsNone: Bool = false) throws -> Int {
        let last = architecture.layerCount - (allowsNone ? 0 : 1)
        switch self {
        case .number(let number):
            if (0...last).contains(number) { return number }
            throw ValidationError("--fine-tune-at must be a layer from 0 to \(last), not \(number).")
        case .name(let name):
            let network = Backbone(architecture, imageSize: architecture.standardImageSize)
            if let layer = network.layers.first(where: { $0.name == name }) { return layer.index }
            throw ValidationError(
                "--fine-tune-at names no layer of \(architecture.rawValue): \(name). `flowers-tui model --model \(architecture.rawValue)` lists them."
            )
        }
    }
}
