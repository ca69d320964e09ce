/// A picture in memory, to be shown as cells of one glyph and two colours each, as sixel or as
/// kitty graphics.
@frozen public struct Picture: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// RGB values, row by row from the top.
    public let pixels: [UInt8]

    @inlinable public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * 3, "\(pixels.count) bytes for \(width)×\(height)")
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }
}
