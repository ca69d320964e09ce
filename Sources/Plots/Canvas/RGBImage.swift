/// A picture of 8-bit RGB pixels, rows from the top, three bytes per pixel.
public struct RGBImage: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// `height · width · 3` bytes.
    public let pixels: [UInt8]
    /// How the picture must be turned to be shown. The pixels are those of the file, which training
    /// uses; screens and files of pictures show `upright`.
    package var orientation: Orientation

    /// - Precondition: `pixels` has `height · width · 3` bytes.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        self.init(width: width, height: height, pixels: pixels, orientation: .upright)
    }

    package init(width: Int, height: Int, pixels: [UInt8], orientation: Orientation) {
        precondition(pixels.count == width * height * 3, "\(pixels.count) bytes for \(width)×\(height)")
        (self.width, self.height, self.pixels, self.orientation) = (width, height, pixels, orientation)
    }
}
