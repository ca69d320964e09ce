package import Basics
package import Canvas

/// One augmented view of a photo: the parameters drawn for it, and the resulting network input.
package struct AugmentationView: Sendable, Equatable {
    /// Whether the photo is mirrored left to right.
    package let flips: Bool
    /// Rotation in degrees; positive turns the picture's content counterclockwise.
    package let degrees: Double
    /// Scale of the content: above 1 magnified, below 1 shrunk with mirrored edges. The inverse of
    /// Keras' zoom factor.
    package let magnification: Double
    /// Side of the square, in pixels.
    package let size: Int
    /// `size`·`size`·3 values of about ±1, rows from the top; bit for bit the network's input.
    package let tensor: [Float]
    /// The scale of `tensor`.
    package let scale: InputScale

    package init(
        _ draw: Augmentation, size: Int, tensor: [Float], scale: InputScale = .mobileNetV2
    ) {
        (flips, degrees) = (draw.flips, Double(draw.angle) * 180 / .pi)
        (magnification, self.size, self.tensor) = (1 / Double(draw.zoom), size, tensor)
        self.scale = scale
    }

    /// The tensor as a picture.
    package var image: RGBImage { RGBImage(tensor: tensor, size: size, scale: scale) }

    /// Returns the draw that `variant` selects for a photo. Weakening an operation or switching it
    /// off leaves the others' draws alone.
    package static func draw(at index: Int, variant: UInt64, strength: AugmentationStrength) -> Augmentation {
        var random = CounterRandom(seed: variant, purpose: .preview, item: index)
        return Augmentation(random: &random, strength: strength)
    }
}

extension RGBImage {
    /// Creates the picture of a tensor of `size`·`size`·3 values of that scale, rounded to 8 bits.
    package init(tensor: [Float], size: Int, scale: InputScale = .mobileNetV2) {
        self.init(
            width: size, height: size,
            pixels: scale.pixels(tensor))
    }
}

extension PhotoPixels {
    /// Default for sources of 8-bit pictures: the tensor is no more precise than they are.
    package func augmentedView(at index: Int, variant: UInt64, strength: AugmentationStrength)
        -> AugmentationView
    {
        let image = augmentedImage(at: index, variant: variant, strength: strength)
        return AugmentationView(
            AugmentationView.draw(at: index, variant: variant, strength: strength), size: image.width,
            tensor: inputScale.input(image.pixels.map(Float.init)), scale: inputScale)
    }

    /// Returns `count` views of a photo, the same ones for the same seed.
    package func augmentedViews(
        of index: Int, count: Int, seed: UInt64, strength: AugmentationStrength
    ) -> [AugmentationView] {
        (0..<UInt64(max(count, 0))).map {
            augmentedView(at: index, variant: seed &* 1024 &+ $0, strength: strength)
        }
    }
}
