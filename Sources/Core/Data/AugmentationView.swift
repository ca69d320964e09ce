/// One view that augmentation makes of a photo: what was drawn for it, and what the network gets.
public struct AugmentationView: Sendable, Equatable {
    /// Mirrored left to right.
    public let flips: Bool
    /// In degrees; positive turns the picture's content counterclockwise.
    public let degrees: Double
    /// How much larger things appear: above 1 magnified, below 1 shrunk with mirrored edges. The inverse of Keras' factor.
    public let magnification: Double
    /// Side of the square, in pixels.
    public let size: Int
    /// `size`·`size`·3 values in ±1, rows from the top: the network's input to the bit.
    public let tensor: [Float]

    init(_ draw: Augmentation, size: Int, tensor: [Float]) {
        (flips, degrees) = (draw.flips, Double(draw.angle) * 180 / .pi)
        (magnification, self.size, self.tensor) = (1 / Double(draw.zoom), size, tensor)
    }

    /// The tensor as a picture.
    public var image: RGBImage { RGBImage(tensor: tensor, size: size) }

    /// The draw that `variant` picks for a photo. An operation that is off, or weaker, leaves the others' draws alone.
    static func draw(at index: Int, variant: UInt64, strength: AugmentationStrength) -> Augmentation {
        var random = CounterRandom(seed: variant, purpose: .preview, item: index)
        return Augmentation(random: &random, strength: strength)
    }
}

extension RGBImage {
    /// The picture that a tensor of `size`·`size`·3 values in ±1 shows, rounded to 8 bits.
    public init(tensor: [Float], size: Int) {
        self.init(
            width: size, height: size,
            pixels: tensor.map { UInt8(min(max((($0 + 1) * 127.5).rounded(), 0), 255)) })
    }
}

extension PhotoPixels {
    /// The tensor to 8 bits only: a source of pictures has no more.
    public func augmentedView(at index: Int, variant: UInt64, strength: AugmentationStrength)
        -> AugmentationView
    {
        let image = augmentedImage(at: index, variant: variant, strength: strength)
        return AugmentationView(
            AugmentationView.draw(at: index, variant: variant, strength: strength), size: image.width,
            tensor: image.pixels.map { Float($0) / 127.5 - 1 })
    }

    /// `count` views of a photo, always the same ones for a seed.
    public func augmentedViews(
        of index: Int, count: Int, seed: UInt64, strength: AugmentationStrength
    ) -> [AugmentationView] {
        (0..<UInt64(max(count, 0))).map {
            augmentedView(at: index, variant: seed &* 1024 &+ $0, strength: strength)
        }
    }
}
