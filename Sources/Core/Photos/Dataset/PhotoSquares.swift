import Basics
package import Canvas

/// Photos as the pixel cache's squares, from which pictures and the network's inputs follow: values
/// of 0…255 times 256, `imageSize`²·3 of them, rows from the top.
package protocol PhotoSquares: PhotoPixels {
    /// Side of the squares, in pixels.
    var imageSize: Int { get }
    func square(at index: Int) -> [UInt16]
    /// How the photo must be turned to be shown.
    func orientation(at index: Int) -> Orientation
    /// The photo itself, as its file holds it, for crops; nil if there are only the squares, which are
    /// then cropped.
    func decoded(at index: Int) -> RGBImage?
}

extension PhotoSquares {
    package func decoded(at index: Int) -> RGBImage? { nil }

    private var count: Int { imageSize * imageSize * 3 }

    package func values(at index: Int) -> [Float] { square(at: index).map { Float($0) * (1 / 256) } }

    package func image(at index: Int) -> RGBImage { picture(values(at: index), at: index) }

    /// - Parameter index: the photo that the values are of.
    private func picture(_ values: [Float], at index: Int) -> RGBImage {
        RGBImage(
            width: imageSize, height: imageSize, pixels: values.map { UInt8(min(max($0.rounded(), 0), 255)) },
            orientation: orientation(at: index))
    }

    package func tensor(at index: Int) -> [Float] {
        let square = square(at: index)
        return [Float](unsafeUninitializedCapacity: count) { output, filled in
            square.withUnsafeBufferPointer {
                PhotoSquare.normalize(
                    $0.baseAddress!, size: imageSize, inputScale, into: output.baseAddress!)
            }
            filled = count
        }
    }

    package func augmentedImage(at index: Int, variant: UInt64, strength: AugmentationStrength) -> RGBImage {
        let draw = AugmentationView.draw(at: index, variant: variant, strength: strength)
        if draw.crop != nil {
            var image = augmentedView(at: index, variant: variant, strength: strength).image
            image.orientation = orientation(at: index)
            return image
        }
        var image = values(at: index)
        var scratch = image
        var result = image
        draw.apply(to: &image, size: imageSize, scratch: &scratch, output: &result)
        return picture(result, at: index)
    }

    package func augmentedView(at index: Int, variant: UInt64, strength: AugmentationStrength)
        -> AugmentationView
    {
        let draw = AugmentationView.draw(at: index, variant: variant, strength: strength)
        let (source, image, scratch, output) = (
            Buffer(count: count), Buffer(count: count), Buffer(count: count), Buffer(count: count)
        )
        let square = UnsafeMutableRawPointer(source.pointer).bindMemory(to: UInt16.self, capacity: count)
        for (i, value) in self.square(at: index).enumerated() { square[i] = value }
        if draw.crop != nil, let photo = decoded(at: index) {
            draw.apply(
                to: photo, size: imageSize, image: image.pointer, scratch: scratch.pointer,
                output: output.pointer, scale: inputScale.factor, offset: inputScale.offset)
            inputScale.normalize(output.pointer, count: count)
        } else {
            PhotoSquare.augment(
                UnsafePointer(square), size: imageSize, draw, inputScale, into: output.pointer,
                image: image.pointer, scratch: scratch.pointer)
        }
        return AugmentationView(
            draw, size: imageSize,
            tensor: Array(UnsafeBufferPointer(start: output.pointer, count: count)), scale: inputScale)
    }
}

/// The conversions of a square of the pixel cache into the network's input, as used in training.
enum PhotoSquare {
    /// Writes a square as network input, `size`²·3 values.
    static func normalize(
        _ square: UnsafePointer<UInt16>, size: Int, _ scale: InputScale,
        into output: UnsafeMutablePointer<Float>
    ) {
        let (factor, offset) = (scale.factor / 256, scale.offset)
        for i in 0..<size * size * 3 { output[i] = Float(square[i]) * factor + offset }
        scale.normalize(output, count: size * size * 3)
    }

    /// Writes an augmented view of a square as network input. The square and both buffers, each
    /// overwritten, must be followed by 64 readable bytes. With `VectorKernels.best` the square may
    /// lie in `image`, if the augmentation is plain, else in `scratch`.
    static func augment(
        _ square: UnsafePointer<UInt16>, size: Int, _ augmentation: Augmentation, _ scale: InputScale,
        into output: UnsafeMutablePointer<Float>, image: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        defer { scale.normalize(output, count: size * size * 3) }
        if augmentation.crop != nil {
            let pixels = (0..<size * size * 3).map { UInt8(min((Int(square[$0]) + 128) >> 8, 255)) }
            return augmentation.apply(
                to: RGBImage(width: size, height: size, pixels: pixels), size: size, image: image,
                scratch: scratch, output: output, scale: scale.factor, offset: scale.offset)
        }
        if !augmentation.isPlain {
            return augmentation.applyWhole(
                to: square, size: size, image: image, scratch: scratch, output: output, scale: scale.factor,
                offset: scale.offset)
        }
        if let kernels = VectorKernels.best {
            augmentation.apply(
                to: square, size: size, scratch: scratch, output: output, scale: scale.factor,
                offset: scale.offset, kernels: kernels)
            return
        }
        for i in 0..<size * size * 3 { image[i] = Float(square[i]) * (1 / 256) }
        augmentation.apply(
            to: image, size: size, scratch: scratch, output: output, scale: scale.factor,
            offset: scale.offset)
    }
}
