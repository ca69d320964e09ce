import Canvas

/// Derives a palette from a picture and reduces the picture to it.
///
/// The colours are the means of boxes in colour space. The box with the largest squared error is
/// divided, at the mean of its most spread channel, until there are enough (after Heckbert's median
/// cut, 1982, and Wu, 1991).
struct ColorQuantizer {
    /// The palette, at most 256 colours.
    let colors: [SIMD4<Float>]
    private var nearest = [Int16](repeating: -1, count: 1 << 18)

    private struct Bin {
        var sum = SIMD4<Float>.zero
        var count: Float = 0
        var mean: SIMD4<Float> { sum / count }
    }

    private struct Box {
        var bins: ArraySlice<Bin>
        var mean: SIMD4<Float>
        /// Squared error along `channel`, where it is largest.
        var error: Float = 0
        var channel = 0

        init(_ bins: ArraySlice<Bin>) {
            self.bins = bins
            var (sum, count) = (SIMD4<Float>.zero, 0 as Float)
            for bin in bins { (sum, count) = (sum + bin.sum, count + bin.count) }
            mean = sum / count
            var errors = SIMD4<Float>.zero
            for bin in bins {
                let difference = bin.mean - mean
                errors += difference * difference * bin.count
            }
            for index in 0..<3 where errors[index] > error { (error, channel) = (errors[index], index) }
        }
    }

    /// - Parameters:
    ///   - count: the largest number of colours, up to 256.
    ///   - rounded: returns the nearest colour that can be sent to the terminal.
    init(_ picture: RGBImage, count: Int, rounded: (SIMD4<Float>) -> SIMD4<Float>) {
        var bins = [Bin](repeating: Bin(), count: 1 << 15)
        picture.pixels.withUnsafeBufferPointer { pixels in
            for i in stride(from: 0, to: pixels.count, by: 3) {
                let (r, g, b) = (pixels[i], pixels[i + 1], pixels[i + 2])
                let key = Int(r >> 3) << 10 | Int(g >> 3) << 5 | Int(b >> 3)
                bins[key].sum += SIMD4(Float(r), Float(g), Float(b), 0)
                bins[key].count += 1
            }
        }
        bins.removeAll { $0.count == 0 }
        var boxes = bins.isEmpty ? [] : [Box(bins[...])]
        while boxes.count < min(256, count),
            let worst = boxes.indices.max(by: { boxes[$0].error < boxes[$1].error }),
            boxes[worst].error > 0
        {
            let box = boxes[worst]
            var bins = Array(box.bins)
            let middle = bins.partition { $0.mean[box.channel] > box.mean[box.channel] }
            // Rounding may leave everything on one side.
            guard middle > 0, middle < bins.count else {
                boxes[worst].error = 0
                continue
            }
            boxes[worst] = Box(bins[..<middle])
            boxes.append(Box(bins[middle...]))
        }
        colors = boxes.map { rounded($0.mean) }
    }

    private mutating func index(of value: SIMD4<Float>) -> Int {
        let (r, g, b) = (Int(value.x) >> 2, Int(value.y) >> 2, Int(value.z) >> 2)
        let key = r << 12 | g << 6 | b
        if nearest[key] >= 0 { return Int(nearest[key]) }
        var (best, least) = (0, Float.infinity)
        for (index, color) in colors.enumerated() {
            let difference = color - value
            let distance = (difference * difference).sum()
            if distance < least { (best, least) = (index, distance) }
        }
        nearest[key] = Int16(best)
        return best
    }

    /// Returns an index into `colors` for each pixel, with Floyd–Steinberg dithering.
    mutating func dithered(_ picture: RGBImage) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(picture.width * picture.height)
        var diffusion = ErrorDiffusion(columns: picture.width, share: 1)
        for y in 0..<picture.height {
            for x in 0..<picture.width {
                let i = (y * picture.width + x) * 3
                let own = SIMD4(
                    Float(picture.pixels[i]), Float(picture.pixels[i + 1]), Float(picture.pixels[i + 2]), 0)
                let wanted = (own + diffusion.carry(x)).clamped(
                    lowerBound: .zero, upperBound: SIMD4(repeating: 255))
                let index = index(of: wanted)
                result.append(UInt8(index))
                diffusion.spread(wanted - colors[index], from: x)
            }
            diffusion.nextRow()
        }
        return result
    }
}
