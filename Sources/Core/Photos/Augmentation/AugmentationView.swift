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
    package private(set) var tensor: [Float]
    /// The scale of `tensor`.
    package let scale: InputScale
    /// The other photo that it is mixed with, as training mixes those of a batch; nil for none.
    package private(set) var mixed: Mixed?

    package struct Mixed: Sendable, Equatable {
        /// Index of the other photo.
        package let photo: Int
        /// The other photo's share.
        package let share: Float
    }

    package init(
        _ draw: Augmentation, size: Int, tensor: [Float], scale: InputScale = .mobileNetV2
    ) {
        (flips, degrees) = (draw.flips, Double(draw.angle) * 180 / .pi)
        (magnification, self.size, self.tensor) = (1 / Double(draw.zoom), size, tensor)
        self.scale = scale
    }

    /// The tensor as a picture.
    package var image: RGBImage { RGBImage(tensor: tensor, size: size, scale: scale) }

    /// Returns the view mixed with one of another photo, of the same size.
    fileprivate func mixed(with other: AugmentationView, of photo: Int, by mixture: Mixture) -> Self {
        var result = self
        result.tensor.withUnsafeMutableBufferPointer {
            mixture.mix(tensor, with: other.tensor, size: size, into: $0.baseAddress!)
        }
        result.mixed = Mixed(photo: photo, share: 1 - mixture.share)
        return result
    }

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
    ///
    /// - Parameter others: see `augmentedView(at:variant:strength:mixedWith:)`.
    package func augmentedViews(
        of index: Int, count: Int, seed: UInt64, strength: AugmentationStrength,
        mixedWith others: Range<Int> = 0..<0
    ) -> [AugmentationView] {
        (0..<UInt64(max(count, 0))).map {
            augmentedView(at: index, variant: seed &* 1024 &+ $0, strength: strength, mixedWith: others)
        }
    }

    /// Returns a view of a photo, mixed with that of another one if the strength says so.
    ///
    /// - Parameter others: photos to mix it with; each view meets its own of them, where in training those
    ///   of a batch meet.
    package func augmentedView(
        at index: Int, variant: UInt64, strength: AugmentationStrength, mixedWith others: Range<Int>
    ) -> AugmentationView {
        let view = augmentedView(at: index, variant: variant, strength: strength)
        let isAmong = others.contains(index)
        let count = others.count - (isAmong ? 1 : 0)
        guard strength.mixes, count > 0 else { return view }
        var random = CounterRandom(seed: variant, purpose: .previewMixup, item: index)
        var photo = others.lowerBound + Int(random.below(UInt32(count)))
        if isAmong, photo >= index { photo += 1 }
        let other = augmentedView(at: photo, variant: variant, strength: strength)
        guard other.size == view.size, let mixture = Mixture(strength, size: view.size, random: &random)
        else { return view }
        return view.mixed(with: other, of: photo, by: mixture)
    }

    /// Returns such a view as a picture, with the photo's orientation.
    package func augmentedImage(
        at index: Int, variant: UInt64, strength: AugmentationStrength, mixedWith others: Range<Int>
    ) -> RGBImage {
        guard strength.mixes else {
            return augmentedImage(at: index, variant: variant, strength: strength)
        }
        var image = augmentedView(at: index, variant: variant, strength: strength, mixedWith: others).image
        image.orientation = self.image(at: index).orientation
        return image
    }
}
