/// A picture of 8-bit RGB pixels, rows from the top, three bytes per pixel.
@frozen public struct RGBImage: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// `height · width · 3` bytes.
    public let pixels: [UInt8]

    /// - Precondition: `pixels` has `height · width · 3` bytes.
    @inlinable public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * 3, "\(pixels.count) bytes for \(width)×\(height)")
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }
}
