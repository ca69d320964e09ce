package import Basics
import CKernels
import Canvas
import Foundation

/// The augmentation of one image: Keras' `RandomFlip("horizontal")`, `RandomRotation(0.2)` and
/// `RandomZoom(0.2)`, in this order, each with reflected edges and bilinear sampling. As in Keras,
/// rotation and zoom resample one after the other.
///
/// A random crop of the photo comes before them; a change of colours, then `RandAugment`, after the flip.
package struct Augmentation: Equatable {
    var flips = false
    /// In radians; the recipe draws it from ±0.4π.
    var angle: Float = 0
    /// Keras' factor: above 1 shows more than the picture, that is, zooms out.
    var zoom: Float = 1
    var color: ColorJitter?
    var crop: RandomCrop?
    var operations: RandAugment?

    init(flips: Bool = false, angle: Float = 0, zoom: Float = 1) {
        (self.flips, self.angle, self.zoom) = (flips, angle, zoom)
    }

    /// Draws the augmentation of one image in one epoch. Every operation takes its random numbers
    /// whatever its strength, so changing one leaves the others' draws alone.
    package init(random: inout CounterRandom, strength: AugmentationStrength = AugmentationStrength()) {
        let maximumAngle = Float(strength.rotation) * 2 * .pi
        flips = random.uniform() < 0.5 && strength.flips
        angle = random.uniform(in: -maximumAngle...maximumAngle)
        zoom = random.uniform(in: Float(1 - strength.zoom)...Float(1 + strength.zoom))
        if isPlain(strength) { return }
        let jitter = ColorJitter(strength: strength.color ?? 0, random: &random)
        color = strength.color.map { _ in jitter }
        let crop = RandomCrop(smallest: strength.crop ?? 1, random: &random)
        self.crop = strength.crop.map { _ in crop }
        operations = strength.randAugment.map { RandAugment($0, random: &random) }
    }

    private func isPlain(_ strength: AugmentationStrength) -> Bool {
        strength.color == nil && strength.crop == nil && strength.randAugment == nil
    }

    /// Whether there is no more than a flip, a rotation and a zoom.
    var isPlain: Bool { color == nil && crop == nil && operations == nil }

    /// Maps an output pixel (x, y) to the input position (a·x + b·y + c, d·x + e·y + f).
    struct Affine: Equatable {
        var (a, b, c, d, e, f): (Float, Float, Float, Float, Float, Float)

        static func == (l: Self, r: Self) -> Bool {
            (l.a, l.b, l.c) == (r.a, r.b, r.c) && (l.d, l.e, l.f) == (r.d, r.e, r.f)
        }

        fileprivate func resampling(_ size: Int, scale: Float, offset: Float) -> flowers_resampling {
            flowers_resampling(
                a: a, b: b, c: c, d: d, e: e, f: f, size: Int32(size), mirrors: 0, scale: scale,
                offset: offset)
        }
    }

    /// Returns Keras' rotation about the centre of a `size`×`size` picture.
    static func rotation(angle: Float, size: Int) -> Affine {
        let center = Float(size - 1) * 0.5
        let (cosine, sine) = (cos(angle), sin(angle))
        return Affine(
            a: cosine, b: -sine, c: center - center * cosine + center * sine,
            d: sine, e: cosine, f: center - center * sine - center * cosine)
    }

    static func zooming(_ factor: Float, size: Int) -> Affine {
        let offset = Float(size - 1) / 2 * (1 - factor)
        return Affine(a: factor, b: 0, c: offset, d: 0, e: factor, f: offset)
    }

    /// Augments one picture of `size`×`size`×3 in Float32.
    ///
    /// - Parameters:
    ///   - image: overwritten.
    ///   - scratch: as large as `image`; overwritten.
    ///   - output: as large as `image`; receives scale · value + offset. May be `image` itself.
    package func apply(
        to image: UnsafeMutablePointer<Float>, size: Int, scratch: UnsafeMutablePointer<Float>,
        output: UnsafeMutablePointer<Float>, scale: Float = 1, offset: Float = 0
    ) {
        if flips { Self.flip(image, size: size) }
        color?.apply(to: image, pixels: size * size)
        operations?.apply(to: image, size: size)
        Self.sample(image, size: size, through: Self.rotation(angle: angle, size: size), into: scratch)
        Self.sample(
            scratch, size: size, through: Self.zooming(zoom, size: size), into: output, scale: scale,
            offset: offset)
    }

    /// Augments a photo, or the part of it that the crop shows, for a square of `size`×`size`.
    ///
    /// - Parameters:
    ///   - image: `size`·`size`·3 values, followed by 64 readable bytes, and so is `scratch`; both are
    ///     overwritten.
    ///   - output: as for `apply(to:size:scratch:output:scale:offset:)`, but not `image`.
    func apply(
        to photo: RGBImage, size: Int, image: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>, scale: Float, offset: Float
    ) {
        let whole = PixelBox(x: 0, y: 0, width: photo.width, height: photo.height)
        let box = crop?.box(width: photo.width, height: photo.height) ?? whole
        BilinearResize.resize(photo, box, to: size, mirrors: flips, into: image)
        finish(image, size: size, scratch: scratch, output: output, scale: scale, offset: offset)
    }

    /// Changes, rotates and zooms a square of values of 0…255 that has been cropped and flipped.
    private func finish(
        _ image: UnsafeMutablePointer<Float>, size: Int, scratch: UnsafeMutablePointer<Float>,
        output: UnsafeMutablePointer<Float>, scale: Float, offset: Float
    ) {
        color?.apply(to: image, pixels: size * size)
        operations?.apply(to: image, size: size)
        if angle == 0, zoom == 1 {
            for i in 0..<size * size * 3 { output[i] = image[i] * scale + offset }
            return
        }
        let (rotation, zooming) = (
            Self.rotation(angle: angle, size: size), Self.zooming(zoom, size: size)
        )
        guard let kernels = VectorKernels.best else {
            Self.sample(image, size: size, through: rotation, into: scratch)
            return Self.sample(
                scratch, size: size, through: zooming, into: output, scale: scale, offset: offset)
        }
        var turn = rotation.resampling(size, scale: 1, offset: 0)
        var zoom = zooming.resampling(size, scale: scale, offset: offset)
        kernels.table.pointee.resample(&turn, image, scratch)
        kernels.table.pointee.resample(&zoom, scratch, output)
    }

    /// Flips, changes, rotates and zooms one square of the pixel cache.
    ///
    /// - Parameters: as for the other `apply`s; the square may lie in `scratch`.
    func applyWhole(
        to square: UnsafePointer<UInt16>, size: Int, image: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>, scale: Float, offset: Float
    ) {
        for i in 0..<size * size * 3 { image[i] = Float(square[i]) * (1 / 256) }
        if flips { Self.flip(image, size: size) }
        finish(image, size: size, scratch: scratch, output: output, scale: scale, offset: offset)
    }

    /// Augments one square of the pixel cache (values times 256) with the vector kernels.
    ///
    /// - Parameters:
    ///   - square: `size`·`size`·3 values, followed by 64 readable bytes.
    ///   - scratch: as large as `output`, followed by 64 readable bytes; overwritten.
    func apply(
        to square: UnsafePointer<UInt16>, size: Int, scratch: UnsafeMutablePointer<Float>,
        output: UnsafeMutablePointer<Float>, scale: Float, offset: Float, kernels: VectorKernels
    ) {
        var turn = Self.rotation(angle: angle, size: size).resampling(size, scale: 1, offset: 0)
        turn.mirrors = flips ? 1 : 0
        var zoom = Self.zooming(zoom, size: size).resampling(size, scale: scale / 256, offset: offset)
        kernels.table.pointee.resample_16(&turn, square, scratch)
        kernels.table.pointee.resample(&zoom, scratch, output)
    }

    /// Mirrors a picture of `size`×`size`×3 left to right.
    package static func flip(_ image: UnsafeMutablePointer<Float>, size: Int) {
        for y in 0..<size {
            let row = image + y * size * 3
            for x in 0..<size / 2 {
                for c in 0..<3 {
                    let other = (size - 1 - x) * 3 + c
                    (row[x * 3 + c], row[other]) = (row[other], row[x * 3 + c])
                }
            }
        }
    }

    /// Samples as TensorFlow's `ImageProjectiveTransformV3` does with REFLECT and BILINEAR.
    static func sample(
        _ input: UnsafePointer<Float>, size: Int, through affine: Affine,
        into output: UnsafeMutablePointer<Float>, scale: Float = 1, offset: Float = 0
    ) {
        let last = Float(size - 1)
        let stride = size * 3
        let count = size * stride
        for y in 0..<size {
            let rowX = affine.b * Float(y) + affine.c
            let rowY = affine.e * Float(y) + affine.f
            for x in 0..<size {
                var sourceX = affine.a * Float(x) + rowX
                var sourceY = affine.d * Float(x) + rowY
                if sourceX < 0 || sourceX > last { sourceX = reflect(sourceX, length: Float(size)) }
                if sourceY < 0 || sourceY > last { sourceY = reflect(sourceY, length: Float(size)) }
                // Both are in 0…last, so truncation is the floor; the last pixel is its own
                // neighbour.
                let left = Int(sourceX)
                let top = Int(sourceY)
                let fractionX = sourceX - Float(left)
                let fractionY = sourceY - Float(top)
                let corner = top * stride + left * 3
                let right = left + 1 < size ? 3 : 0
                let below = top + 1 < size ? stride : 0
                // Blending the corners as vectors keeps the three channels in one register. A
                // vector holds one value more than a pixel, so it must not reach past the end;
                // writing in ascending order lets the next pixel overwrite the surplus value.
                let isWhole = corner + below + right + 4 <= count
                let upper = mix(input + corner, input + corner + right, fractionX, isWhole)
                let lower = mix(input + corner + below, input + corner + below + right, fractionX, isWhole)
                let value = (upper + (lower - upper) * fractionY) * scale + offset
                let target = output + y * stride + x * 3
                if y * stride + x * 3 + 4 <= count {
                    UnsafeMutableRawPointer(target).storeBytes(of: value, as: SIMD4<Float>.self)
                } else {
                    (target[0], target[1], target[2]) = (value.x, value.y, value.z)
                }
            }
        }
    }

    @inline(__always)
    private static func mix(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ f: Float, _ isWhole: Bool
    ) -> SIMD4<Float> {
        let first =
            isWhole ? UnsafeRawPointer(a).loadUnaligned(as: SIMD4<Float>.self) : SIMD4(a[0], a[1], a[2], 0)
        let second =
            isWhole ? UnsafeRawPointer(b).loadUnaligned(as: SIMD4<Float>.self) : SIMD4(b[0], b[1], b[2], 0)
        return first + (second - first) * f
    }

    /// Reflects a coordinate as TensorFlow does (d c b a | a b c d | d c b a) and clamps it to the
    /// picture.
    private static func reflect(_ coordinate: Float, length: Float) -> Float {
        var value = coordinate
        let period = 2 * length
        if value < 0 {
            if value < period { value += period * (-value / period).rounded(.towardZero) }
            value = value < -length ? value + period : -value - 1
        } else {
            value -= period * (value / period).rounded(.towardZero)
            if value >= length { value = period - value - 1 }
        }
        return min(max(value, 0), length - 1)
    }
}
