package import Canvas

/// `tf.image.resize(…, "bilinear")` without antialiasing, equal to TensorFlow's to the bit:
/// half-pixel centres, Float32 throughout, x before y, lerp as a + (b − a)·f.
package enum BilinearResize {
    /// - Returns: `size · size · 3` values in 0…255, rows from the top.
    package static func resize(_ image: RGBImage, to size: Int) -> [Float] {
        var output = [Float](repeating: 0, count: size * size * 3)
        let rows = weights(from: image.height, to: size)
        let columns = weights(from: image.width, to: size)
        image.pixels.withUnsafeBufferPointer { pixels in
            output.withUnsafeMutableBufferPointer { output in
                for (y, row) in rows.enumerated() {
                    let top = row.lower * image.width * 3
                    let bottom = row.upper * image.width * 3
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
        return output
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
