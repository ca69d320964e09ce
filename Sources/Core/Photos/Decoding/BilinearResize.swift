package import Canvas

/// `tf.image.resize(…, "bilinear")` without antialiasing, equal to TensorFlow's to the bit:
/// half-pixel centres, Float32 throughout, x before y, lerp as a + (b − a)·f.
package enum BilinearResize {
    /// - Returns: `size · size · 3` values in 0…255, rows from the top.
    package static func resize(_ image: RGBImage, to size: Int) -> [Float] {
        let count = size * size * 3
        let whole = PixelBox(x: 0, y: 0, width: image.width, height: image.height)
        return [Float](unsafeUninitializedCapacity: count) { output, filled in
            resize(image, whole, to: size, into: output.baseAddress!)
            filled = count
        }
    }

    /// Resizes a part of a picture, as if it had been cut out, and mirrors it if wanted.
    ///
    /// - Parameter output: receives `size`·`size`·3 values in 0…255.
    static func resize(
        _ image: RGBImage, _ box: PixelBox, to size: Int, mirrors: Bool = false,
        into output: UnsafeMutablePointer<Float>
    ) {
        let rows = weights(from: box.height, to: size)
        var columns = weights(from: box.width, to: size)
        if mirrors { columns.reverse() }
        image.pixels.withUnsafeBufferPointer { pixels in
            for (y, row) in rows.enumerated() {
                let top = ((box.y + row.lower) * image.width + box.x) * 3
                let bottom = ((box.y + row.upper) * image.width + box.x) * 3
                for (x, column) in columns.enumerated() {
                    let left = column.lower * 3
                    let right = column.upper * 3
                    for c in 0..<3 {
                        let topLeft = Float(pixels[top + left + c])
                        let topRight = Float(pixels[top + right + c])
                        let bottomLeft = Float(pixels[bottom + left + c])
                        let bottomRight = Float(pixels[bottom + right + c])
                        let upper = topLeft + (topRight - topLeft) * column.fraction
                        let lower = bottomLeft + (bottomRight - bottomLeft) * column.fraction
                        output[(y * size + x) * 3 + c] = upper + (lower - upper) * row.fraction
                    }
                }
            }
        }
    }

    private struct Weight {
        let lower: Int
        let upper: Int
        let fraction: Float
    }

    private static func weights(from input: Int, to output: Int) -> [Weight] {
        let scale = Float(input) / Float(output)
        return (0..<output).map { i in
            let position = (Float(i) + 0.5) * scale - 0.5
            let floor = position.rounded(.down)
            return Weight(
                lower: max(Int(floor), 0), upper: min(Int(position.rounded(.up)), input - 1),
                fraction: position - floor)
        }
    }
}
