/// A picture in memory, to be shown as cells of one glyph and two colours each, as sixel or as
/// kitty graphics.
package struct Picture: Sendable, Equatable {
    package let width: Int
    package let height: Int
    /// RGB values, row by row from the top.
    package let pixels: [UInt8]

    package init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * 3, "\(pixels.count) bytes for \(width)×\(height)")
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }
}
